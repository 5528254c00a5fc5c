package sim

import (
	"context"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// What the machine did to the run that a script tells of: it made the platform late, and an end may have been put to the
// run before everything in it had its ending.

// foundLate finds how late the platform was with each command: from when nothing was in its way any more to its first
// publishing, and from its limit to its ending. Where one waits behind another, that decides endings.
func (sc *Script) foundLate() {
	for i := range sc.history.Devices() {
		waits := map[callID]*wait{}
		var free time.Duration // when something last let what waits go on
		sent := 0              // messages to the present session, many once it had no room for one
		facts := sc.history.Of(i + 1)
		for n, f := range facts {
			call := callID{f.Load, f.Seq}
			if f.Kind == check.Published && frees(facts[n+1:], f) {
				free = f.At
			}
			if f.Kind == check.Accepted {
				waits[call] = &wait{began: f.At, as: platform.Failed}
			}
			if w := waits[call]; w != nil {
				w.note(f, free)
			}
			switch f.Kind {
			case check.Ended:
				if w := waits[call]; w != nil {
					w.late.Gone = sc.late[call].Gone
					sc.late[call] = w.late
				}
				delete(waits, call)
				free = f.At
			case check.Online:
				free, sent = f.At, 0
			case check.Published, check.Resent:
				sent++
			case check.LinkDropped:
				sent = check.Window
			case check.Written, check.Acked, check.Received: // that is room for a message, which is seldom lacking
				if sent >= check.Window {
					free = f.At
				}
			}
		}
	}
}

// frees tells whether what follows a publishing in the same instant, on a virtual clock, is another's ending that gave it its turn.
func frees(next []check.Fact, published check.Fact) bool {
	for _, f := range next {
		switch {
		case f.At != published.At:
			return false
		case f.Kind == check.Ended && (f.Load != published.Load || f.Seq != published.Seq):
			return true
		}
	}
	return false
}

// wait is a command that has no ending yet.
type wait struct {
	began, limit time.Duration
	as           platform.State // how it ends at the limit
	queued, sent bool
	turn         time.Duration // its last
	late         platform.Lateness
}

// note takes a fact about the command. What waits could go on when something last made room.
func (w *wait) note(f check.Fact, free time.Duration) {
	switch f.Kind {
	case check.Accepted:
		if f.Cached {
			w.as = platform.Expired
		}
	case check.Recalled:
		w.as = platform.Expired
	case check.Queued:
		w.queued = true
	case check.Dequeued:
		w.turn = f.At
	case check.Published:
		if w.queued {
			w.began = max(w.began, free)
		}
		if !w.sent {
			w.late.Publish = inWhole(f.At - w.began)
		}
		w.sent, w.as = true, platform.TimedOut
	case check.Ended:
		w.late.State, w.late.Ending = w.as, inWhole(f.Over)
		w.late.Missed = f.Over > 0 && !w.sent && (f.At == w.turn || !w.queued) // or it had its turn when it came
		if f.Over == 0 && f.At > w.limit {                                     // something else came first: so it shall again
			w.late.Ending = inWhole(f.At-w.limit) + time.Millisecond
		}
	}
	if f.Limit != 0 {
		w.limit = f.Limit
	}
}

// inWhole keeps what happens on a virtual clock in the part of a microsecond that is its own.
func inWhole(d time.Duration) time.Duration { return max(0, d.Truncate(time.Microsecond)) }

// Late is how late the platform was with each command, for the platform of a run whose commands have the tags of l.
func (sc *Script) Late(l *check.Ledger) func(platform.Tag) platform.Lateness {
	return func(t platform.Tag) platform.Lateness {
		load, seq, ok := l.Untag(t)
		if !ok || load >= len(sc.loads) {
			return platform.Lateness{}
		}
		return sc.late[callID{sc.loads[load], seq}]
	}
}

// ending is how a run was over for what was still open. First its calls were cut off, then what waited for its turn was
// given up, and at last the platform closed.
type ending struct {
	cut     bool
	givenUp time.Duration // never: nothing was
	closed  time.Duration // the same
	last    time.Duration // when the last command ended, or call was done
	cutOff  time.Duration // when the first call was, or never
	drained bool          // the calls were cut off for the drain was over, not for somebody interrupted the run
}

// foundEnd finds it: nothing else ends calls and commands so.
func (sc *Script) foundEnd() {
	sc.end = newEnding()
	for f := range sc.ofCommands {
		sc.end.note(f)
	}
	if e := &sc.end; e.cut {
		e.closed = min(e.closed, e.last+time.Millisecond)
		e.givenUp = min(e.givenUp, e.closed)
	}
}

func newEnding() ending { return ending{givenUp: never, closed: never, cutOff: never} }

// add takes in that of another command.
func (e *ending) add(o ending) {
	e.cut, e.drained = e.cut || o.cut, e.drained || o.drained
	e.givenUp, e.closed, e.cutOff = min(e.givenUp, o.givenUp), min(e.closed, o.closed), min(e.cutOff, o.cutOff)
	e.last = max(e.last, o.last)
}

func (e *ending) note(f check.Fact) {
	switch f.Kind {
	case check.Done:
		cause := goneFor(f)
		if cause == errCutShort || cause == errInterrupted {
			e.cut, e.drained, e.cutOff = true, e.drained || cause == errCutShort, min(e.cutOff, f.At)
		}
	case check.Ended:
		closed := f.Text == platform.ErrClosed.Error()
		e.cut = e.cut || closed
		switch turn := f.State == platform.Canceled && !f.Cached; {
		case closed && turn:
			e.givenUp = min(e.givenUp, f.At)
		case closed:
			e.closed = min(e.closed, f.At)
		}
	default:
		return
	}
	e.last = max(e.last, f.At)
}

// patient is when a drain that began then is over, whatever is open.
func (r *run) patient(begin time.Time) time.Time {
	over := begin.Add(r.Scenario.Drain)
	switch {
	case r.Script == nil:
	case r.Script.end.cut:
		over = r.rec.zero.Add(offClock(r.Script.end.givenUp))
	case r.rec.zero.Add(r.Script.end.last).After(begin):
		over = r.rec.zero.Add(r.Script.end.last + r.Scenario.Drain)
	}
	return over
}

// outlast lets the devices go on until the platform closes, as they did.
func (r *run) outlast(ctx context.Context) {
	if r.Script == nil || !r.Script.end.cut {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(r.rec.zero.Add(offClock(r.Script.end.closed)))):
	}
}
