package platform

import (
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/bug"
)

// Online, Offline, Message and Left are the broker's side of the service: broker.Owner. A session is its device's and
// that of the devices behind it.

// Online takes the device's new session, closes an older one, and publishes what waits.
func (s *Service) Online(ses *broker.Session) {
	d := ses.Owner.(*Device)
	d.presence.Lock()
	old, ok := s.attach(d, ses)
	for _, child := range d.children {
		if ok {
			s.attach(child, ses)
		}
	}
	d.presence.Unlock()
	switch {
	case !ok:
		ses.Close("the device may not connect any more")
	case old != nil:
		old.Close("another connection of the same device")
	}
}

// attach gives a device its session and returns the one that it had. It is false for a device that must not have one.
func (s *Service) attach(d *Device, ses *broker.Session) (old *broker.Session, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.removed || d.disabled && d.Parent == nil || s.down.Load() {
		return nil, false
	}
	now := time.Now()
	if bug.On(bug.StaleRoute) && d.session != nil {
		s.fact(WentOnline, now, d.Number, 0)
		return nil, true
	}
	if old = d.session; old != nil {
		s.awayLocked(d, now)
	}
	if !d.activated {
		d.activated, d.activatedAt = true, now
	}
	d.session, d.online, d.since = ses, now, now
	s.wentLocked(d, WentOnline, now)
	if bug.On(bug.WireReuse) {
		d.count.Store(0)
	}
	if bug.On(bug.Redelivered) {
		s.redeliverLocked(d)
	}
	if bug.On(bug.NoDrain) {
		return old, true
	}
	s.pumpLocked(d)
	return old, true
}

// Subscribed publishes what waits for that.
func (s *Service) Subscribed(ses *broker.Session) {
	d := ses.Owner.(*Device)
	d.presence.Lock()
	defer d.presence.Unlock()
	for _, d := range append([]*Device{d}, d.children...) {
		d.mu.Lock()
		if d.session == ses && d.listenLocked() {
			s.pumpLocked(d)
		}
		d.mu.Unlock()
	}
}

// listenLocked lets everything have another turn that waits for a SUBSCRIBE, and tells whether anything does.
func (d *Device) listenLocked() (any bool) {
	for i := range d.lanes {
		for _, p := range d.lanes[i].queue {
			any = any || p.unheard
			p.unheard = false
		}
	}
	return any
}

// Offline ends the device's presence, if the session is still its present one. Instant commands in the queue fail.
func (s *Service) Offline(ses *broker.Session, _ error) {
	d := ses.Owner.(*Device)
	d.presence.Lock()
	defer d.presence.Unlock()
	s.detach(d, ses)
	for _, child := range d.children {
		s.detach(child, ses)
	}
}

func (s *Service) detach(d *Device, ses *broker.Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != ses && !bug.On(bug.StaleOffline) || bug.On(bug.DeliveredWhileGone) {
		return
	}
	now := time.Now()
	if bug.On(bug.StaleRoute) {
		s.fact(WentOffline, now, d.Number, 0)
		return
	}
	s.awayLocked(d, now)
	for _, p := range d.allLocked() {
		if p.cmd.Mode == Instant && !p.sent {
			s.endLocked(d, p, Refuse, Change{Err: ErrOffline}, now)
		}
	}
}

// awayLocked ends a session. What it has not acknowledged waits again, where the lane is so; a message that nobody will
// hear of any more, and that has no time to run out, has failed.
func (s *Service) awayLocked(d *Device, now time.Time) {
	ses := d.session
	d.session, d.inFlight, d.offline, d.since = nil, 0, now, now
	d.listenLocked()
	s.wentLocked(d, WentOffline, now)
	for i := range d.lanes {
		if !s.forgets.Load() {
			s.recallLocked(d, &d.lanes[i], ses, now)
		}
	}
	for _, p := range d.allLocked() {
		if p.sent && p.cmd.OneWay && p.limit.IsZero() {
			s.endLocked(d, p, Refuse, Change{Err: ErrOffline}, now)
		}
	}
}

func (s *Service) wentLocked(d *Device, kind FactKind, now time.Time) {
	s.fact(kind, now, d.Number, 0)
	if g, ok := d.dialect.(Greeter); ok && !s.closed.Load() && !s.down.Load() {
		g.Went(d, kind == WentOnline, d.online, now)
	}
}

// redeliverLocked is what bug.Redelivered does.
func (s *Service) redeliverLocked(d *Device) {
	for _, p := range d.allLocked() {
		if m, err := d.messageLocked(p); err == nil && p.sent {
			d.session.Publish(m)
		}
	}
}

func (s *Service) recallLocked(d *Device, l *lane, ses *broker.Session, now time.Time) {
	for _, p := range l.recall() {
		p.recalled, p.queued = true, true
		if ses != nil { // else it ended unnoticed, as happens in the zoo
			p.packet = ses.Packet(p.token())
		}
		p.stopTimers()
		p.limit = p.expiry
		s.note(d, p, Recalled, now)
		s.changeLocked(d, p, Recall, now)
		s.armLocked(d, p, now)
	}
	s.dropLocked(d, l, 0, now)
}

// Written notes that a message went into the connection. Its device may have answered by now.
func (s *Service) Written(_ *broker.Session, token uint64, at time.Time) {
	w := Wire(token &^ fromQoS1)
	s.fact(Written, at, w.Owner(), w)
}

// Left gives a place in the window back, and is the receipt of a command that has one.
func (s *Service) Left(ses *broker.Session, token uint64) {
	w := Wire(token &^ fromQoS1)
	d := s.addressee(ses.Owner.(*Device), w)
	if d == nil {
		return
	}
	s.left(d, ses, w, token&fromQoS1 != 0)
	if head := d.head(); head.crowded.Load() && head.crowded.Swap(false) {
		s.pumpFamily(head)
	}
}

func (s *Service) left(d *Device, ses *broker.Session, w Wire, acked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != ses {
		return
	}
	d.inFlight--
	now := time.Now()
	p := d.findOpenLocked(w)
	switch {
	case acked && p != nil:
		s.note(d, p, Acked, now)
	case acked:
		s.fact(Acked, now, d.Number, w)
	}
	if p != nil && !p.overdue(now) {
		s.receiveLocked(d, p, now)
	}
	s.pumpLocked(d)
}

// receiveLocked takes note that p's message has left.
func (s *Service) receiveLocked(d *Device, p *pending, now time.Time) {
	if p.received {
		return
	}
	p.received = true
	p.stopRepeat()
	switch {
	case p.cmd.OneWay:
		p.limit = time.Time{} // nothing is awaited any more
		s.note(d, p, Received, now)
		s.endLocked(d, p, Answer, Change{}, now)
	case p.cmd.Receipt:
		if p.cmd.AckTimeout > 0 {
			p.limit = after(now, p.cmd.Timeout)
		}
		s.note(d, p, Received, now)
		s.changeLocked(d, p, Receive, now)
		s.armLocked(d, p, now)
	}
}

// addressee returns the device whose number a command on the wire has, if that is d or one behind it, or nil.
func (s *Service) addressee(d *Device, w Wire) *Device {
	if w.Owner() == d.Number {
		return d
	}
	if o := s.numbered(w.Owner()); o != nil && (o.Parent == d || bug.On(bug.ForeignAnswer)) {
		return o
	}
	return nil
}

// pumpFamily lets every device of a gateway try again.
func (s *Service) pumpFamily(head *Device) {
	head.presence.Lock()
	defer head.presence.Unlock()
	for _, d := range append([]*Device{head}, head.children...) {
		d.mu.Lock()
		s.pumpLocked(d)
		d.mu.Unlock()
	}
}
