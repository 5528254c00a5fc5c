package platform

import "time"

// What comes exactly at a limit is in time, but for a lifetime in the cache, which ends at its limit: so the timers of
// answers and of turns fire one nanosecond after it. On a real clock that is nothing; on a virtual one it makes an
// answer at the deadline win, always.
const inTime = time.Nanosecond

// armLocked sets p's timer to its limit.
func (s *Service) armLocked(d *Device, p *pending, now time.Time) {
	wait := p.limit.Sub(now)
	if !p.expires() {
		wait += inTime
	}
	if p.timer != nil {
		p.timer.Reset(wait)
		return
	}
	p.timer = time.AfterFunc(wait, func() { s.timeUp(d, p) })
}

// expires tells whether p's limit is the end of a lifetime.
func (p *pending) expires() bool { return p.cmd.Mode == Cached && !p.sent }

func (s *Service) timeUp(d *Device, p *pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.overLocked(d, p, time.Now()) {
		s.pumpLocked(d)
	}
}

// overLocked ends p if its time is over. A timer that fired just before it was set anew finds that it is not.
func (s *Service) overLocked(d *Device, p *pending, now time.Time) bool {
	if p.ended || now.Before(p.limit) {
		return false
	}
	switch {
	case p.expires():
		s.endLocked(d, p, Expire, Change{Err: ErrExpired}, now)
	case now.Equal(p.limit):
		return false
	case p.sent:
		s.endLocked(d, p, TimeOut, Change{Err: ErrUnanswered}, now)
	default:
		s.endLocked(d, p, TimeOut, Change{Err: ErrNotSent}, now)
	}
	return true
}
