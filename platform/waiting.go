package platform

import (
	"errors"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/bug"
)

// The queues of a device. In each lane commands are published in the order of their acceptance, as its Serialize has
// it; among lanes the one goes first that was accepted first. Instant commands that wait behind others do so up to their
// timeout.

// pumpLocked publishes what may be published now.
func (s *Service) pumpLocked(d *Device) {
	for d.session != nil && d.session != d.gone && d.inFlight < window {
		p := d.nextLocked()
		if p == nil {
			return
		}
		now := time.Now()
		s.missLocked(d, p, now)
		if s.overLocked(d, p, now) {
			continue
		}
		if s.lateness(p).Missed || p.lane.blocked() && !(bug.On(bug.InstantFirst) && p.cmd.Mode == Instant) || !s.publishLocked(d, p, now) {
			return
		}
	}
}

// nextLocked returns the command to be published next. When all lanes are blocked it is still the first of one, whose
// time may be over.
func (d *Device) nextLocked() *pending {
	var next *pending
	for i := range d.lanes {
		l := &d.lanes[i]
		p := l.first()
		if p == nil {
			continue
		}
		if bug.On(bug.InstantFirst) {
			p = l.firstInstant()
		}
		if next == nil || next.lane.blocked() || !l.blocked() && p.cmd.ID < next.cmd.ID {
			next = p
		}
	}
	return next
}

// publishLocked hands the first of a queue to the device's session, and tells whether the next may follow. One that an
// earlier session got keeps its number on the wire.
func (s *Service) publishLocked(d *Device, p *pending, now time.Time) bool {
	if p.unheard = s.unheardLocked(d, p); p.unheard {
		return true
	}
	if p.queued {
		p.queued = false
		s.note(d, p, Dequeued, now)
		if s.lateness(p).Gone {
			d.gone = d.session
			return s.unpublishedLocked(d, p, broker.ErrGone, now)
		}
	}
	fresh := p.cmd.Wire == 0
	if fresh {
		p.cmd.Wire = d.nextWireLocked()
	}
	m, err := d.messageLocked(p)
	if err == nil {
		err = s.sendLocked(d, m)
	}
	if err != nil {
		if fresh {
			p.cmd.Wire = 0
		}
		return s.unpublishedLocked(d, p, err, now)
	}
	if fresh {
		d.count.Add(1)
		d.answered.note(uint64(p.cmd.Wire%WireStride), false)
	}
	d.inFlight++
	p.qos, p.received = m.QoS, false
	p.lane.publish(p)
	ready := now
	if fresh {
		ready = now.Add(s.lateness(p).Publish)
	}
	p.limit = p.deadline(ready)
	s.note(d, p, Published, now)
	s.changeLocked(d, p, Publish, now)
	s.armLocked(d, p, now)
	s.startRepeatLocked(d, p, now)
	return true
}

// unheardLocked tells whether a command has to wait until its device subscribes.
func (s *Service) unheardLocked(d *Device, p *pending) bool {
	if !p.lane.AwaitSubscribe || !p.queued || p.cmd.Mode != Cached {
		return false
	}
	m, err := d.dialect.Down(d, d.session, p.cmd)
	return err == nil && !d.session.Subscribed(m.Topic)
}

// fromQoS1 marks the token of a message at QoS 1. No number on the wire is that high.
const fromQoS1 = 1 << 63

// messageLocked shapes a command for the device's session.
func (d *Device) messageLocked(p *pending) (broker.Message, error) {
	m, err := d.dialect.Down(d, d.session, p.cmd)
	if err != nil && !errors.Is(err, ErrUnsubscribed) {
		return m, ErrEncoding
	}
	m.Token, m.QoS, m.Dup, m.Packet = uint64(p.cmd.Wire), p.cmd.QoS, p.recalled, p.packet
	if m.QoS > 0 {
		if own, ok := d.session.QoS(m.Topic); ok {
			m.QoS = min(m.QoS, own)
		} else if d.session.AtMostOnce {
			m.QoS = 0
		}
	}
	if m.QoS > 0 {
		m.Token |= fromQoS1
	}
	return m, err
}

// sendLocked gives a message to the session. If there is no room it says so to the family, and then looks again: what
// has left in between could not see that anybody waits.
func (s *Service) sendLocked(d *Device, m broker.Message) error {
	err := d.session.Publish(m)
	if errors.Is(err, broker.ErrNoRoom) {
		d.head().crowded.Store(true)
		err = d.session.Publish(m)
	}
	return err
}

// unpublishedLocked deals with a message that the broker did not take. One without room is tried again when a message
// has left. A session that is gone will come Offline in a moment; an instant command does not wait for that. What the
// device cannot be sent at all, because it is too large, is as good as not encoded.
func (s *Service) unpublishedLocked(d *Device, p *pending, err error, now time.Time) bool {
	switch {
	case errors.Is(err, broker.ErrNoRoom):
		s.note(d, p, LinkDropped, now)
		return false
	case errors.Is(err, broker.ErrGone) && p.cmd.Mode == Cached:
		return false
	case errors.Is(err, broker.ErrGone):
		err = ErrOffline
	case errors.Is(err, broker.ErrUnsubscribed), errors.Is(err, ErrUnsubscribed):
		err = ErrUnsubscribed
	default:
		err = ErrEncoding
	}
	s.endLocked(d, p, Refuse, Change{Err: err}, now)
	return true
}
