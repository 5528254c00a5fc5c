package platform

import (
	"time"

	"fleetdrill/platform/bug"
)

// What comes exactly at a limit is in time, but for a lifetime in the cache, which ends at its limit: so the timers of
// answers, of receipts and of turns fire one nanosecond after it. On a real clock that is nothing; on a virtual one it
// makes an answer at the deadline win, always.
const inTime = time.Nanosecond

// deadline is when the wait is over that begins with p's publishing at now; zero: never.
func (p *pending) deadline(now time.Time) time.Time {
	switch {
	case bug.On(bug.TimeoutFromEnqueue):
		return p.limit
	case bug.On(bug.SharedTimer) && p.lane.open[0] != p:
		return p.lane.open[0].limit
	case bug.On(bug.WholeSeconds):
		now = now.Truncate(time.Second)
	}
	c := &p.cmd
	switch {
	case c.OneWay:
		return sooner(after(now, c.AckTimeout), p.expiry)
	case c.Receipt && c.AckTimeout > 0:
		return after(now, c.AckTimeout)
	}
	return after(now, c.Timeout)
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// awaits is what p, which is sent, has not got when its time is over.
func (p *pending) awaits() error {
	if !p.received && (p.cmd.OneWay || p.cmd.Receipt && p.cmd.AckTimeout > 0) {
		return ErrUnreceived
	}
	return ErrUnanswered
}

// armLocked sets p's timer to its limit.
func (s *Service) armLocked(d *Device, p *pending, now time.Time) {
	if p.limit.IsZero() {
		if p.timer != nil {
			p.timer.Stop()
		}
		return
	}
	wait := p.limit.Sub(now)
	if !p.expires() {
		wait += inTime
	}
	if l := s.lateness(p); l.State == p.overAs() {
		wait += l.Ending
	}
	if p.timer != nil {
		p.timer.Reset(wait)
		return
	}
	p.timer = time.AfterFunc(wait, func() { s.timeUp(d, p) })
}

// expires tells whether p's limit is the end of a lifetime.
func (p *pending) expires() bool { return p.cmd.Mode == Cached && !p.sent }

// overdue tells whether p's limit has passed, and its timer is about to fire.
func (p *pending) overdue(now time.Time) bool { return !p.limit.IsZero() && now.After(p.limit) }

func (s *Service) timeUp(d *Device, p *pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if s.lateness(p).Missed {
		s.missLocked(d, p, now)
	}
	if s.overLocked(d, p, now) {
		s.pumpLocked(d)
	}
}

// overLocked ends p if its time is over. A timer that fired just before it was set anew finds that it is not.
func (s *Service) overLocked(d *Device, p *pending, now time.Time) bool {
	if p.ended && !bug.On(bug.DoubleEnding) || p.limit.IsZero() || now.Before(p.limit) {
		return false
	}
	if p.expires() && (bug.On(bug.LifetimeOnce) || bug.On(bug.ExpiryTick) && now.Before(p.limit.Truncate(10*time.Second).Add(10*time.Second))) {
		return false
	}
	switch {
	case p.expires():
		s.endLocked(d, p, Expire, Change{Err: ErrExpired}, now)
	case now.Equal(p.limit):
		return false
	case p.sent:
		s.endLocked(d, p, TimeOut, Change{Err: p.awaits()}, now)
	default:
		s.endLocked(d, p, TimeOut, Change{Err: ErrNotSent}, now)
	}
	return p.ended
}
