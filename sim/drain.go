package sim

import (
	"context"
	"math"
	"time"
)

// drain waits until nothing is open any more: no call, no answer that a device owes, no command that the platform
// holds. It ends at the latest after Scenario.Drain, or when the run of the script was cut short; calls still open then
// are cancelled, and Measured.CutShort counts what was left.
func (r *run) drain(ctx context.Context) {
	r.enter(Draining)
	begin := time.Now()
	end := r.patient(begin)
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	left := r.left()
	for left > 0 && ctx.Err() == nil && time.Now().Before(end) {
		timer.Reset(min(r.lookAgain(time.Since(begin)), time.Until(end), r.untilEvent()))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		r.heal()
		left = r.left()
	}
	r.m.DrainTook = time.Since(begin)
	if ctx.Err() != nil && r.m.Interrupted == "" && left > 0 {
		r.m.Interrupted = Draining.String()
	}
	r.m.CutShort, r.m.Owed = left, int(r.Progress.Tally.Owed.Load())
	switch {
	case left > 0 && ctx.Err() != nil:
		r.cancel(errInterrupted)
	case left > 0:
		r.cancel(errCutShort)
	}
}

// untilEvent is how long it is until the next fault heals.
func (r *run) untilEvent() time.Duration {
	if len(r.events) == 0 {
		return math.MaxInt64
	}
	return time.Until(r.began.Add(r.apart(r.events[0].at)))
}

// heal lets those faults heal whose time has come.
func (r *run) heal() {
	for len(r.events) > 0 && r.untilEvent() <= 0 {
		r.settle()
		r.happen(r.events[0])
		r.events = r.events[1:]
	}
}

// lookAgain is how long to wait before the next look. It grows with the time already spent, so that a drain of two
// virtual days is looked at a few thousand times and one of a second ends within a twentieth of it.
func (r *run) lookAgain(spent time.Duration) time.Duration {
	longest := 50 * time.Millisecond
	if r.Settle != nil {
		longest = time.Minute
	}
	return min(max(spent/20, time.Millisecond), longest)
}

// left is how much is still waited for: the most of open calls, owed answers and held commands, because one command
// may be all three.
func (r *run) left() int {
	r.settle()
	var open int64
	for i := range r.Progress.Loads {
		open += r.Progress.Loads[i].Open.Load()
	}
	n := int(max(open, r.Progress.Tally.Owed.Load()))
	if r.Pending != nil {
		n = max(n, r.Pending())
	}
	r.Progress.Left.Store(int64(n))
	return n
}
