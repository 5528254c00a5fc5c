package platform

import "time"

// Lateness is how slow a busy machine made the platform with one command, in an earlier run that is made again on a
// clock that is never late. It decides endings: what waits in a queue behind a command whose time is over may expire
// before that one's timer fires.
type Lateness struct {
	Publish time.Duration // from the moment in which it could be published first to its publishing
	Missed  bool          // its time was over when it had its turn: nothing is published until its timer has ended it
	Gone    bool          // its connection was found gone when it had its turn
	State   State         // how a timer ended it; 0: none did
	Ending  time.Duration // from its limit to that
}

func (s *Service) lateness(p *pending) Lateness {
	if s.late == nil {
		return Lateness{}
	}
	return s.late(p.cmd.Tag)
}

// overAs is the state that p's timer would end it in.
func (p *pending) overAs() State {
	switch {
	case p.sent:
		return TimedOut
	case p.expires():
		return Expired
	}
	return Failed
}

// missLocked notes the turn of a command whose time is over by now. Only a machine that stood still since the turn was made
// gets there before the command's timer, which fires as soon as the device's lock is free.
func (s *Service) missLocked(d *Device, p *pending, now time.Time) {
	if p.queued && !p.ended && !p.lane.blocked() && !p.limit.IsZero() && now.Sub(p.limit) > inTime {
		p.queued = false
		s.note(d, p, Dequeued, now)
	}
}
