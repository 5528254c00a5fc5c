package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/hunt"
)

func TestTheBarOfAHuntShowsTheTimeWhereThatIsOverBeforeTheSeedsAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timed, endless := huntGauge(&hunt.Hunt{Seeds: 100000, For: 8 * time.Second}), huntGauge(&hunt.Hunt{Seeds: 100000})
		time.Sleep(2 * time.Second)
		if done, of := timed.share(); done*4 != of {
			t.Errorf("after 2s of 8s the bar shows %d of %d", done, of)
		}
		if done, of := timed.at(); done != 0 || of != 100000 {
			t.Errorf("the words tell of seeds: got %d of %d", done, of)
		}
		if done, of := endless.share(); done != 0 || of != 100000 {
			t.Errorf("without --for the bar shows %d of %d", done, of)
		}
	})
}

func TestADrainIsCalledLongOnlyWhereARunTookHoursOfItsOwnClock(t *testing.T) {
	for virtual, want := range map[float64]bool{20: false, 48 * 3600: true} {
		slow := slowest(hunt.Total{Runs: 1000, Wall: 2 * time.Second, Slowest: hunt.Slow{Seed: 345, Wall: 1.5, Virtual: virtual}}, 2)
		if got := strings.Join(slow, " "); !strings.HasPrefix(got, "seed 345 took 1.5s") || strings.Contains(got, "drain") != want {
			t.Errorf("a run of %v s: %q", virtual, got)
		}
	}
}

func TestAHuntWithoutARunHasNothingThatItCovered(t *testing.T) {
	h := &hunt.Hunt{Seeds: 10, Pool: &hunt.Pool{Jobs: 1}, Plans: []*hunt.Plan{{Scenario: &scenarios.Scenario{Name: "quick"}}}}
	var b bytes.Buffer
	if err := writeHunt(&b, 80, h, nil, ""); err != nil || !strings.Contains(b.String(), "NO RUN SAID ANYTHING") || strings.Contains(b.String(), "COVERED") {
		t.Errorf("%v, and\n%s", err, b.String())
	}
}
