package platform

import (
	"time"

	"fleetdrill/platform/bug"
)

// refuses says why a device takes no command at all. A nil device is one that is not known.
func (d *Device) refuses() error {
	switch {
	case d == nil:
		return ErrUnknownDevice
	case d.Model.Custom:
		return ErrEncoding
	}
	return nil
}

// accept gives a command its ID and its place. The record tells the ending of one that was refused at once.
func (s *Service) accept(c Command) (*pending, Record, error) {
	d := s.Device(c.Device)
	if err := d.refuses(); err != nil {
		return nil, Record{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.acceptLocked(d, c)
}

func (s *Service) acceptLocked(d *Device, c Command) (*pending, Record, error) {
	switch {
	case s.down.Load():
		return nil, Record{}, ErrCrashed
	case s.closed.Load(): // under the lock: close takes it after it has said so, and misses nobody
		return nil, Record{}, ErrClosed
	case d.removed:
		return nil, Record{}, ErrUnknownDevice
	}
	now := time.Now()
	c = s.store.Add(c, now)
	s.open.Add(1)
	l := &d.lanes[c.Lane]
	p := &pending{cmd: c, lane: l, order: l.Serialize, limit: after(now, c.Timeout), done: make(chan Record, 1)}
	if c.Mode == Cached {
		p.expiry = after(now, c.TTL)
		p.limit = p.expiry
	}
	s.note(d, p, Accepted, now)
	if err := d.refuseLocked(p); err != nil {
		return nil, s.endLocked(d, p, Refuse, Change{Err: err}, now), err
	}
	if c.Mode == Cached {
		s.dropLocked(d, p.lane, 1, now)
	}
	p.lane.push(p)
	s.pumpLocked(d)
	if !p.sent && !p.ended {
		p.queued = true
		s.note(d, p, Queued, now)
		s.tellLocked(d, p)
		s.armLocked(d, p, now)
	}
	return p, Record{}, nil
}

// after is the limit of a wait that begins at now; zero for one without limit.
func after(now time.Time, wait time.Duration) time.Time {
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(wait)
}

// refuseLocked says why a new command cannot even wait.
func (d *Device) refuseLocked(p *pending) error {
	limit := p.lane.Limit
	if bug.On(bug.CacheOneMore) {
		limit++
	}
	full := p.lane.waiting >= limit && (p.lane.Overflow == RefuseNew || p.lane.Limit <= 0)
	switch {
	case p.cmd.Mode == Cached && full:
		return ErrCacheFull
	case p.cmd.Mode == Cached:
		return nil
	case d.disabled || !d.activated:
		return ErrInactive
	case d.session == nil && !bug.On(bug.OfflineHang):
		return ErrOffline
	}
	return nil
}

// dropLocked ends the oldest waiting commands of a lane that drops them, until it has room for so many more.
func (s *Service) dropLocked(d *Device, l *lane, more int, now time.Time) {
	for l.Overflow == DropOldest && l.waiting > 0 && l.waiting+more > l.Limit {
		s.endLocked(d, l.oldest(), Refuse, Change{Err: ErrReplaced}, now)
	}
}

// endLocked gives a command its ending, which is the only one: the transition table refuses a second.
func (s *Service) endLocked(d *Device, p *pending, e Event, ch Change, now time.Time) Record {
	rec, ok := s.store.Apply(p.cmd.ID, e, ch, now)
	if !ok && !bug.On(bug.DoubleEnding) {
		if ch.answers {
			s.note(d, p, Matched, now)
		}
		return rec
	}
	p.ended = true
	if !bug.On(bug.DoubleEnding) {
		p.stopTimers()
	}
	if !(e == TimeOut && (bug.On(bug.QueueDeadlock) || bug.On(bug.Zombie) && !p.sent)) {
		p.lane.remove(p)
	}
	if f := s.about(d, p, Ended, now); f != nil {
		f.State, f.Err, f.Answered = rec.State, ch.Err, ch.answers
		if e == TimeOut || e == Expire {
			f.Over = now.Sub(p.limit)
		}
		s.told(f)
	}
	if !ok {
		return rec // bug.DoubleEnding: who waits has heard already
	}
	if !(bug.On(bug.PendingLeak) && e == TimeOut) {
		s.open.Add(-1)
	}
	if d.watcher != nil {
		d.watcher.Changed(d, rec)
	}
	p.done <- rec
	return rec
}

// changeLocked moves a command along without ending it.
func (s *Service) changeLocked(d *Device, p *pending, e Event, now time.Time) {
	rec, _ := s.store.Apply(p.cmd.ID, e, Change{Wire: p.cmd.Wire}, now)
	if d.watcher != nil && e != Repeat {
		d.watcher.Changed(d, rec)
	}
}

// tellLocked tells a watcher of a command that begins to wait.
func (s *Service) tellLocked(d *Device, p *pending) {
	if d.watcher != nil {
		rec, _ := s.store.Lookup(p.cmd.ID)
		d.watcher.Changed(d, rec)
	}
}
