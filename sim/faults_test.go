package sim

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/scenarios"
)

func struckWith(t *testing.T, faults ...scenarios.Fault) (r result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := meters(10, ping(scenarios.Arrivals{Rate: 100, To: 100, For: 2 * time.Second, Process: "constant"}))
		s.Faults = faults
		r = drill(t, context.Background(), s, nil, nil)
	})
	return r
}

func TestCallersHangUpForAsLongAsTheFaultLasts(t *testing.T) {
	r := struckWith(t, scenarios.Fault{At: time.Second, For: 500 * time.Millisecond, Kind: "caller_gone", Load: "ping", Share: 1,
		After: constant(5 * time.Millisecond)})
	if l := r.loads[0]; l.Outcomes.OK != 150 || l.Codes["hung_up"] != 50 {
		t.Errorf("got %+v and %v, want 50 of 200 hung up", l.Outcomes, l.Codes)
	}
	r = struckWith(t, scenarios.Fault{Kind: "caller_gone", Load: "ping", Share: 0.3, After: constant(5 * time.Millisecond)})
	if n := r.loads[0].Codes["hung_up"]; n < 40 || n > 80 {
		t.Errorf("%d of 200 hung up, want about 60", n)
	}
}

func TestAFaultThatComesAgainStrikesAndHealsEachTime(t *testing.T) {
	f := scenarios.Fault{At: 100 * time.Millisecond, Every: 500 * time.Millisecond, Times: 4, For: 200 * time.Millisecond, Kind: "stall",
		Group: "meters", Share: 0.5}
	r := struckWith(t, f)
	if len(r.Faults) != 4 {
		t.Fatalf("%d strikes, want 4", len(r.Faults))
	}
	for i, s := range r.Faults {
		if s.Devices != 5 || s.Until-s.At != f.For || i > 0 && s.At-r.Faults[i-1].At != f.Every {
			t.Errorf("strike %d: %d devices from %v to %v", i, s.Devices, s.At, s.Until)
		}
	}
	if n := r.cfg.Progress.Faults[0].Load(); n != 0 {
		t.Errorf("%d strikes still act", n)
	}
	if l := r.loads[0]; l.Outcomes.OK != 200 {
		t.Errorf("got %+v: what waits for a stalled device comes late, and comes", l.Outcomes)
	}
}

func TestAFaultStrikesNobodyThatTheGroupLeavesOut(t *testing.T) {
	whole := []scenarios.Fault{
		{Kind: "bandwidth", Group: "meters", Share: 1, Rate: 1e6},
		{Kind: "disconnect", Group: "meters", Share: 1, Only: []int{3, 4}},
		{Kind: "disconnect", Group: "meters", Share: 1, Only: []int{5}},
	}
	synctest.Test(t, func(t *testing.T) {
		s := meters(5, ping(scenarios.Arrivals{Burst: 5}))
		s.Devices[0].Only, s.Faults = []int{2, 3}, whole
		r := drill(t, context.Background(), s, nil, nil)
		var struck []int
		for _, f := range r.Faults {
			struck = append(struck, f.Devices)
		}
		if want := []int{2, 1, 0}; !slices.Equal(struck, want) {
			t.Errorf("%v devices struck, want %v", struck, want)
		}
	})
}

func TestAFaultThatHealsInTheDrainLetsWhatWaitsForItThrough(t *testing.T) {
	r := struckWith(t, scenarios.Fault{At: 1900 * time.Millisecond, For: 3 * time.Second, Kind: "stall", Group: "meters", Share: 1})
	if l := r.loads[0]; l.Outcomes.OK != 200 || r.DrainTook < 2900*time.Millisecond || r.DrainTook > 4*time.Second {
		t.Errorf("got %+v after a drain of %v", l.Outcomes, r.DrainTook)
	}
}

func TestARunEndsThoughEveryConnectionIsHalfOpenForEver(t *testing.T) {
	r := struckWith(t, scenarios.Fault{At: time.Second, Kind: "half_open", Group: "meters", Share: 1, Direction: "both"},
		scenarios.Fault{At: time.Second, Kind: "stall", Group: "meters", Share: 1},
		scenarios.Fault{At: time.Second, Kind: "latency", Group: "meters", Share: 1, Direction: "both", Add: constant(time.Hour)})
	if l := r.loads[0]; l.Outcomes.OK+l.Outcomes.Timeout != 200 || l.Outcomes.Timeout < 100 {
		t.Errorf("got %+v, want the second half timed out", l.Outcomes)
	}
}

func TestAFaultStrikesTheSameDevicesWithoutTheOthersAndAtAnotherTime(t *testing.T) {
	members := func(list ...scenarios.Fault) []int {
		s := &scenarios.Scenario{Seed: 7, Faults: list}
		for _, e := range schedule(s) {
			if e.Kind == "stall" {
				return e.draw(1000)
			}
		}
		return nil
	}
	stall := scenarios.Fault{Kind: "stall", Group: "meters", Share: 0.1}
	moved := stall
	moved.At = time.Second
	want := members(stall)
	if len(want) != 100 {
		t.Fatalf("%d devices, want 100", len(want))
	}
	for _, got := range [][]int{members(moved), members(scenarios.Fault{Kind: "latency", Group: "meters"}, moved)} {
		if !slices.Equal(got, want) {
			t.Error("other devices were struck")
		}
	}
}
