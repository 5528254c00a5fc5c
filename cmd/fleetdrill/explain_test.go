package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

// small are built-in scenarios that say the same with fewer devices and calls; the others run as they are.
var small = map[string][]string{
	"alibaba-redelivery": {"devices.lamps.count=20", "load.*.arrivals=[{rate: 5/s, for: 30s}]", "faults.0.at=15s", "platform.dialects.alibaba.async_timeout=1m"},
	"alibaba-throttle":   {"platform.dialects.alibaba.qps=20", "load.switch.arrivals=[{rate: 40/s, for: 2s}]"},
	"faults":             {"devices.meters.count=20", "load.ask.arrivals=[{rate: 8/s, for: 75s}]", "load.keep.arrivals=[{rate: 3/s, for: 75s}]", "load.open.arrivals=[{rate: 2/s, for: 75s}]"},
	"huawei-expiry-48h":  {"devices.*.count=3", "load.*.arrivals=[{burst: 3}]", "load.too-many.arrivals=[{burst: 75}]"},
	"three-clouds":       {"matrix=huawei"},
	"cache-48h":          {"devices.loggers.count=5", "load.patient.arrivals=[{rate: 5/h, for: 48h}]", "load.hasty.arrivals=[{rate: 5/h, for: 48h}]"},
	"huawei-push":        {"load.keep.arrivals=[{rate: 6/m, for: 40m}]", "load.note.arrivals=[{rate: 3/m, for: 40m}]"},
	"liars":              {"load.ask.arrivals=[{rate: 100/s, for: 3s}]"},
	"offline":            {"load.instant.arrivals=[{rate: 20/s, for: 2s}]", "load.inactive.arrivals=[{rate: 20/s, for: 2s}]"},
	"quickstart":         {"devices.meters.count=50", "load.reboot.arrivals=[{rate: 100/s, for: 2s}]"},
	"reconnect-herd":     {"devices.herd.count=50", "load.steady.arrivals=[{rate: 50/s, for: 12s}]"},
	"saturation":         {"devices.fleet.count=50", "load.ramp.arrivals=[{rate: 100/s, for: 1s}]"},
	"timeouts":           {"load.unanswered.arrivals=[{rate: 20/s, for: 2s}]", "load.answered.arrivals=[{rate: 20/s, for: 2s}]"},
}

func TestEveryFailureOfEveryScenarioHasOneCauseAndItsHopsAddUp(t *testing.T) {
	for _, b := range scenarios.BuiltIns() {
		s, err := scenarios.Open(b.Name, append([]string{"clock=virtual"}, small[b.Name]...))
		must(t, err)
		d := newDrill(s)
		synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
		must(t, d.err)
		causesAndHops(t, b.Name, d)
	}
}

// causesAndHops looks at every command of a run. Those of the files in testdata are run by sameEachTime.
func causesAndHops(t *testing.T, file string, d *drill) {
	t.Helper()
	tr := trace.New(d.history)
	failed := 0
	for load, name := range d.history.Loads() {
		for seq := range d.history.Calls(load) {
			e := tr.Ending(load, seq)
			if success := d.history.Succeeded(load, seq); success != (e.Cause == trace.None) || !success && e.Cause.Doc() == "" {
				t.Errorf("%s: %s/%d: success is %v, and its cause %q: %s", file, name, seq, success, e.Cause, e.Why)
			}
			if e.Cause != trace.None {
				failed++
			}
			if seq%50 < 2 {
				hopsAddUp(t, tr, name, seq)
			}
		}
	}
	var counted int64
	for _, l := range d.summary.Loads {
		for _, n := range l.Causes {
			counted += n
		}
	}
	if int64(failed) != counted {
		t.Errorf("%s: %d commands are no success, and the summary has causes for %d", file, failed, counted)
	}
}

func hopsAddUp(t *testing.T, tr *trace.Trace, load string, seq uint64) {
	t.Helper()
	l, err := tr.Life(load, seq)
	must(t, err)
	var sum time.Duration
	var path []string
	for _, s := range l.Steps {
		sum += s.Took
		path = append(path, fmt.Sprintf("%s %v", s.Kind, s.At))
		if s.Took < 0 || s.Kind == check.Done.String() && s.At != l.Done {
			sum = -1
		}
	}
	if sum != l.Total {
		t.Errorf("%s: hops make %v, in all it is %v: %s", l.Name(), sum, l.Total, strings.Join(path, ", "))
	}
}

func TestTheReadmeHasEveryCause(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	must(t, err)
	for _, c := range trace.Causes {
		if row := fmt.Sprintf("| `%s` | %s |", c, c.Doc()); !strings.Contains(string(text), row) {
			t.Errorf("the README lacks the row %s", row)
		}
	}
}

func TestTheManualOfExplainFitsATerminal(t *testing.T) {
	for line := range strings.Lines(explainCommand().Long) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestWhatToTypeCanBeTyped(t *testing.T) {
	for dir, want := range map[string]string{"out/1": "out/1", "my out": "'my out'", "it's": `'it'\''s'`} {
		if got := explaining(dir); got != "fleetdrill explain "+want {
			t.Errorf("%s: %s", dir, got)
		}
	}
}

func TestALoadThatIsCalledLikeACauseIsListedBesideIt(t *testing.T) {
	d := drillIn(t, `
name: namesakes
devices: [{group: m, count: 1, behaviour: [{respond: {after: 1100ms}}]}]
load:
  - {name: late_answer, to: m, call: invoke, timeout: 2s, arrivals: [{burst: 1}]}
  - {name: ask, to: m, call: invoke, timeout: 1s, arrivals: [{burst: 1}]}
  - {name: m-1, to: m, call: invoke, timeout: 1s, arrivals: [{burst: 1}]}
`, nil)
	tr := trace.New(d.history)
	for name, want := range map[string][]string{
		"late_answer": {" late_answer  as a cause: its answer was sent", "ask/0", "m-1/0", " late_answer  as a load\n", "late_answer/0"},
		"m-1":         {" m-1  as a device\n", "ask/0", " m-1  as a load\n", "m-1/0"},
		"ask":         {" ask\n", "ask/0"},
	} {
		var text, asJSON strings.Builder
		must(t, explainCalls(&text, listedBy(tr, name), "fleetdrill explain out", false))
		rest := text.String()
		for _, w := range want {
			_, after, ok := strings.Cut(rest, w)
			if !ok {
				t.Errorf("%s: no %q in its place in\n%s", name, w, text.String())
				break
			}
			rest = after
		}
		must(t, explainCalls(&asJSON, listedBy(tr, name), "", true))
		if n, all := strings.Count(asJSON.String(), `"due_ns"`), map[string]int{"late_answer": 3, "m-1": 3, "ask": 1}[name]; n != all {
			t.Errorf("%s: %d commands as JSON, want each of %d once", name, n, all)
		}
	}
}
