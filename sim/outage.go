package sim

import (
	"slices"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// outages gives the outages of the platform the times that they had in the run of the script, which may be later than the
// schedule has it: it goes down when the first device or command is lost, and comes up just before anybody reaches it
// again. A broker that lost nothing but connections does neither: those are in the script.
func (sc *Script) outages(list []event) []event {
	nth := map[string]int{}
	for i := range list {
		e := &list[i]
		switch {
		case e.Kind != "broker_restart" && e.Kind != "platform_restart":
		case e.heal:
			e.at = max(e.heals, e.due)
		default:
			sc.outage(e.strike, nth[e.Kind])
			e.at = e.due
			nth[e.Kind]++
		}
	}
	list = slices.DeleteFunc(list, func(e event) bool { return e.Kind == "broker_restart" && e.Sessions != "lost" })
	return inOrderOfTime(list)
}

// outage moves the nth strike of its kind.
func (sc *Script) outage(s *strike, nth int) {
	told := never
	for f := range sc.history.Alone() {
		if f.Kind == check.Fault && strings.HasSuffix(f.Text, " "+s.Kind) {
			if nth--; nth < 0 {
				told = f.At
				break
			}
		}
	}
	lost := sc.soonest(told, func(f check.Fact) bool {
		return f.Kind == check.Offline || f.Kind == check.Ended && f.Text == platform.ErrCrashed.Error()
	})
	if lost == never {
		return // it was not reached, or nobody was there
	}
	s.due = lost - before - sc.Zero
	if s.heals == 0 {
		return
	}
	back := sc.soonest(s.heals+sc.Zero, func(f check.Fact) bool {
		return f.Kind == check.Online || f.Kind == check.Accepted && s.Kind == "platform_restart"
	})
	if back != never {
		s.heals = back - before - sc.Zero
	}
}

// soonest is when the first such fact was, not before from, or never.
func (sc *Script) soonest(from time.Duration, is func(check.Fact) bool) time.Duration {
	first := never
	for i := range sc.history.Devices() {
		for _, f := range sc.history.Of(i + 1) {
			if f.At >= from && f.At < first && is(f) {
				first = f.At
			}
		}
	}
	return first
}
