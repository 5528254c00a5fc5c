package hunt

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

const failing = `name: large
about: Far too much.
clock: virtual
devices:
  - {group: others, count: 50}
  - group: meters
    count: 100
    behaviour: [{weight: 70, respond: {after: "lognormal(20ms, p99=150ms)"}}, {weight: 30, delay: {after: 3s}}]
    reconnect: {after: 500ms, max: 5s}
load:
  - {name: noise, to: others, call: invoke, arrivals: [{rate: 10/s, for: 20s}]}
  - {name: ask, to: meters, call: invoke, timeout: 4s, arrivals: [{rate: 10/s, for: 20s}]}
faults:
  - {at: 1s, disconnect: {group: others}}
  - {at: 12345678us, disconnect: {group: meters, share: 50%, for: 321ms}}
  - {at: 15s, disconnect: {group: meters}}
expect: [ask.ok.count > 0, checks.breaches == 0]
`

// pretend is a platform that breaks a rule when a call is due less than 2 s after another of the same load and a fault of
// the group lies before both. Seeds say where calls go, and only calls 120 to 160 count.
func pretend(runs *int) func(context.Context, Job) (Result, error) {
	return func(_ context.Context, j Job) (Result, error) {
		*runs++
		s, err := scenarios.Parse("pretend", []byte(j.Text), nil)
		if err != nil {
			return Result{}, err
		}
		for _, f := range s.Faults {
			for _, l := range s.Load {
				if n, broken := breaks(s, l, f); broken {
					return Result{Failures: []Failure{{Rule, "cache-order", fmt.Sprintf("%s %d: it overtook %d", l.Name, n, n)}}}, nil
				}
			}
		}
		return Result{}, nil
	}
}

func breaks(s *scenarios.Scenario, l scenarios.Load, f scenarios.Fault) (call int, broken bool) {
	last, n := time.Duration(-1), -1
	for at := range sim.Schedule(l, s.Seed) {
		n++
		if l.To != f.Group || l.To == "others" || at < f.At || len(l.Only) > 0 && !has(l.Only, n) {
			continue
		}
		if last >= 0 && at-last < 2*time.Second {
			return n, true
		}
		last = at
	}
	return 0, false
}

func has(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

func callsFor(t *testing.T, text string) (calls []Call) {
	s, err := scenarios.Parse("failing", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Load {
		n := 0
		for range sim.Schedule(l, s.Seed) {
			calls = append(calls, Call{Load: l.Name, N: n, Device: fmt.Sprintf("%s-%d", l.To, n%50+1)})
			n++
		}
	}
	return calls
}

func TestAFailingRunIsCutDownToWhatMatters(t *testing.T) {
	synctest.Test(t, cutDown) // a run takes no time here
}

func cutDown(t *testing.T) {
	runs := 0
	shrink := Shrink{Run: pretend(&runs)}
	j := Job{Text: failing, Seed: 77}
	r, _ := shrink.Run(t.Context(), j)
	m, err := shrink.Shrink(t.Context(), j, r.Failures[0], callsFor(t, failing))
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Fails: rule cache-order: ask 1: it overtook 1
# Cut down from large, seed 77: 1 device, 2 calls.
# 407 bytes; a run takes less than 10ms.
#
#	fleetdrill run minimal.yaml
name: large
seed: 77
clock: virtual
devices:
  - group: meters
    count: 1
load:
  - {name: ask, to: meters, call: invoke, arrivals: [{at: [0s, 0s]}]}
faults:
  - {at: 0s, disconnect: {group: meters}}
expect: ["checks.breaches == 0"]
`
	if string(m.Text) != want || m.Devices != 1 || m.Calls != 2 {
		t.Errorf("%d devices, %d calls, %d runs:\n%s", m.Devices, m.Calls, runs, m.Text)
	}
	if runs > 400 {
		t.Errorf("it took %d runs", runs)
	}
}

func TestWhatDoesNotFailTheSameWayIsNotTakenForIt(t *testing.T) {
	runs := 0
	run := pretend(&runs)
	shrink := Shrink{Run: run}
	other := Failure{Rule, "cache-order", "ask 3: it was never published"}
	if _, err := shrink.Shrink(t.Context(), Job{Text: failing, Seed: 77}, other, callsFor(t, failing)); err == nil || !strings.Contains(err.Error(), "does not fail as it did") {
		t.Errorf("got %v", err)
	}
	// An expectation fails for any call that has no answer: only such as failed before may be left.
	expected := Failure{Expectation, "ask.ok.count > 0", "0"}
	shrink.Run = func(ctx context.Context, j Job) (Result, error) {
		r, err := run(ctx, j)
		endings := []string{"cause offline", "code 11900"}
		if len(r.Failures) > 0 {
			endings = []string{"cause offline", "code 11888"}
		}
		return Result{Failures: []Failure{expected}, Endings: endings}, err
	}
	m, err := shrink.Shrink(t.Context(), Job{Text: failing, Seed: 77}, expected, callsFor(t, failing))
	if err != nil || m.Calls != 2 || !strings.Contains(string(m.Text), `expect: ["ask.ok.count > 0"]`) || !strings.Contains(string(m.Text), "timeout: 4s") {
		t.Errorf("%v, %d calls:\n%s", err, m.Calls, m.Text)
	}
}

func TestAShrinkThatIsCutShortKeepsWhatItHas(t *testing.T) {
	runs := 0
	run := pretend(&runs)
	ctx, cancel := context.WithCancel(t.Context())
	shrink := Shrink{Run: func(c context.Context, j Job) (Result, error) {
		if runs == 12 {
			cancel()
		}
		return run(c, j)
	}}
	r, _ := run(t.Context(), Job{Text: failing})
	m, err := shrink.Shrink(ctx, Job{Text: failing, Seed: 77}, r.Failures[0], callsFor(t, failing))
	if err == nil || len(m.Text) == 0 || m.Calls >= 400 {
		t.Errorf("%v, %d calls, %d runs", err, m.Calls, runs)
	}
	if s, err := scenarios.Parse("minimal", m.Text, nil); err != nil || s.Seed != 77 {
		t.Errorf("what is left is no scenario: %v", err)
	}
}

func TestAShrinkEndsWhenTimeIsOverAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs, begin := 0, time.Now()
		run := pretend(&runs)
		shrink := Shrink{For: 10 * time.Second, Run: func(ctx context.Context, j Job) (Result, error) {
			time.Sleep(time.Second)
			return run(ctx, j)
		}}
		r, _ := run(t.Context(), Job{Text: failing})
		m, err := shrink.Shrink(t.Context(), Job{Text: failing, Seed: 77}, r.Failures[0], callsFor(t, failing))
		if took := time.Since(begin); err != nil || !m.Unfinished || took > 13*time.Second { // the first, the one under way, and one for the words
			t.Errorf("%v; unfinished is %v after %v", err, m.Unfinished, took)
		}
		c := &cutter{ctx: t.Context(), end: begin}
		c.change(func(*scenarios.Draft) error { t.Error("a draft is edited that nobody will try"); return nil })
	})
}

const little = `name: little
clock: virtual
devices: [{group: meters, count: 100}]
load: [{name: ask, to: meters, call: invoke, arrivals: [{burst: 20}]}]
expect: [ask.ok.count > 0]
`

// half fails for each call to the second half of the meters, and for each that finds nobody. If there may be such calls,
// it fails for any.
func half(t *testing.T, f Failure, astray bool) Shrink {
	return Shrink{Run: func(_ context.Context, j Job) (Result, error) {
		s, err := scenarios.Parse("drill", []byte(j.Text), nil)
		if err != nil {
			return Result{}, err
		}
		n, example := sim.Astray(s)
		if n > 0 && !astray {
			t.Error(example)
		}
		for c := range sim.Plan(s) {
			if n > 0 || c.Device > 50 || astray {
				return Result{Failures: []Failure{f}, Endings: []string{"code 11900"}}, nil
			}
		}
		return Result{}, nil
	}}
}

// Other seeds and fewer devices may send a call to a device that does not run. That is no success, bug or not.
func TestAShrinkSendsNoCallToADeviceThatItLeftOut(t *testing.T) {
	expected := Failure{Expectation, "ask.ok.count > 0", "0"}
	for _, text := range []string{little, strings.Replace(little, "count: 100", "count: 100, only: [1, 5, 6]", 1)} {
		j := Job{Text: text, Seed: 77}
		m, err := half(t, expected, text != little).Shrink(t.Context(), j, expected, CallsOf(j))
		if err != nil || m.Calls != 1 || m.Devices != 1 {
			t.Errorf("%v, %d calls, %d devices:\n%s", err, m.Calls, m.Devices, m.Text)
		}
	}
}

// A run that panics or hangs leaves no history to read its calls from.
func TestARunWithoutAnEndIsCutDownByTheCallsThatItPlans(t *testing.T) {
	j, dies := Job{Text: little, Seed: 77}, Failure{Panic, "", "index out of range"}
	calls := CallsOf(j)
	m, err := half(t, dies, false).Shrink(t.Context(), j, dies, calls)
	if len(calls) != 20 || err != nil || m.Devices != 1 || m.Calls != 1 {
		t.Errorf("%v, %d calls planned, %d devices and %d calls left:\n%s", err, len(calls), m.Devices, m.Calls, m.Text)
	}
}

// A fault that names its devices names those that are left, which need no number where they are all.
func TestAFaultOfTheOneDeviceThatIsLeftNeedsNoNumber(t *testing.T) {
	const text = `name: struck
clock: virtual
devices: [{group: meters, count: 20}]
load: [{name: ask, to: meters, call: invoke, arrivals: [{burst: 20}]}]
faults: [{at: 0s, disconnect: {group: meters, only: [3, 7]}}]
`
	lost := Failure{Rule, "one-copy", "ask 6: it was lost"}
	run := func(_ context.Context, j Job) (Result, error) {
		s, err := scenarios.Parse("struck", []byte(j.Text), nil)
		if err != nil {
			return Result{}, err
		}
		for c := range sim.Plan(s) {
			if n, runs := c.Device, s.Devices[0].Only; len(s.Faults) > 0 && (len(s.Faults[0].Only) == 0 || has(s.Faults[0].Only, n)) && (len(runs) == 0 || has(runs, n)) {
				return Result{Failures: []Failure{lost}}, nil
			}
		}
		return Result{}, nil
	}
	j := Job{Text: text, Seed: 1}
	m, err := Shrink{Run: run}.Shrink(t.Context(), j, lost, CallsOf(j))
	if err != nil || !strings.Contains(string(m.Text), "devices: [{group: meters, count: 1}]") || strings.Contains(string(m.Text), "only") {
		t.Errorf("%v; one device and no number is enough:\n%s", err, m.Text)
	}
}
