package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/replay"
)

const stoppable = `
name: stoppable
seed: 5
drain: 10m
devices:
  - {group: m, count: 20, presence: {up: exponential(20s), offline: exponential(20s)}, behaviour: [{respond: {after: exponential(3s)}}]}
load:
  - {name: ask, to: m, call: invoke, timeout: 1m, arrivals: [{rate: 7/s, for: 3s}, {burst: 40}, {rate: 1/s, for: 5s}]}
  - {name: rest, to: m, call: cached, ttl: 5m, timeout: 1m, arrivals: [{rate: 7/s, for: 3s}, {burst: 40}, {rate: 1/s, for: 5s}]}
`

// A run on the virtual clock is interrupted between two calls, also of one instant, or at a tick.
func TestARunThatWasInterruptedOnTheVirtualClockIsInterruptedAgainAtThatMoment(t *testing.T) {
	for _, accepted := range []int{1, 17, 60, 90, 132} { // of 132 calls; 80 come at once
		for _, only := range []string{"", "ask"} {
			first, d, r := interruptedAgain(t, stoppable, accepted, only)
			switch {
			case d.stop.Open == 0 || d.stop.Open > r.Commands:
				t.Errorf("interrupted at call %d, --only %q: %d of %d were open", accepted, only, d.stop.Open, r.Commands)
			case only != "": // what it leaves out may have been in the way
			case r.Differs(0) || r.Same != r.Commands:
				t.Errorf("interrupted at call %d: %+v", accepted, r)
			case !bytes.Equal(facts(t, first.history), facts(t, d.history)):
				t.Errorf("interrupted at call %d: other facts", accepted)
			}
		}
	}
}

func TestARunThatWasInterruptedWhileNothingWasOpenIsInterruptedAgain(t *testing.T) {
	const idle = `
name: idle
devices: [{group: m, count: 3}]
load: [{name: ask, to: m, call: invoke, arrivals: [{rate: 1/s, for: 1m}]}]
expect: [ask.ok.count > 20]
`
	if _, d, r := interruptedAgain(t, idle, 7, ""); d.stop.Open != 0 || r.Differs(0) || r.Commands != 7 {
		t.Errorf("%+v: %+v", d.stop, r)
	}
}

// interruptedAgain interrupts a run when so many calls are accepted, and replays what of it is asked for.
func interruptedAgain(t *testing.T, text string, accepted int, only string) (first, again *drill, r *replay.Report) {
	t.Helper()
	first = drillIn(t, text, func(d *drill) {
		d.watch = func(f *platform.Fact) {
			if f.Kind == platform.Accepted {
				if accepted--; accepted == 0 {
					d.interrupted.Store(true)
				}
			}
		}
	})
	then, err := check.ReadJSONL(bytes.NewReader(facts(t, first.history)))
	must(t, err)
	s, err := scenarios.Parse("test", []byte(text), []string{"clock=virtual"})
	must(t, err)
	s, err = replay.Only(s, then, only)
	must(t, err)
	again = newDrill(s)
	again.stop = stopOf(s, then, first.summary)
	if again.stop == nil {
		t.Fatalf("not known to be interrupted: %v", first.summary.Reasons)
	}
	synctest.Test(t, func(*testing.T) { again.run(context.Background(), settle) })
	must(t, again.err)
	r = replay.Compare(s, then, again.history)
	r.Judged = replay.Verdicts(first.summary, again.summary, only != "")
	if !again.summary.WasInterrupted() || r.Commands == 0 || int64(r.Commands) != again.stop.due {
		t.Errorf("--only %q: %d commands, %+v, %v", only, r.Commands, again.stop, again.summary.Reasons)
	}
	return first, again, r
}

func facts(t *testing.T, h *check.History) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, h.WriteJSONL(&b))
	return b.Bytes()
}

func TestARunThatCameToItsEndIsNotStopped(t *testing.T) {
	short := drillIn(t, `
name: short
drain: 1s
devices: [{group: m, count: 1, behaviour: [{drop: {}}]}]
load: [{name: ask, to: m, call: invoke, timeout: 1m, arrivals: [{burst: 2}]}]
`, nil)
	for _, summary := range []*report.Summary{short.summary, nil} {
		if stop := stopOf(short.scenario, short.history, summary); stop != nil {
			t.Errorf("stopped: %+v", stop)
		}
	}
}

func TestAFolderWithoutItsScenarioSaysHowToGetOn(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, historyFile), facts(t, drillIn(t, steady, nil).history), 0o600))
	_, err := readRecorded(dir, "", nil)
	if err == nil || !strings.HasPrefix(err.Error(), dir+": there is no scenario.yaml in it") || !strings.Contains(err.Error(), "put it back, or name the folder") {
		t.Errorf("got %v", err)
	}
}
