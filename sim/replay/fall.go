package replay

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// fall is a time in which the platform went down, with what it held: connections and commands go one by one, and a replay
// knows only when some did. So what was under way had nothing to spare.
type fall struct{ from, to time.Duration }

// over tells whether a command was under way then, from its sending on.
func (f fall) over(facts []check.Fact) bool {
	i := slices.IndexFunc(facts, func(f check.Fact) bool { return f.Kind != check.Due })
	return i >= 0 && facts[i].At <= f.to && facts[len(facts)-1].At >= f.from
}

// fallsOf finds those of a scenario in a history of it. Each lasts until the last device is away: then they come back.
func fallsOf(s *scenarios.Scenario, h *check.History) (list []fall) {
	var kinds []string
	for _, f := range s.Faults {
		if f.Kind == "platform_restart" || f.Kind == "broker_restart" && f.Sessions == "lost" {
			kinds = append(kinds, f.Kind)
		}
	}
	falling := false
	for f := range h.Alone() {
		switch {
		case f.Kind == check.Fault && slices.Contains(kinds, check.FaultKind(f.Text)):
			list, falling = append(list, fall{f.At, f.At}), true
		case f.Kind == check.Online:
			falling = false
		case f.Kind == check.Offline && falling:
			list[len(list)-1].to = f.At
		}
	}
	return list
}

// closeOf is when the platform gave up, one by one, the commands that waited when a run was cut short; no time if it was not.
func closeOf(h *check.History) fall {
	f := fall{check.Never, -1}
	var facts []check.Fact
	for load := range h.Loads() {
		for n := range h.Calls(load) {
			facts = h.Facts(load, n, facts[:0])
			for _, e := range facts {
				if e.Kind == check.Ended && e.State == platform.Canceled && e.Text == platform.ErrClosed.Error() {
					f.from, f.to = min(f.from, e.At), max(f.to, e.At)
				}
			}
		}
	}
	return f
}
