package platform

import (
	"errors"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/bug"
)

// Message takes what a device published. A reply ends the command that it names, if that is this device's, or of one
// behind it, and still open; anything else changes nothing and is noted.
func (s *Service) Message(ses *broker.Session, topic string, payload []byte) {
	d := ses.Owner.(*Device)
	r, err := d.dialect.Up(d, topic, payload)
	if errors.Is(err, ErrNotReply) {
		return
	}
	now := time.Now()
	if r.Raw == nil {
		r.Data = Own(r.Data, len(payload))
	}
	if err != nil {
		s.fact(Garbled, now, d.Number, 0)
		return
	}
	if r.Wire == 0 && r.ID != 0 {
		r.Wire = s.wireOf(r.ID)
	}
	to := s.addressee(d, r.Wire)
	if to == nil {
		s.fact(s.strange(r.Wire), now, d.Number, r.Wire)
		return
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	s.replyLocked(to, r, time.Now())
}

// wireOf is the number of a command that a device names by its ID; 0 if there is none. A fast device may do so before
// the command is noted as published: then its publisher still holds the device's lock, and it is worth a second look.
func (s *Service) wireOf(id ID) Wire {
	r, ok := s.store.Lookup(id)
	if !ok || r.Wire != 0 {
		return r.Wire
	}
	d := s.Device(r.Device)
	if d == nil {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.store.published(id)
}

// strange tells whether a number is one of another device or nobody's. It does not ask whether that device has been
// sent the command yet: what runs beside it would decide the answer.
func (s *Service) strange(w Wire) FactKind {
	if s.numbered(w.Owner()) != nil && w%WireStride != 0 {
		return Foreign
	}
	return Unknown
}

// issued tells whether the device was ever sent a command with that number.
func (d *Device) issued(w Wire) bool {
	n := w % WireStride
	count := d.count.Load()
	return n >= 1 && (n <= Wire(count) || count >= wires)
}

func (s *Service) replyLocked(d *Device, r Reply, now time.Time) {
	p := d.findOpenLocked(r.Wire)
	if bug.On(bug.ArrivalOrder) || p == nil && bug.On(bug.LateToNext) {
		p = d.longestOpenLocked()
	}
	count := uint64(r.Wire % WireStride)
	switch {
	case p != nil && !p.cmd.OneWay && (r.Service == "" || r.Service == p.cmd.Service) && !p.overdue(now):
		s.receiveLocked(d, p, now)
		d.answered.note(count, true)
		s.endLocked(d, p, answerEvent(r), Change{Reply: r, Err: answerErr(r), answers: true}, now)
		s.pumpLocked(d)
	case p != nil && p.overdue(now): // its timer is about to fire
		s.fact(Late, now, d.Number, r.Wire)
	case p != nil || !d.issued(r.Wire):
		s.fact(Unknown, now, d.Number, r.Wire)
	case d.answered.has(count):
		s.fact(Duplicate, now, d.Number, r.Wire)
	default:
		s.fact(Late, now, d.Number, r.Wire)
	}
}

func answerEvent(r Reply) Event {
	if r.OK || bug.On(bug.ErrorAsSuccess) {
		return Answer
	}
	return Refuse
}

func answerErr(r Reply) error {
	if r.OK || bug.On(bug.ErrorAsSuccess) {
		return nil
	}
	return ErrDevice
}
