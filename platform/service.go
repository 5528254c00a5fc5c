package platform

import (
	"context"
	"sync/atomic"
	"time"
)

// Policy is what a dialect's queue does with the commands of one device.
type Policy struct {
	CachedPerDevice int  // waiting cached commands at most
	SerializeAll    bool // instant commands too go one after another; otherwise only cached ones do
	QoS             byte // of commands to devices
}

// Service is the core: it takes commands, sees them to their ending and tells what happened. All methods may be called
// concurrently.
type Service struct {
	dialects map[string]Dialect
	policies map[string]Policy
	observe  func(Fact)
	reg      registry
	store    Store
	open     atomic.Int64 // commands without ending
	closed   atomic.Bool
}

// Invoke takes a command and waits for its ending, or for ctx; then the command lives on without its caller. The error
// is nil, or one of the sentinels of this package; with ErrDevice the record holds what the device answered.
func (s *Service) Invoke(ctx context.Context, c Command) (Record, error) {
	p, rec, err := s.accept(c)
	if err != nil {
		return rec, err
	}
	select {
	case rec = <-p.done:
		return rec, rec.Err
	case <-ctx.Done():
		return Record{Command: p.cmd}, ErrCallerGone
	}
}

// Submit takes a command and returns as soon as it is accepted or refused.
func (s *Service) Submit(c Command) (Record, error) {
	p, rec, err := s.accept(c)
	if err != nil {
		return rec, err
	}
	return Record{Command: p.cmd, State: Waiting}, nil
}

// SubmitOrInvoke does what some vendors do with a cached command: it waits for the ending if the device is there and
// nothing is in the way, and otherwise returns at once.
func (s *Service) SubmitOrInvoke(ctx context.Context, c Command) (Record, error) {
	if d := s.Device(c.Device); d != nil && d.idle() {
		return s.Invoke(ctx, c)
	}
	return s.Submit(c)
}

// Lookup returns what is known of a command, for as long as it is kept.
func (s *Service) Lookup(id ID) (Record, bool) { return s.store.Lookup(id) }

// Records returns the commands of one device that are still known, in no order.
func (s *Service) Records(a Address) []Record { return s.store.Of(a) }

// Pending is how many commands have no ending yet.
func (s *Service) Pending() int { return int(s.open.Load()) }

// Cancel takes back a device's waiting command, or all of them if id is 0, and returns their records.
func (s *Service) Cancel(a Address, id ID) []Record {
	d := s.Device(a)
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var taken []Record
	for _, p := range append([]*pending(nil), d.queue...) {
		if id == 0 || p.cmd.ID == id {
			taken = append(taken, s.endLocked(d, p, Cancel, Change{Err: ErrCanceled}, time.Now()))
		}
	}
	s.pumpLocked(d)
	return taken
}

// accept gives a command its ID and its place. The record tells the ending of one that was refused at once.
func (s *Service) accept(c Command) (*pending, Record, error) {
	d := s.Device(c.Device)
	switch {
	case d == nil:
		return nil, Record{}, ErrUnknownDevice
	case d.Model.Custom:
		return nil, Record{}, ErrEncoding
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.closed.Load() { // under the lock: close takes it after it has said so, and misses nobody
		return nil, Record{}, ErrClosed
	}
	now := time.Now()
	c = s.store.Add(c, now)
	s.open.Add(1)
	p := &pending{cmd: c, limit: now.Add(c.Timeout), done: make(chan Record, 1)}
	if c.Mode == Cached {
		p.limit = now.Add(c.TTL)
	}
	s.note(d, p, Fact{Kind: Accepted, At: now, Limit: p.limit})
	if err := d.refuseLocked(c.Mode); err != nil {
		return nil, s.endLocked(d, p, Refuse, Change{Err: err}, now), err
	}
	d.queue = append(d.queue, p)
	if c.Mode == Cached {
		d.waiting++
	}
	s.pumpLocked(d)
	if !p.sent && !p.ended {
		s.note(d, p, Fact{Kind: Queued, At: now})
		s.armLocked(d, p, now)
	}
	return p, Record{}, nil
}

// refuseLocked says why a new command cannot even wait.
func (d *Device) refuseLocked(m Mode) error {
	switch {
	case m == Cached && d.waiting >= d.policy.CachedPerDevice:
		return ErrCacheFull
	case m == Cached:
		return nil
	case d.Disabled || !d.activated:
		return ErrInactive
	case d.session == nil:
		return ErrOffline
	}
	return nil
}

// endLocked gives a command its ending, which is the only one: the transition table refuses a second.
func (s *Service) endLocked(d *Device, p *pending, e Event, ch Change, now time.Time) Record {
	rec, ok := s.store.Apply(p.cmd.ID, e, ch, now)
	if !ok {
		return rec
	}
	p.ended = true
	if p.timer != nil {
		p.timer.Stop()
	}
	d.removeLocked(p)
	f := Fact{Kind: Ended, At: now, State: rec.State, Err: ch.Err}
	if e == TimeOut || e == Expire {
		f.Over = now.Sub(p.limit)
	}
	s.note(d, p, f)
	s.open.Add(-1)
	p.done <- rec
	return rec
}

// note tells the observer a fact about a command.
func (s *Service) note(d *Device, p *pending, f Fact) {
	if s.observe == nil {
		return
	}
	f.Device, f.ID, f.Tag, f.Wire, f.Mode = d.Number, p.cmd.ID, p.cmd.Tag, p.cmd.Wire, p.cmd.Mode
	s.observe(f)
}
