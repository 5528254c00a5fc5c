//go:build zoo

package main

import (
	"fmt"
	"slices"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/bug"
	"fleetdrill/report"
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
var telling = []string{"enos cached, device away", "enos invoke, device away", "alibaba cached", "huawei async, QoS 1", "huawei async, QoS 1, device fails",
	"huawei message, QoS 1"}

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
	return false
}
