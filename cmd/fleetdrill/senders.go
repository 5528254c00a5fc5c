package main

import (
	"sync"

	"fleetdrill/platform"
)

// senders knows which call each published command comes from, by its number on the wire. It hears of a command while
// the platform holds its device's lock, which may be after the device has it.
type senders struct {
	platform *platform.Platform
	devices  []sent // by number, from 1
}

type sent struct {
	platform.Address
	mu   sync.Mutex
	tags []platform.Tag // by count, from 1
}

// newSenders is for as many devices; know has to follow.
func newSenders(devices int) *senders { return &senders{devices: make([]sent, devices+1)} }

// know learns who lives in a house, and lets its devices ask.
func (s *senders) know(h *house) {
	s.platform, h.target.Tag, h.target.Whose = h.platform, s.tag, s.whose
	for _, group := range h.identities {
		for _, id := range group {
			s.devices[id.Number].Address = id.Address
		}
	}
}

// note takes what the platform sees.
func (s *senders) note(f *platform.Fact) {
	if f.Kind != platform.Published || f.Device >= len(s.devices) {
		return
	}
	d, n := &s.devices[f.Device], int(f.Wire%platform.WireStride)
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.tags) <= n {
		d.tags = append(d.tags, 0)
	}
	d.tags[n] = f.Tag
}

// tag returns the tag of a published command, 0 if it has none or there is no such command.
func (s *senders) tag(w platform.Wire, id platform.ID) platform.Tag {
	if w == 0 {
		record, _ := s.platform.Lookup(id)
		return record.Tag
	}
	if w.Owner() >= len(s.devices) {
		return 0
	}
	d, n := &s.devices[w.Owner()], int(w%platform.WireStride)
	if t, ok := d.at(n); ok {
		return t
	}
	if known := s.platform.Device(d.Address); known != nil {
		known.Status() // takes the device's lock: its command is noted when that is free
	}
	t, _ := d.at(n)
	return t
}

// whose is the device that a command is for; zero if there is no such command.
func (s *senders) whose(id platform.ID) platform.Address {
	record, _ := s.platform.Lookup(id)
	return record.Device
}

func (d *sent) at(n int) (platform.Tag, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n >= len(d.tags) {
		return 0, false
	}
	return d.tags[n], true
}
