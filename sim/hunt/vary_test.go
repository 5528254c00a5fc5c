package hunt

import (
	"fmt"
	"strings"
	"testing"

	"fleetdrill/scenarios"
)

func TestEverySeedGivesAScenarioThatCanRunAndTheSameEachTime(t *testing.T) {
	for _, b := range scenarios.BuiltIns() {
		cells, err := scenarios.OpenAll(b.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(cells) > 1 { // a hunt wants one of them
			continue
		}
		s := cells[0]
		for _, small := range []bool{false, true} {
			p, err := NewPlan(s, small, true, []string{"checks.breaches < 1"})
			if err != nil {
				t.Fatalf("%s: %v", b.Name, err)
			}
			for seed := range uint64(6) {
				j, err := p.Job(seed)
				if err != nil {
					t.Fatalf("%s, seed %d: %v", b.Name, seed, err)
				}
				if again, _ := p.Job(seed); again != j {
					t.Errorf("%s, seed %d: another job the second time", b.Name, seed)
				}
				got, err := scenarios.Parse("job", []byte(j.Text), nil)
				if err != nil {
					t.Fatalf("%s, seed %d: %v\n%s", b.Name, seed, err, j.Text)
				}
				check(t, s, got, small, seed)
			}
		}
	}
}

func check(t *testing.T, s, got *scenarios.Scenario, small bool, seed uint64) {
	t.Helper()
	placed := len(got.Faults) - len(s.Faults)
	if want := seed%2 == 0; (placed > 0) != want || placed > 3 {
		t.Errorf("%s, seed %d: %d faults placed", s.Name, seed, placed)
	}
	calls := 0.0
	for _, l := range got.Load {
		calls += l.Calls()
	}
	for _, g := range got.Devices {
		if small && g.Running() > mostDevices {
			t.Errorf("%s, seed %d: %d devices", s.Name, seed, g.Running())
		}
	}
	if small && calls > mostCalls+float64(len(s.Load)) {
		t.Errorf("%s, seed %d: %.0f calls", s.Name, seed, calls)
	}
	last := got.Expect[len(got.Expect)-1].Expr
	own := len(got.Expect) == len(s.Expect)+1
	if changed := small || placed > 0; last != "checks.breaches < 1" || own == changed && len(s.Expect) != 2 {
		t.Errorf("%s, seed %d: expects %d things, %s the last", s.Name, seed, len(got.Expect), last)
	}
}

func TestAWrongExpectationOfTheHuntIsNamedByItsOption(t *testing.T) {
	s, err := scenarios.Open("timeouts", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewPlan(s, false, false, []string{"checks.breaches == 0", "answered.ok.count"})
	if err == nil || !strings.HasPrefix(err.Error(), `--expect "answered.ok.count": has no comparison`) {
		t.Errorf("got %v", err)
	}
}

// What small leaves of a scenario that was cut down before, and where faults go in one without rates.
func TestPartsMomentsAndBurstsAreMadeSmallAndStruckWhileTheyWait(t *testing.T) {
	const devices, ask = "{name: x, devices: [{group: meters, count: 500%s}],", "load: [{name: ask, to: meters, call: invoke, timeout: 1s"
	for _, text := range []string{
		fmt.Sprintf(devices, ", only: [17, 400, 401, 402, 403, 404, 405, 406, 407, 498]") + ask + ", arrivals: [{rate: 20/s, for: 2s}]}]}",
		fmt.Sprintf(devices, "") + ask + ", only: [7, 39999], arrivals: [{rate: 20000/s, for: 2s}]}]}",
		fmt.Sprintf(devices, "") + ask + ", arrivals: [{at: [1s, 2s, 3s]}]}, {name: late, to: meters, call: invoke, arrivals: [{pause: 1s}, {burst: 9000}]}]}",
		fmt.Sprintf(devices, "") + ask + ", arrivals: [{burst: 3}]}]}",
	} {
		s, err := scenarios.Parse("x", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(s, true, true, []string{"checks.breaches < 1"})
		if err != nil {
			t.Fatal(err)
		}
		early, late := 0, 0
		for seed := range uint64(20) {
			j, err := p.Job(seed)
			if err != nil {
				t.Fatal(err)
			}
			got, err := scenarios.Parse("job", []byte(j.Text), nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, j.Text)
			}
			check(t, s, got, true, seed)
			for _, f := range got.Faults {
				if f.At > 0 && f.At <= s.LoadEnd() {
					early++
				}
				if f.At > s.LoadEnd() {
					late++
				}
			}
		}
		if early == 0 && s.LoadEnd() > 0 || late == 0 {
			t.Errorf("%d faults within the load and %d behind it:\n%s", early, late, text)
		}
	}
}
