package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

const whole = `
name: whole
seed: 11
devices:
  - {group: others, count: 7}
  - group: meters
    count: 20
    behaviour: [{weight: 60, respond: {after: exponential(200ms)}}, {weight: 20, drop: {}}, {weight: 20, fail: {code: 7}}]
load:
  - {name: noise, to: others, call: invoke, arrivals: [{rate: 50/s, for: 2s}]}
  - {name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 50/s, for: 2s, process: poisson}]}
`

func TestAPartOfARunIsAsItWasInTheWhole(t *testing.T) {
	all := endings(t, drillIn(t, whole, nil))
	fewer := strings.NewReplacer(
		"  - {name: noise, to: others, call: invoke, arrivals: [{rate: 50/s, for: 2s}]}\n", "",
		"count: 7", "count: 1",
		"timeout: 1s", "timeout: 1s, only: [3, 17, 18, 40, 41, 42, 60]").Replace(whole)
	part := endings(t, drillIn(t, fewer, nil))
	if len(part) != 7 {
		t.Errorf("%d calls were made: %v", len(part), part)
	}
	for call, ending := range part {
		if !strings.Contains(call, "ask") || ending != all[call] {
			t.Errorf("%s: %s in the part, %s in the whole", call, ending, all[call])
		}
	}
	// The devices of these calls alone: the same once more.
	alone := endings(t, drillIn(t, strings.Replace(fewer, "count: 20", "count: 20\n    only: [2, 5]", 1), nil))
	same := 0
	for call, ending := range alone {
		if ending == part[call] {
			same++
		} else if !strings.Contains(ending, "11888") { // a device that never came
			t.Errorf("%s: %s, and %s with all devices", call, ending, part[call])
		}
	}
	if same == len(alone) {
		t.Error("all calls went to two devices of twenty")
	}
}

// endings are the code and the duration of each call.
func endings(t *testing.T, d *drill) map[string]string {
	t.Helper()
	var jsonl bytes.Buffer
	must(t, d.history.WriteJSONL(&jsonl))
	due, found := map[string]float64{}, map[string]string{}
	for line := range bytes.Lines(jsonl.Bytes()) {
		var f struct {
			At         float64 `json:"at_us"`
			N          *int
			Load, Fact string
			Code       string
		}
		must(t, json.Unmarshal(line, &f))
		if f.N == nil {
			continue
		}
		call := f.Load + " " + strconv.Itoa(*f.N)
		switch f.Fact {
		case "due":
			due[call] = f.At
		case "done":
			found[call] = f.Code + " after " + strconv.Itoa(int(f.At-due[call]))
		}
	}
	return found
}
