package main

import (
	"slices"
	"strings"
	"testing"

	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

// fellLate is a machine so slow that the schedule of 300 ms was over when the platform fell. One call met it on its way down,
// and one when it was up again.
const fellLate = `{"schema":2,"facts":21,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"due"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":200100,"load":"ask","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":1500000,"fact":"fault","fault":"faults[0] platform_restart","for_us":100000}
{"at_us":1510000,"device":"roaming-1","fact":"offline"}
{"at_us":1600000,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":1700000,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"99500","outcome":"broken"}
{"at_us":1900000,"device":"roaming-1","fact":"online"}
{"at_us":2000000,"load":"ask","n":1,"device":"roaming-1","fact":"due"}
{"at_us":2000000,"load":"ask","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":2000000,"load":"ask","n":1,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":2000000,"load":"ask","n":1,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":2100000,"load":"ask","n":1,"device":"roaming-1","fact":"matched"}
{"at_us":2100000,"load":"ask","n":1,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":2100100,"load":"ask","n":1,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
`

func TestAPlatformThatFellAfterTheEndOfTheScheduleIsUpAgainForTheCallsThatCameThen(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(fellLate))
	must(t, err)
	text := strings.Replace(resting, "DRAIN", "2s", 1) + "faults: [{at: 100ms, for: 100ms, platform_restart: {}}]\n"
	if r := replayed(t, text, then, ""); r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}

// fellSlowly is an outage that took one device 200 ms after the other, which answered meanwhile.
const fellSlowly = `{"schema":2,"facts":13,"loads":["rest","ask"],"devices":["roaming-1","roaming-2"]}
{"at_us":10000,"device":"roaming-2","fact":"online"}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":1000000,"load":"ask","n":0,"device":"roaming-1","fact":"due"}
{"at_us":1000000,"load":"ask","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":1000000,"load":"ask","n":0,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":1000000,"load":"ask","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":1500000,"fact":"fault","fault":"faults[0] FAULT","for_us":500000}
{"at_us":1500100,"device":"roaming-2","fact":"offline"}
{"at_us":1600000,"load":"ask","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":1600000,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":1600100,"load":"ask","n":0,"device":"roaming-1","fact":"done",DONE}
{"at_us":1700000,"device":"roaming-1","fact":"offline"}
{"at_us":2500000,"device":"roaming-1","fact":"online"}
`

func TestAnOutageThatTookItsTimeTakesItAgain(t *testing.T) {
	for told, fault := range map[string][2]string{
		"platform_restart":                {"platform_restart: {}", `"code":"transport","outcome":"broken"`},
		"broker_restart (sessions: lost)": {"broker_restart: {sessions: lost}", `"code":"0","outcome":"ok"`},
	} {
		then, err := check.ReadJSONL(strings.NewReader(strings.NewReplacer("FAULT", told, "DONE", fault[1]).Replace(fellSlowly)))
		must(t, err)
		text := strings.NewReplacer("DRAIN", "2s", "count: 1", "count: 2").Replace(resting) + "faults: [{at: 200ms, for: 200ms, " + fault[0] + "}]\n"
		if r := replayed(t, text, then, ""); r.Same != 1 || r.Commands != 1 {
			t.Errorf("%s: %d of %d ended the same: %+v", told, r.Same, r.Commands, r.Differences)
		}
	}
}

const crowded = `
name: crowded
platform: {dialects: {enos: {rate_limit: 2}}}
devices: [{group: others, count: 2}, {group: meters, count: 2}]
load:
  - {name: noise, to: others, call: invoke, arrivals: [{at: [10ms]}]}
  - {name: ask, to: meters, call: invoke, arrivals: [{at: [0s, 20ms, 30ms]}]}
`

func TestACallThatWasOneTooManyIsOneAgainWithoutThoseThatWereCounted(t *testing.T) {
	d := drillIn(t, crowded, nil)
	for only, throttled := range map[string]int{"": 2, "ask": 2, "ask/1": 1, "ask/0": 0} {
		again, r := replayedAs(t, crowded, d.history, only)
		if len(r.Differences) > 0 || r.Throttled != throttled {
			t.Errorf("--only %q: %d throttled, want %d: %+v", only, r.Throttled, throttled, r.Differences)
		}
		then, now := trace.New(d.history).Ending(1, 1), trace.New(again.history).Ending(slices.Index(again.history.Loads(), "ask"), 1)
		if only != "ask/0" && (now != then || now.Cause != trace.Throttled) {
			t.Errorf("--only %q: ask/1 ended as %+v, and then as %+v", only, now, then)
		}
	}
}
