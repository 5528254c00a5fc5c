package sim

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// Planned is a call that a scenario plans. Its seed alone decides about it, before anything runs.
type Planned struct {
	Load   int // its place in the scenario
	N      int // the call's number, from 0
	Due    time.Duration
	Group  int // of its device, as a place in the scenario
	Device int // in its group, from 1
}

// Plan yields the calls that a scenario makes, load after load. Due is from the beginning of the load phase.
func Plan(s *scenarios.Scenario) iter.Seq[Planned] {
	return func(yield func(Planned) bool) {
		for i, l := range s.Load {
			group := slices.IndexFunc(s.Devices, func(g scenarios.Group) bool { return g.Name == l.To })
			pick := picker(l, loadKey(l, s.Seed), s.Devices[group].Count)
			for n, due := range made(Schedule(l, s.Seed), l.Only) {
				if !yield(Planned{i, int(n), due, group, pick(n) + 1}) {
					return
				}
			}
		}
	}
}

// picker says to which device of so many, from 0, the call with a number goes.
func picker(l scenarios.Load, load chance.Key, devices int) func(seq uint64) int {
	key := load.Text("pick")
	pick := func(seq uint64) int { return key.Number(seq).Below(devices) }
	if l.Pick == "round_robin" {
		pick = func(seq uint64) int { return int(seq % uint64(devices)) }
	}
	if !l.Tells() {
		return pick
	}
	return func(seq uint64) int {
		if a := l.Told(seq); a != nil && a.Device > 0 {
			return a.Device - 1
		}
		return pick(seq)
	}
}

// Astray counts the calls to devices that the only of their group leaves out: they find nobody. example is one of them, in
// words.
func Astray(s *scenarios.Scenario) (n int, example string) {
	if !slices.ContainsFunc(s.Devices, func(g scenarios.Group) bool { return len(g.Only) > 0 }) {
		return 0, ""
	}
	for c := range Plan(s) {
		g := s.Devices[c.Group]
		if g.Runs(c.Device) {
			continue
		}
		if n++; n == 1 {
			example = fmt.Sprintf("call %d of %s goes to %s-%d", c.N, s.Load[c.Load].Name, g.Name, c.Device)
		}
	}
	return n, example
}
