package hunt

import (
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
		for _, a := range l.Arrivals {
			calls += float64(a.Burst) + (a.Rate+a.To)/2*a.For.Seconds()
		}
	}
	for _, g := range got.Devices {
		if small && g.Count > mostDevices {
			t.Errorf("%s, seed %d: %d devices", s.Name, seed, g.Count)
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
