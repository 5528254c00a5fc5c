package sim

import (
	"slices"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
	"fleetdrill/sim/trace"
)

// judged is the summary of a run of one answered call, after a change to what was measured.
func judged(t *testing.T, change func(*scenarios.Scenario, *Measured, *check.Ledger)) *report.Summary {
	t.Helper()
	expect, err := report.ParseThreshold("reboot.latency.max <= 3ms", []string{"reboot"})
	if err != nil {
		t.Fatal(err)
	}
	s := &scenarios.Scenario{Name: "one", Seed: 7, Clock: "real", Expect: []report.Threshold{expect},
		Devices: []scenarios.Group{{Name: "meters", Dialect: "enos", Count: 1}},
		Load:    []scenarios.Load{{Name: "reboot", To: "meters", Call: "invoke", Via: "direct", MaxOpen: 9}},
		Harness: scenarios.Harness{MaxLag: 50 * time.Millisecond, MaxCPU: 0.9}}
	m := Measured{Configured: 1, Expected: 1, Connected: 1, BytesEach: 40_000, Elapsed: 1500 * time.Millisecond,
		Harness: report.Harness{CPUShare: 0.5}}
	l, zero := check.NewLedger([]string{"reboot"}, []string{"meters-1"}), time.Now()
	l.Begin(zero)
	rec := report.NewRecorder([]string{"reboot"})
	oneCall(l, rec, zero)
	change(s, &m, l)
	rec.Close()
	h := l.Finish()
	return Judge(s, m, rec, check.Check(h, Limits(s, nil, nil)), h.Stats(Limits(s, nil, nil)), trace.New(h).Counts())
}

func oneCall(l *check.Ledger, rec *report.Recorder, zero time.Time) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	l.Platform(&platform.Fact{Kind: platform.WentOnline, At: zero, Device: 1})
	for i, k := range []check.CallKind{check.CallDue, check.CallSent} {
		l.Call(check.CallFact{Kind: k, At: at(i), Device: 1})
	}
	for i, k := range []platform.FactKind{platform.Accepted, platform.Published, platform.Matched, platform.Ended} {
		f := platform.Fact{Kind: k, At: zero.Add(at(1)), Device: 1, Tag: l.Tag(0, 0), ID: 1, Limit: zero.Add(at(1001))}
		if i > 0 {
			f.Wire = platform.WireStride + 1
		}
		if k == platform.Ended {
			f.State = platform.Succeeded
		}
		l.Platform(&f)
	}
	l.Call(check.CallFact{Kind: check.CallDone, At: at(3), Device: 1, Outcome: platform.OK, Code: "0",
		Answer: platform.WireStride + 1})
	rec.Add(report.Sample{Sent: at(1), Done: at(3), Outcome: report.OK, Code: "0"})
}

// What loses a call is a fault of the load generator, which must not hide it from the rules.
func TestAnArrivalThatIsLostBeforeItIsSentBreaksConservation(t *testing.T) {
	l := check.NewLedger([]string{"ask"}, []string{"m-1"})
	watch := l.Watch(check.Limits{})
	r := &recorder{ledger: l, samples: report.NewRecorder([]string{"ask"}), zero: time.Now()}
	r.due(call{stream: &stream{progress: new(LoadProgress)}, to: device.Identity{Number: 1}})
	results, _ := watch.Close()
	i := slices.IndexFunc(results, func(r check.Result) bool { return r.Rule == "conservation" })
	if results[i].Breaches != 1 {
		t.Errorf("%d breaches, want 1", results[i].Breaches)
	}
}

func TestAGoodRunPassesWithItsNumbers(t *testing.T) {
	s := judged(t, func(*scenarios.Scenario, *Measured, *check.Ledger) {})
	if s.Verdict != report.Pass || len(s.Reasons) > 0 {
		t.Fatalf("%s: %q", s.Verdict, s.Reasons)
	}
	l := s.Loads[0]
	if l.Dialect != "enos" || l.Call != "invoke" || l.Via != "direct" || l.Arrivals != 1 || l.Latency.Max != 3000 {
		t.Errorf("load %+v", l)
	}
	if s.Elapsed != 1.5 || s.Devices.BytesEach != 40_000 || s.Harness.LagP99 != 1000 || len(s.Checks) != len(check.Rules) {
		t.Errorf("summary %+v", s)
	}
	if len(s.Thresholds) != 1 || !s.Thresholds[0].OK || s.Thresholds[0].Value != "3ms" {
		t.Errorf("thresholds %+v", s.Thresholds)
	}
}

func TestABreachFailsEvenAnInterruptedRun(t *testing.T) {
	s := judged(t, func(_ *scenarios.Scenario, m *Measured, l *check.Ledger) {
		m.Interrupted = "load"
		l.Call(check.CallFact{Kind: check.CallDone, At: time.Second, Device: 1, Outcome: platform.OK})
	})
	if s.Verdict != report.Fail || s.Breaches() != 2 || len(s.Reasons) != 3 {
		t.Errorf("%s with %d breaches: %q; want fail with one of two rules each, and the interruption", s.Verdict, s.Breaches(),
			s.Reasons)
	}
}

func TestOnTheVirtualClockTheMachineIsNotJudgedOrMeasured(t *testing.T) {
	s := judged(t, func(s *scenarios.Scenario, m *Measured, _ *check.Ledger) {
		s.Clock, m.Harness.CPUShare = "virtual", 1
	})
	if s.Verdict != report.Pass || s.Devices.BytesEach != 0 {
		t.Errorf("%s, %d bytes each: %q", s.Verdict, s.Devices.BytesEach, s.Reasons)
	}
}

// closing has the platform's close end one more command, whose limit is that far ahead.
func closing(mode platform.Mode, ahead time.Duration) func(*scenarios.Scenario, *Measured, *check.Ledger) {
	return func(_ *scenarios.Scenario, _ *Measured, l *check.Ledger) {
		now := time.Now()
		for _, k := range []platform.FactKind{platform.Accepted, platform.Queued, platform.Ended} {
			l.Platform(&platform.Fact{Kind: k, At: now, Device: 1, ID: 5, Mode: mode, State: platform.Canceled,
				Err: platform.ErrClosed, Limit: now.Add(ahead)})
		}
	}
}

func TestAnOpenCommandAtTheEndIsADoubtButOneAtRestAndAnOwedAnswerAreNot(t *testing.T) {
	s := judged(t, closing(platform.Cached, time.Hour))
	if s.Verdict != report.Pass || s.Cache.TakenBack != 1 || s.Cache.Filled != 1 {
		t.Errorf("with one at rest: %s %q, %+v", s.Verdict, s.Reasons, s.Cache)
	}
	s = judged(t, closing(platform.Instant, time.Hour))
	if s.Verdict != report.Inconclusive || s.Timeouts.CutShort != 1 || s.Timeouts.PendingAfter != 0 {
		t.Errorf("with one open: %s %q, %+v", s.Verdict, s.Reasons, s.Timeouts)
	}
	s = judged(t, func(_ *scenarios.Scenario, m *Measured, _ *check.Ledger) { m.CutShort, m.Owed = 40, 40 })
	if s.Verdict != report.Pass || s.Timeouts.OwedReplies != 40 {
		t.Errorf("with answers owed: %s %q, %+v", s.Verdict, s.Reasons, s.Timeouts)
	}
}

func TestACommandThatOnlyTheCloseEndedAfterItsLimitIsPending(t *testing.T) {
	on := func(clock string, late time.Duration) *report.Summary {
		return judged(t, func(s *scenarios.Scenario, m *Measured, l *check.Ledger) {
			s.Clock = clock
			closing(platform.Cached, -late)(s, m, l)
		})
	}
	for _, c := range []struct {
		clock   string
		late    time.Duration
		pending int64
		verdict report.Verdict
	}{
		{"virtual", time.Nanosecond, 0, report.Pass},
		{"virtual", 2 * time.Nanosecond, 1, report.Fail},
		{"real", time.Second, 0, report.Pass},
		{"real", 2 * time.Second, 1, report.Fail},
	} {
		s := on(c.clock, c.late)
		if s.Timeouts.PendingAfter != c.pending || s.Cache.Waiting != c.pending || s.Verdict != c.verdict {
			t.Errorf("%s clock, %v after its lifetime: %s %q, %d pending", c.clock, c.late, s.Verdict, s.Reasons, s.Timeouts.PendingAfter)
		}
	}
}

func TestTheLimitOfAQueueIsItsLanes(t *testing.T) {
	s := &scenarios.Scenario{Devices: []scenarios.Group{{Dialect: "a", Count: 2}, {Dialect: "b", Count: 3}, {Dialect: "c", Count: 1}}}
	lanes := map[string][]platform.Lane{"a": {{Limit: 50}}, "b": {{}, {Limit: 20}, {Limit: 7}}}
	for _, c := range []struct{ device, lane, want int }{
		{1, 0, 50}, {2, 0, 50}, {2, 1, 0}, {3, 0, 0}, {5, 1, 20}, {5, 2, 7}, {6, 0, 0}, {7, 0, 0},
	} {
		if got := Limits(s, lanes, nil).Of(c.device, c.lane); got != c.want {
			t.Errorf("device %d, lane %d: %d, want %d", c.device, c.lane, got, c.want)
		}
	}
}
