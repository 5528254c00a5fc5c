package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/hunt"
	"fleetdrill/sim/spell"
)

// slowly is a run in which one answer in a hundred took 1.3 s, as on a machine that had other things to do: the scenario of
// the run that is recorded does not have it.
const slowly = `
name: slowly
seed: 3
clock: real
platform: {dialects: {enos: {qos: 1}}}
devices: [{group: others, count: 20}, {group: meters, count: 50, behaviour: [{weight: 99, respond: {after: "uniform(5ms, 40ms)"}}, {weight: 1, WHAT}]}]
load:
  - {name: noise, to: others, call: invoke, arrivals: [{rate: 20/s, for: 5s}]}
  - {name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 40/s, for: 5s, process: poisson}]}
faults: [{at: 2s, disconnect: {group: others, share: 20%}}]
expect: [ask.timeout.count == 0]
`

// leftBy makes a folder of results out of a run that had other behaviours than its scenario says.
func leftBy(t *testing.T, text string) string {
	t.Helper()
	d := drillIn(t, strings.Replace(text, "WHAT", "delay: {after: 1300ms}", 1), nil)
	dir := t.TempDir()
	d.summary.Clock = "real"
	for name, write := range map[string]func(io.Writer) error{
		historyFile:    d.history.WriteJSONL,
		"summary.json": func(w io.Writer) error { return report.WriteJSON(w, d.summary) },
		"scenario.yaml": func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Replace(text, "WHAT", "respond: {after: 1ms}", 1))
			return err
		},
	} {
		f, err := os.Create(filepath.Join(dir, name))
		must(t, err)
		must(t, write(f))
		must(t, f.Close())
	}
	return dir
}

func TestATimeoutThatTheRealClockShowedOnceIsCutDownToAFileThatShowsItEachTime(t *testing.T) {
	t.Parallel()
	dir := leftBy(t, slowly)
	out, err := itself(t, "shrink", dir, "--quiet").Output()
	if err != nil || !regexp.MustCompile(`(?s)SHRUNK +to 1 device and 1 call .* fails 20 of 20 times .* [0-9]{3} bytes`).Match(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, minimalName))
	must(t, err)
	d := drillIn(t, string(text), nil)
	if d.summary.Verdict != report.Fail || d.summary.Loads[0].Causes["late_answer"] != 1 || len(text) > hunt.MostBytes {
		t.Errorf("%s %q, %v:\n%s", d.summary.Verdict, d.summary.Reasons, d.summary.Loads[0].Causes, text)
	}
}

func TestARecordedRunThatDoesNotFailAgainIsSaidNotTo(t *testing.T) {
	t.Parallel()
	dir := leftBy(t, strings.Replace(slowly, "expect: [", "expect: [ask.latency.p50 < 1us, ", 1))
	file := filepath.Join(dir, "summary.json")
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, regexp.MustCompile(`ask.timeout.count == 0`).ReplaceAll(bytes.ReplaceAll(text, []byte("ask.latency.p50 < 1us"), []byte("ask.ok.count == 7")), []byte("ask.ok.count == 8")), 0o666))
	cmd := itself(t, "shrink", dir, "--quiet")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err == nil || !strings.Contains(said.String(), "not as it did (expected ask.ok.count == 7") {
		t.Errorf("%v, %s", err, said.String())
	}
}

// What is written down of a whole run, with all that devices do and with faults, ends as the run did.
func TestARunThatIsWrittenDownEndsAsItDid(t *testing.T) {
	then := drillIn(t, told, nil)
	var recorded bytes.Buffer
	must(t, then.history.WriteJSONL(&recorded))
	h, err := check.ReadJSONL(&recorded)
	must(t, err)
	s, err := scenarios.Parse("told", []byte(told), nil)
	must(t, err)
	out, err := spell.Out(s, h)
	must(t, err)
	if lost := strings.Join(out.Lost, "; "); !strings.Contains(lost, "acknowledgement came (") {
		t.Errorf("lost: %q; want those acknowledgements that no behaviour has", lost)
	}
	now := drillIn(t, string(out.Text), nil)
	for i, l := range then.summary.Loads {
		if is := now.summary.Loads[i]; fmt.Sprint(is.Codes) != fmt.Sprint(l.Codes) || fmt.Sprint(is.Causes) != fmt.Sprint(l.Causes) {
			t.Errorf("%s: codes %v, then %v; causes %v, then %v", l.Name, is.Codes, l.Codes, is.Causes, l.Causes)
		}
	}
	if t.Failed() {
		t.Logf("%s", out.Text)
	}
}

const told = `
name: told
seed: 7
clock: virtual
drain: 1m
platform: {dialects: {enos: {qos: 1}}}
devices:
  - group: e
    count: 8
    presence: {up: exponential(4s), offline: exponential(2s)}
    behaviour:
      - {weight: 20, respond: {after: "exponential(100ms)"}}
      - {weight: 20, slow_ack: {after: 10ms, ack: 600ms}}
      - {weight: 20, delay: {after: 1200ms}}
      - {weight: 10, fail: {after: 1ms, code: 2001, message: no}}
      - {weight: 10, twice: {after: 1ms, gap: 20ms}}
      - {weight: 10, garble: {after: 1ms}}
      - {weight: 10, drop: {}}
  - {group: absent, count: 2, presence: {start: never}}
load:
  - {name: ask, to: e, call: invoke, timeout: 1s, arrivals: [{rate: 10/s, for: 6s, process: poisson}]}
  - {name: keep, to: e, call: cached, ttl: 30s, timeout: 1s, start: 500ms, arrivals: [{rate: 3/s, for: 6s, process: poisson}]}
  - {name: nobody, to: absent, call: invoke, timeout: 1s, arrivals: [{burst: 2}]}
faults:
  - {at: 2s, for: 1s, caller_gone: {load: ask, share: 30%, after: 5ms}}
  - {at: 4s, disconnect: {group: e, share: 50%, for: 700ms}}
`

func TestOfTheWaysInWhichARunFailsTheFirstIsCutDownOrAllAndNoneIsForgotten(t *testing.T) {
	a, b, c := &hunt.Failure{Kind: hunt.Expectation, Name: "a"}, &hunt.Failure{Kind: hunt.Expectation, Name: "b"}, &hunt.Failure{Kind: hunt.Expectation, Name: "c"}
	full := errors.New("no room")
	for _, test := range []struct {
		what         string
		ways, others []*hunt.Failure // others come to light with the first
		all          bool
		breaks       map[*hunt.Failure]error // nil is any way
		made, left   string
		err          error
	}{
		{what: "the first", ways: []*hunt.Failure{nil}, others: []*hunt.Failure{b, c}, made: "1 any", left: "b c"},
		{what: "all", ways: []*hunt.Failure{nil}, others: []*hunt.Failure{b, c}, all: true, made: "1 any 2 b 3 c"},
		{what: "that comes again", ways: []*hunt.Failure{a, b, c}, breaks: map[*hunt.Failure]error{a: errNoFailure}, made: "1 b", left: "c"},
		{what: "all that come again", ways: []*hunt.Failure{a, b, c}, all: true, breaks: map[*hunt.Failure]error{b: errNoFailure}, made: "1 a 2 c"},
		{what: "none", ways: []*hunt.Failure{a}, all: true, breaks: map[*hunt.Failure]error{a: errNoFailure}, err: errNoFailure},
		{what: "none at all", ways: []*hunt.Failure{nil}, breaks: map[*hunt.Failure]error{nil: errNoFailure}, err: errNoFailure},
		{what: "as many as there is room for", ways: []*hunt.Failure{a, b, c}, all: true, breaks: map[*hunt.Failure]error{b: full}, made: "1 a", left: "b c", err: full},
	} {
		var made, left []string
		got, rest, err := shrinkWays(t.Context(), test.ways, test.all, func(way *hunt.Failure, nth int) (*shrunk, error) {
			if err := test.breaks[way]; err != nil {
				return nil, err
			}
			name := "any"
			if way != nil {
				name = way.Name
			}
			made = append(made, fmt.Sprint(nth, " ", name))
			return &shrunk{others: test.others}, nil
		})
		for _, f := range rest {
			left = append(left, f.Name)
		}
		if strings.Join(made, " ") != test.made || len(got) != len(made) || err != test.err || strings.Join(left, " ") != test.left {
			t.Errorf("%s: %d cut down %q, left %q, %v; want %q, %q, %v", test.what, len(got), made, left, err, test.made, test.left, test.err)
		}
	}
}

func TestAMinimalFileThatIsStillLargeOrSlowIsSaidToBe(t *testing.T) {
	m := shrunk{Minimal: hunt.Minimal{Text: make([]byte, hunt.MostBytes+1), Lost: []string{"how late it was"}, Then: "dir"}, wall: 1200 * time.Millisecond}
	var b strings.Builder
	m.made, m.same, m.Devices, m.Calls, m.Attempts = 20, 20, 5, 10, 1000
	must(t, writeMinimal(&b, 80, m))
	if first, _, _ := strings.Cut(b.String(), "   fleetdrill run"); !fits(first, 80) {
		t.Errorf("more than 80 columns:\n%s", first)
	}
	for _, want := range []string{"could not be made smaller than 4,096 bytes", "takes 1.2s", "alone does not fail so", "how late it was", "fleetdrill replay dir"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("no %q in %.500s", want, b.String())
		}
	}
}

func fits(text string, width int) bool {
	return !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool { return columns.Width(line) > width })
}

func TestOtherSeedsSayNothingWhereFewWereTried(t *testing.T) {
	for _, c := range []struct {
		same, others int
		want         string
	}{
		{1, 1, ""}, {2, 2, ""}, {0, 5, ""}, {3, 3, "   and all of 3 other seeds: it takes no luck\n"},
		{1, 3, "   and 1 of 3 other seeds, without faults of their own\n"},
	} {
		if got := (keptFinding{same: c.same, others: c.others}).often(); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.same, c.others, got, c.want)
		}
	}
}
