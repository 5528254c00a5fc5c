package replay

import (
	"slices"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// fall is a time in which the platform went down, with what it held, and came up again. That takes a while: connections
// and commands go one by one. In a replay it is one instant, so what was under way had nothing to spare.
type fall struct{ from, to time.Duration }

func (f fall) over(facts []check.Fact) bool {
	return len(facts) > 0 && facts[0].At <= f.to && facts[len(facts)-1].At >= f.from
}

// fallsOf finds those of a scenario in a history of it.
func fallsOf(s *scenarios.Scenario, h *check.History) (list []fall) {
	var kinds []string
	for _, f := range s.Faults {
		if f.Kind == "platform_restart" || f.Kind == "broker_restart" && f.Sessions == "lost" {
			kinds = append(kinds, f.Kind)
		}
	}
	for f := range h.Alone() {
		if f.Kind == check.Fault && slices.Contains(kinds, check.FaultKind(f.Text)) {
			list = append(list, fall{f.At, f.At + f.For})
		}
	}
	return list
}
