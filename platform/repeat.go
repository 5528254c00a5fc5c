package platform

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"fleetdrill/platform/broker"
)

// repeat is the plan of sending a message again until it is acknowledged: rounds of some sendings each. The device's
// lock guards it.
type repeat struct {
	session *broker.Session // none of it is for another
	timer   *time.Timer
	due     time.Time // of the next sending; zero: none
	begin   time.Time // of the present round
	sent    int       // sendings in it
	rounds  int       // that follow it
}

// next returns when the next sending is due; false if there is none. Each is a moment later than its plan and the one
// before it: what a device says to a sending at the planned time of the next one is in time.
func (r *repeat) next(plan *Resend) (time.Time, bool) {
	r.begin = r.begin.Add(inTime)
	if plan.Every > 0 && r.sent < plan.Times {
		return r.begin.Add(time.Duration(r.sent) * plan.Every), true
	}
	if r.rounds <= 0 {
		return time.Time{}, false
	}
	r.begin, r.sent = r.begin.Add(plan.ReturnEvery), 0
	r.rounds--
	return r.begin, true
}

// startRepeatLocked begins the first round for a message that has just gone out.
func (s *Service) startRepeatLocked(d *Device, p *pending, now time.Time) {
	plan := &p.lane.Resend
	if p.qos == 0 || plan.Every <= 0 && !p.recalled {
		return
	}
	p.repeat = &repeat{session: d.session, begin: now, sent: 1}
	if p.recalled && plan.ReturnEvery > 0 {
		p.repeat.rounds = plan.ReturnTimes - 1
	}
	s.armRepeatLocked(d, p, now)
}

// armRepeatLocked sets the timer to the next sending.
func (s *Service) armRepeatLocked(d *Device, p *pending, now time.Time) {
	r := p.repeat
	at, ok := r.next(&p.lane.Resend)
	if r.due = at; !ok {
		return
	}
	wait := r.due.Sub(now)
	if r.timer != nil {
		r.timer.Reset(wait)
		return
	}
	r.timer = time.AfterFunc(wait, func() { s.again(d) })
}

// again sends once more what is due to be, in the order in which it went out: the timers of messages that went out
// together may fire in any. What ends at that very moment is not sent again, whichever timer fires first.
func (s *Service) again(d *Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	var due []*pending
	for i := range d.lanes {
		for _, p := range d.lanes[i].open {
			if r := p.repeat; r != nil && r.session == d.session && !r.due.IsZero() && !r.due.After(now) && !p.overdue(now) {
				due = append(due, p)
			}
		}
	}
	slices.SortFunc(due, func(p, q *pending) int { return cmp.Compare(p.cmd.Wire, q.cmd.Wire) })
	out := make([]bool, len(due)) // before any is sent again: what its acknowledgement makes room for goes out for the first time
	for i, p := range due {
		out[i] = d.session.Packet(p.token()) != 0
	}
	for i, p := range due {
		s.againLocked(d, p, out[i], now)
	}
}

// token is that of p's message at QoS 1, whatever is granted by now.
func (p *pending) token() uint64 { return uint64(p.cmd.Wire) | fromQoS1 }

// againLocked sends one again that is out, and plans the next time.
func (s *Service) againLocked(d *Device, p *pending, out bool, now time.Time) {
	p.repeat.sent++
	m, err := d.messageLocked(p)
	sent := false
	if err == nil && out {
		m.Token = p.token()
		sent, err = d.session.Again(m)
	}
	switch {
	case sent:
		s.note(d, p, Resent, now)
		s.changeLocked(d, p, Repeat, now)
	case errors.Is(err, broker.ErrNoRoom):
		s.note(d, p, LinkDropped, now)
	}
	s.armRepeatLocked(d, p, now)
}

// stopRepeat ends the plan. A timer that has just fired finds that it is not its message's any more.
func (p *pending) stopRepeat() {
	if p.repeat != nil && p.repeat.timer != nil {
		p.repeat.timer.Stop()
	}
	p.repeat = nil
}

func (p *pending) stopTimers() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.stopRepeat()
}
