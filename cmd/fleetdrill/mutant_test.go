//go:build zoo

package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"fleetdrill/platform"
	"fleetdrill/platform/bug"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/sweep"
)

// survivors are mutants of the transition table that behave as the original, and why.
var survivors = map[string]string{
	"sent + repeat = nothing": "a repetition changes no state, and how often a message went out no API tells; platform/repeat_test.go counts it",
}

// Each entry is taken away, and each is led to another state: what neither a sweep nor a scenario catches must stand in
// survivors.
func TestEachMutantOfTheTransitionTableIsCaughtByTheSweepOrTheZoo(t *testing.T) {
	mutants := 0
	for s := platform.Waiting; s <= platform.Expired; s++ {
		for e := platform.Publish; e <= platform.Cancel; e++ {
			right, ok := s.Next(e)
			if !ok {
				continue
			}
			for _, wrong := range []platform.State{0, right%platform.Expired + 1} {
				name := fmt.Sprintf("%v + %v = nothing", s, e)
				if wrong != 0 {
					name = fmt.Sprintf("%v + %v = %v", s, e, wrong)
				}
				mutants++
				undo := platform.Mutate(s, e, wrong)
				caught := caughtByAnything(t)
				undo()
				if _, argued := survivors[name]; caught == argued {
					t.Errorf("%s: caught is %v, and argued that it cannot be is %v", name, caught, argued)
				}
			}
		}
	}
	if mutants < 28 {
		t.Errorf("only %d mutants", mutants)
	}
}

// telling are kinds of call that between them go through all states.
var telling = []string{"enos cached, device away", "enos invoke, device away", "alibaba cached", "huawei async, QoS 1", "huawei message, QoS 1"}

// caughtByAnything runs what finds mutants, the quickest first.
func caughtByAnything(t *testing.T) bool {
	for _, name := range dialects() {
		for _, c := range sweep.Calls(name) {
			if !slices.Contains(telling, c.Dialect+" "+c.Title()) {
				continue
			}
			if wrong, _ := sweepIn(t, c, 2); len(wrong) > 0 {
				return true
			}
		}
	}
	for _, name := range []string{"zombie", "error-as-success"} {
		if zooDrill(t, name, bug.None).Verdict != report.Pass {
			return true
		}
	}
	s, err := scenarios.Parse("fails.yaml", []byte(failing), nil)
	must(t, err)
	d := newDrill(s)
	synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
	return d.err != nil || d.summary.Verdict != report.Pass
}

// failing has devices that take a command, acknowledge it, and fail.
const failing = `
name: fails
clock: virtual
drain: 10m
platform: {dialects: {huawei: {implicit_qos: 1}}}
devices: [{group: lamps, dialect: huawei, count: 2, behaviour: [{fail: {after: 1s, code: 7}}]}]
load: [{name: set, to: lamps, call: async, arrivals: [{burst: 4}]}]
expect: [timeouts.fired == 0, timeouts.pending_after == 0]
`
