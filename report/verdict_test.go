package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAVerdictHasItsReasons(t *testing.T) {
	fine := func() *Summary {
		return &Summary{Clock: "real", Devices: Devices{Configured: 10, Connected: 10},
			Loads:   []Load{{Name: "a", Arrivals: 5, Outcomes: Tally{OK: 5}, Lag: Quantiles{P99: 50_000, P999: 50_001, Max: 60_000}}},
			Harness: Harness{LagP99: 50_000, CPUShare: 0.9}}
	}
	limits := Circumstances{Expected: 10, MaxLag: 50 * time.Millisecond, MaxCPU: 0.9, MaxOpen: []int{10_000}}
	for name, c := range map[string]struct {
		change  func(*Summary, *Circumstances)
		verdict Verdict
		limited bool
		reasons []string
	}{
		"at every limit": {func(*Summary, *Circumstances) {}, Pass, false, []string{}},
		"a threshold missed": {func(s *Summary, _ *Circumstances) {
			s.Thresholds = []ThresholdResult{{Expr: "x < 1", Value: "2"}, {Expr: "y < 1", Value: "0", OK: true}}
		}, Fail, false, []string{"expected x < 1, got 2"}},
		"a rule broken": {func(s *Summary, _ *Circumstances) {
			s.Checks = []Check{{Rule: "r", Breaches: 1, Examples: []string{"a 3: why"}}, {Rule: "q"}}
		}, Fail, false, []string{"rule r was broken 1 time: a 3: why"}},
		"a rule broken in a run that does not count": {func(s *Summary, c *Circumstances) {
			s.Checks = []Check{{Rule: "r", Breaches: 2000}}
			c.Interrupted = "drain"
		}, Fail, false, []string{"rule r was broken 2,000 times", "the run was interrupted during drain"}},
		"late by a microsecond, and a threshold missed": {func(s *Summary, _ *Circumstances) {
			s.Loads[0].Lag.P99 = 50_001
			s.Thresholds = []ThresholdResult{{Expr: "x < 1", Value: "2"}}
		}, Inconclusive, true, []string{
			"the load generator was late: 99% of the calls of a were sent within 50ms of due, the limit is 50ms", "expected x < 1, got 2"}},
		"a small load that is late beside a big one that is not": {func(s *Summary, _ *Circumstances) {
			s.Loads = append(s.Loads, Load{Name: "b", Arrivals: 1, Lag: Quantiles{P99: 80_000, P999: 80_000, Max: 80_000}})
			s.Thresholds = []ThresholdResult{{Expr: "b.latency.max < 1s", Value: "81ms", OK: true}}
		}, Inconclusive, true, []string{
			"the load generator was late: 99% of the calls of b were sent within 80ms of due, the limit is 50ms"}},
		"late at p99.9, and a threshold on it": {func(s *Summary, _ *Circumstances) {
			s.Thresholds = []ThresholdResult{{Expr: "a.latency_ok.p999 < 1s", Value: "2ms", OK: true}}
		}, Inconclusive, true, []string{"a.latency_ok.p999 is in doubt: the load generator was late: 99.9% of the calls of a were " +
			"sent within 50ms of due, the limit is 50ms"}},
		"late at max, and a threshold on overshoot": {func(s *Summary, _ *Circumstances) {
			s.Thresholds = []ThresholdResult{{Expr: "timeouts.overshoot.max < 50ms", Value: "55ms"}}
		}, Inconclusive, true, []string{"timeouts.overshoot.max is in doubt: the load generator was late: all of the calls of a were " +
			"sent within 60ms of due, the limit is 50ms", "expected timeouts.overshoot.max < 50ms, got 55ms"}},
		"late at p99.9 and max, and thresholds that the lag does not touch": {func(s *Summary, _ *Circumstances) {
			for _, e := range []string{"a.latency.p99 < 1s", "a.latency.mean < 1s", "b.latency.max < 1s", "a.lag.max < 1s",
				"a.latency.count > 1", "cache.wait.max < 1s"} {
				s.Thresholds = append(s.Thresholds, ThresholdResult{Expr: e, OK: true})
			}
		}, Pass, false, []string{}},
		"dropped": {func(s *Summary, _ *Circumstances) { s.Loads[0].Outcomes.Dropped = 412 }, Inconclusive, true,
			[]string{"a: 412 arrivals were dropped because 10,000 calls were already open"}},
		"busy": {func(s *Summary, _ *Circumstances) { s.Harness.CPUShare = 0.97 }, Inconclusive, true,
			[]string{"the machine was busy: 97.0% of all cores during the load, the limit is 90.0%"}},
		"busy on the virtual clock": {func(s *Summary, _ *Circumstances) {
			s.Clock, s.Harness.CPUShare = "virtual", 1
		}, Pass, false, []string{}},
		"no arrivals": {func(s *Summary, _ *Circumstances) { s.Loads[0] = Load{Name: "a"} }, Inconclusive, false,
			[]string{"no calls were due: there was nothing to measure"}},
		"a device missing": {func(s *Summary, _ *Circumstances) { s.Devices.Connected = 9 }, Inconclusive, false,
			[]string{"only 9 of 10 devices connected"}},
		"devices that were not meant to connect": {func(s *Summary, c *Circumstances) {
			s.Devices.Connected, c.Expected = 4, 4
		}, Pass, false, []string{}},
		"cut short": {func(_ *Summary, c *Circumstances) { c.CutShort = 1 }, Inconclusive, false,
			[]string{"1 command was still open when the wait for the last answers was over"}},
		"no limits": {func(s *Summary, c *Circumstances) {
			s.Harness, *c = Harness{CPUShare: 1}, Circumstances{}
			s.Loads[0].Lag = Quantiles{P99: 1e9, P999: 1e9, Max: 1e9}
		}, Pass, false, []string{}},
	} {
		s, with := fine(), limits
		c.change(s, &with)
		s.Judge(with)
		if s.Verdict != c.verdict || s.Harness.Limited != c.limited {
			t.Errorf("%s: %s, limited %v; want %s, %v", name, s.Verdict, s.Harness.Limited, c.verdict, c.limited)
		}
		if diff := cmp.Diff(c.reasons, s.Reasons); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
