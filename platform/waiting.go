package platform

import (
	"errors"
	"time"

	"fleetdrill/platform/broker"
)

// The queue of a device. Commands are published in the order of their acceptance. A cached one goes alone among the
// cached: the next follows its ending, not its publishing; and nothing overtakes it. Instant commands behind it wait,
// up to their timeout.

// pumpLocked publishes what may be published now.
func (s *Service) pumpLocked(d *Device) {
	for d.session != nil && len(d.queue) > 0 && d.inFlight < window {
		p := d.queue[0]
		now := time.Now()
		if s.overLocked(d, p, now) {
			continue
		}
		if d.blockedLocked() || !s.publishLocked(d, p, now) {
			return
		}
	}
}

// blockedLocked tells whether something open must end before anything is published.
func (d *Device) blockedLocked() bool {
	if d.policy.SerializeAll {
		return len(d.open) > 0
	}
	return d.cachedOpen > 0
}

// publishLocked hands the first of the queue to the device's session, and tells whether the next may follow.
func (s *Service) publishLocked(d *Device, p *pending, now time.Time) bool {
	p.cmd.Wire = Wire(d.Number)*WireStride + Wire(d.count.Load()+1)
	topic, payload, err := d.dialect.Down(d, p.cmd)
	if err != nil {
		s.endLocked(d, p, Refuse, Change{Err: ErrEncoding}, now)
		return true
	}
	err = d.session.Publish(broker.Message{Topic: topic, Payload: payload, QoS: d.policy.QoS, Token: uint64(p.cmd.Wire)})
	if err != nil {
		return s.unpublishedLocked(d, p, err, now)
	}
	d.removeLocked(p)
	d.count.Add(1)
	d.inFlight++
	d.open = append(d.open, p)
	if p.cmd.Mode == Cached {
		d.cachedOpen++
	}
	d.answered.note(uint64(p.cmd.Wire%WireStride), false)
	p.sent = true
	s.store.Apply(p.cmd.ID, Publish, Change{Wire: p.cmd.Wire}, now)
	p.limit = now.Add(p.cmd.Timeout)
	s.note(d, p, Fact{Kind: Published, At: now, Limit: p.limit})
	s.armLocked(d, p, now)
	return true
}

// unpublishedLocked deals with a message that the broker did not take. One without room is tried again when a message
// has left. A session that is gone will come Offline in a moment; an instant command does not wait for that. What the
// device cannot be sent at all, too large or to a topic that is not its own, is as good as not encoded.
func (s *Service) unpublishedLocked(d *Device, p *pending, err error, now time.Time) bool {
	p.cmd.Wire = 0
	switch {
	case errors.Is(err, broker.ErrNoRoom):
		s.note(d, p, Fact{Kind: LinkDropped, At: now})
		return false
	case !errors.Is(err, broker.ErrGone):
		s.endLocked(d, p, Refuse, Change{Err: ErrEncoding}, now)
		return true
	case p.cmd.Mode == Instant:
		s.endLocked(d, p, Refuse, Change{Err: ErrOffline}, now)
		return true
	}
	return false
}

// Online, Offline, Message and Left are the broker's side of the service: broker.Owner.

// Online takes the device's new session, closes an older one, and publishes what waits.
func (s *Service) Online(ses *broker.Session) {
	d := ses.Owner.(*Device)
	d.mu.Lock()
	old := d.session
	now := time.Now()
	if old != nil {
		s.awayLocked(d, now)
	}
	d.session, d.activated = ses, true
	s.fact(Fact{Kind: WentOnline, At: now, Device: d.Number})
	s.pumpLocked(d)
	d.mu.Unlock()
	if old != nil {
		old.Close("another connection of the same device")
	}
}

// Offline ends the device's presence, if the session is still its present one. Instant commands in the queue fail.
func (s *Service) Offline(ses *broker.Session, _ error) {
	d := ses.Owner.(*Device)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != ses {
		return
	}
	now := time.Now()
	s.awayLocked(d, now)
	for _, p := range append([]*pending(nil), d.queue...) {
		if p.cmd.Mode == Instant {
			s.endLocked(d, p, Refuse, Change{Err: ErrOffline}, now)
		}
	}
}

func (s *Service) awayLocked(d *Device, now time.Time) {
	d.session, d.inFlight = nil, 0
	s.fact(Fact{Kind: WentOffline, At: now, Device: d.Number})
}

// Left gives a place in the window back.
func (s *Service) Left(ses *broker.Session, token uint64) {
	d := ses.Owner.(*Device)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != ses {
		return
	}
	d.inFlight--
	if d.policy.QoS > 0 {
		f := Fact{Kind: Acked, At: time.Now(), Device: d.Number, Wire: Wire(token)}
		if p := d.findOpenLocked(f.Wire); p != nil {
			f.ID, f.Tag, f.Mode = p.cmd.ID, p.cmd.Tag, p.cmd.Mode
		}
		s.fact(f)
	}
	s.pumpLocked(d)
}

func (s *Service) fact(f Fact) {
	if s.observe != nil {
		s.observe(f)
	}
}
