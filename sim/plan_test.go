package sim

import (
	"fmt"
	"testing"

	"fleetdrill/scenarios"
)

func TestThePlanSaysWhichCallsFindNobody(t *testing.T) {
	const file = `{name: left, seed: %d, devices: [{group: others, count: 3}, {group: meters, count: 2%s}],
load: [{name: noise, to: others, call: invoke, arrivals: [{burst: 9}]},
{name: ask, to: meters, pick: round_robin, call: invoke%s, arrivals: [{at: [0s, 10ms, 20ms, 30ms]}]}]}`
	for _, c := range []struct {
		only, calls, example string
		n                    int
	}{
		{"", "", "", 0},
		{", only: [1]", "", "call 1 of ask goes to meters-2", 2},
		{", only: [2]", ", only: [2]", "call 2 of ask goes to meters-1", 1},
		{", only: [1]", ", only: [0, 2]", "", 0},
	} {
		s, err := scenarios.Parse("left", fmt.Appendf(nil, file, 1, c.only, c.calls), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, example := Astray(s); n != c.n || example != c.example {
			t.Errorf("%q and %q: %d, %q; want %d, %q", c.only, c.calls, n, example, c.n, c.example)
		}
	}
}

func TestACallThatIsToldItsDeviceGoesThereAndTheOthersWhereTheyWent(t *testing.T) {
	const file = `{name: told, devices: [{group: meters, count: 5}],
load: [{name: ask, to: meters, pick: round_robin, call: invoke, arrivals: [{burst: 2}, {at: [0s, 0s]%s}, {at: [0s]}, {rate: 1/s, for: 1s}]}]}`
	for told, want := range map[string]string{"": "[1 2 3 4 5 1]", ", device: 5": "[1 2 5 5 5 1]", ", does: {drop: {}}": "[1 2 3 4 5 1]"} {
		s, err := scenarios.Parse("told", fmt.Appendf(nil, file, told), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for c := range Plan(s) {
			got = append(got, c.Device)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: %v, want %s", told, got, want)
		}
	}
}
