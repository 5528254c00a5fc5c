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

// refusal is why a call came to nothing that met a platform on its way down or up, in the word that its caller was told.
type refusal string

func (r refusal) Error() string { return "the platform fell or was down: " + string(r) }

// refused tells whether a call met such a platform, which answered it without having taken it, and what.
func (sc *Script) refused(facts []check.Fact, done check.Fact) error {
	sent := first(facts, check.Sent)
	if done.Outcome != platform.Broken || first(facts, check.Accepted) != never ||
		!slices.ContainsFunc(sc.falls, func(f fall) bool { return f.whole && sent <= f.up && f.told <= done.At }) {
		return nil
	}
	return refusal(done.Text)
}
