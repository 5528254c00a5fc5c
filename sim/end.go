package sim

import (
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// End is how a recorded run was over, as far as a scenario that may be a part of it goes.
type End struct {
	At      time.Duration // since Begin, when it ended the first command or call; check.Never: nothing was open
	Due     int64         // calls by then
	Open    int           // of them, those that ended because the run did, for their caller or on the platform
	Drained bool          // it was over by itself, when the longest drain was, with calls still open
}

// EndOf finds it in a history. All loads tell when it was; those of s, and of these the calls that it has, are counted.
func EndOf(s *scenarios.Scenario, h *check.History) End {
	end, counts := newEnding(), End{}
	var facts []check.Fact
	for i, name := range h.Loads() {
		l := loadOf(s, name)
		for n := range h.Calls(i) {
			one := newEnding()
			facts = h.Facts(i, n, facts[:0])
			for _, f := range facts {
				one.note(f)
			}
			end.add(one)
			if l == nil || len(facts) == 0 || len(l.Only) > 0 && !contains(l.Only, n) {
				continue
			}
			counts.Due++
			if one.cut {
				counts.Open++
			}
		}
	}
	counts.At, counts.Drained = min(end.cutOff, end.givenUp, end.closed), end.drained
	return counts
}

// loadOf is the load with that name, or nil.
func loadOf(s *scenarios.Scenario, name string) *scenarios.Load {
	for i := range s.Load {
		if s.Load[i].Name == name {
			return &s.Load[i]
		}
	}
	return nil
}
