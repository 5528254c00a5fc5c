package sim

import (
	"context"
	"time"
)

// pacer is the one goroutine that makes things happen in the load phase: arrivals of all loads, and faults, in the
// order of their times. It keeps to absolute times: what is due is done at once, however late it is, so that a pause
// of the machine delays arrivals and never loses or stretches them.
//
// On a virtual clock it acts between two microseconds, where no device does, and lets everything of the instant settle
// first. Then nothing of the platform or the devices runs beside it, and a rerun has the same order of events.
type pacer struct {
	*run
	zero  time.Time
	timer *time.Timer
	alarm *alarm        // nil on a virtual clock
	over  time.Duration // see length; 0: not known
}

// pace runs the load phase to its end. It returns false when ctx ended first.
func (p *pacer) pace(ctx context.Context) bool {
	p.timer = time.NewTimer(0)
	defer p.timer.Stop()
	if p.Settle == nil {
		p.alarm = newAlarm(ctx)
		defer p.alarm.close()
	}
	for ctx.Err() == nil {
		s := p.soonest()
		switch {
		case len(p.events) > 0 && (s != nil && p.events[0].at <= s.due || s == nil && p.events[0].at <= p.length()):
			if p.wait(ctx, p.apart(p.events[0].at)) {
				p.happen(p.events[0])
				p.events = p.events[1:]
			}
		case s != nil:
			if p.wait(ctx, p.apart(s.due)) {
				p.arrive(s)
			}
		default:
			return p.wait(ctx, p.length())
		}
	}
	return false
}

// soonest is the stream with the next arrival; of several, the first in the scenario. nil: none has one.
func (p *pacer) soonest() *stream {
	var best *stream
	for _, s := range p.streams {
		if s.more && (best == nil || s.due < best.due) {
			best = s
		}
	}
	return best
}

func (p *pacer) arrive(s *stream) {
	c := call{stream: s, seq: s.seq, due: p.zero.Sub(p.rec.zero) + p.apart(s.due), to: s.ids[s.pick(s.seq)], bye: s.bye(s.seq), why: errHungUp}
	if p.Script != nil {
		c.bye, c.why = p.Script.bye(s.index, s.seq)
		c.deaf = c.why != nil
	}
	p.callers.dispatch(c)
	s.advance()
}

// apart is the offset itself on the real clock, and half a microsecond past a whole one on a virtual one.
func (r *run) apart(offset time.Duration) time.Duration {
	if r.Settle == nil {
		return offset
	}
	return offset.Truncate(time.Microsecond) + time.Microsecond/2
}

// wait returns true at the offset, settled, or false once ctx is done.
func (p *pacer) wait(ctx context.Context, offset time.Duration) bool {
	if d := time.Until(p.zero.Add(offset)); d > 0 && (p.alarm == nil || !p.alarm.wait(d)) {
		p.timer.Reset(time.Until(p.zero.Add(offset)))
		select {
		case <-ctx.Done():
			return false
		case <-p.timer.C:
		}
	}
	p.settle()
	return ctx.Err() == nil
}

// length is when the last schedule and the last strike are over. What heals later heals in the drain.
func (p *pacer) length() time.Duration {
	if p.over == 0 {
		for _, s := range p.streams {
			p.over = max(p.over, span(s.cfg))
		}
		for _, e := range p.events {
			if !e.heal {
				p.over = max(p.over, e.at)
			}
		}
		if p.Script != nil && p.Script.end.cut {
			p.over = min(p.over, p.Script.end.givenUp-p.Script.Zero)
		}
	}
	return p.over
}

func (p *pacer) stop() {
	for _, s := range p.streams {
		s.stop()
	}
}
