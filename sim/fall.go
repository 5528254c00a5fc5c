package sim

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// fall is how an outage went in the run of a script. On a busy machine it takes devices one by one, and goes on with those that
// are left meanwhile. All times are since Begin.
type fall struct {
	whole    bool                  // the platform, not its broker alone
	told     time.Duration         // it struck
	from, to time.Duration         // the first and the last loss
	up       time.Duration         // it was over
	of       map[int]time.Duration // by device number in this run: when it was taken
}

// took finds when it took each device.
func (f fall) took(losses []check.Fact, numbers map[int]int) fall {
	f.to, f.of = f.from, map[int]time.Duration{}
	for _, l := range losses {
		if l.At < f.from || l.At >= f.up {
			continue
		}
		f.to = max(f.to, l.At)
		n := numbers[l.Device]
		if at, ok := f.of[n]; !ok || l.At < at {
			f.of[n] = l.At
		}
	}
	return f
}

// Fall is when the outage that begins takes a device, or for 0 what is left, for the platform of a run.
func (sc *Script) Fall(device int) time.Time {
	now := time.Since(sc.zero)
	var last *fall
	for i := range sc.falls {
		if f := &sc.falls[i]; f.from <= now+2*before {
			last = f
		}
	}
	switch {
	case last == nil:
		return time.Time{}
	case device == 0:
		return sc.zero.Add(min(last.to+before, last.up-before))
	}
	at, ok := last.of[device]
	if !ok {
		return time.Time{}
	}
	return sc.zero.Add(at - before)
}

// fall takes the platform down. In a replay that may take its time, in which the load goes on as it did.
func (r *run) fall(o Outage) {
	if r.Script == nil {
		r.Target.Restarts.Down(o)
		return
	}
	r.falling.Wait()
	r.falling.Go(func() { r.Target.Restarts.Down(o) })
}

// rise brings it up again.
func (r *run) rise(o Outage) error {
	r.falling.Wait()
	return r.Target.Restarts.Up(o)
}

// refusal is why a call is not made again, and what its caller was told: it met a platform on its way down or up, or it was one
// too many, and not all are made that were counted.
type refusal struct {
	kind platform.Kind
	code string
}

func (r refusal) Error() string { return "refused then: " + r.code }

// refused is the refusal of a call that the platform did not take then, if it would be another now; nil: it would not.
func (sc *Script) refused(facts []check.Fact, done check.Fact) error {
	sent := first(facts, check.Sent)
	down := func(f fall) bool { return f.whole && sent <= f.up && f.told <= done.At }
	switch {
	case first(facts, check.Accepted) != never:
	case done.Outcome == platform.Broken && slices.ContainsFunc(sc.falls, down),
		done.Outcome == platform.Rejected && check.Throttled(done.Text) && sc.part:
		return refusal{done.Outcome, done.Text}
	}
	return nil
}

// isPart tells whether calls that were made are not made again.
func (sc *Script) isPart() bool {
	for load := range sc.history.Loads() {
		i := slices.Index(sc.loads, load)
		if i < 0 {
			return true
		}
		for n := range sc.history.Calls(load) {
			if len(sc.only[i]) > 0 && sc.history.Has(load, n) && !contains(sc.only[i], n) {
				return true
			}
		}
	}
	return false
}
