package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestThresholdsCompareEveryKindOfFigure(t *testing.T) {
	s, _ := mixed(t)
	for expr, want := range map[string]ThresholdResult{
		"reboot.latency_ok.p99 < 150ms":      {Value: "149ms", OK: true},
		"reboot.latency_ok.p99<149ms":        {Value: "149ms"},
		"reboot.latency.count == 6,000":      {Value: "6,000", OK: true},
		"reboot.lag.min == 0s":               {Value: "0", OK: true},
		"reboot.timeout.share <= 5%":         {Value: "5.0%", OK: true},
		"reboot.timeout.share < 5%":          {Value: "5.0%"},
		"reboot.code.11915.count == 300":     {Value: "300", OK: true},
		"reboot.code.11915.share != 5%":      {Value: "5.0%"},
		"reboot.code.404.count == 0":         {Value: "0", OK: true},
		"reboot.code.IOTDA.014111.count < 1": {Value: "0", OK: true},
		"reboot.dropped.count == 0":          {Value: "0", OK: true},
		"reboot.rate > 170/s":                {Value: "172/s", OK: true},
		"reboot.rate > 600/m":                {Value: "172/s", OK: true},
		"reboot.arrivals >= 6000":            {Value: "6,000", OK: true},
		"timeouts.late_replies <= 119":       {Value: "120"},
		"timeouts.overshoot.max <= 1.2ms":    {Value: "1.2ms", OK: true},
		"cache.wait.max == 48h":              {Value: "48h", OK: true},
		"cache.drain_per_s >= 31/s":          {Value: "31.3/s", OK: true},
		"devices.connect_s < 500ms":          {Value: "410ms", OK: true},
		"devices.connected == 1000":          {Value: "1,000", OK: true},
		"checks.breaches == 0":               {Value: "0", OK: true},
		"harness.cpu_share < 62%":            {Value: "62.0%"},
		"harness.gc_pause_max < 1ms":         {Value: "912µs", OK: true},
		"settings.device_error.share == 0%":  {Value: "0%", OK: true},
		"  settings.latency.p50   <   1ms  ": {Value: "849µs", OK: true},
	} {
		th, err := ParseThreshold(expr, []string{"reboot", "settings"})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		want.Expr = th.Expr
		if got := th.Eval(s); got != want {
			t.Errorf("%s: got %+v, want %+v", expr, got, want)
		}
	}
}

func TestAThresholdOnNothingIsNotMet(t *testing.T) {
	s := &Summary{Loads: []Load{{Name: "a"}}}
	for _, expr := range []string{"a.latency.p99 < 1h", "a.ok.share >= 0%", "a.rate >= 0/s", "timeouts.overshoot.max < 1s"} {
		th, err := ParseThreshold(expr, []string{"a"})
		if err != nil {
			t.Fatal(err)
		}
		if r := th.Eval(s); r.OK || r.Value != NoData {
			t.Errorf("%s: got %+v", expr, r)
		}
	}
	if r := (Threshold{}).Eval(s); r.OK {
		t.Error("the zero threshold is met")
	}
	if th, _ := ParseThreshold("a.latency.count == 0", []string{"a"}); !th.Eval(s).OK {
		t.Error("the count of nothing is 0")
	}
}

func TestANumberOfRepliesIsNoneWhileAnswersAreOwedThatCouldDecide(t *testing.T) {
	s := &Summary{Timeouts: Timeouts{LateReplies: 5, OwedReplies: 40}}
	none := "no data: 40 answers still owed"
	for expr, want := range map[string]ThresholdResult{
		"timeouts.duplicate_replies == 0": {Value: none},
		"timeouts.duplicate_replies < 9":  {Value: none},
		"timeouts.late_replies <= 5":      {Value: none},
		"timeouts.late_replies == 5":      {Value: none},
		"timeouts.late_replies == 6":      {Value: none},
		"timeouts.late_replies != 5":      {Value: none},
		"timeouts.late_replies != 9":      {Value: none},
		"timeouts.late_replies > 5":       {Value: none},
		"timeouts.foreign_replies == 0":   {Value: none},
		"timeouts.garbled_replies == 0":   {Value: none},
		"timeouts.unknown_replies == 0":   {Value: none},
		"timeouts.late_replies == 0":      {Value: "5"},
		"timeouts.late_replies <= 4":      {Value: "5"},
		"timeouts.late_replies < 5":       {Value: "5"},
		"timeouts.late_replies >= 5":      {Value: "5", OK: true},
		"timeouts.late_replies > 4":       {Value: "5", OK: true},
		"timeouts.late_replies != 0":      {Value: "5", OK: true},
		"timeouts.pending_after == 0":     {Value: "0", OK: true},
		"timeouts.owed_replies == 0":      {Value: "40"},
	} {
		evaluates(t, expr, s, want)
	}
	s.Timeouts.OwedReplies = 1
	evaluates(t, "timeouts.late_replies < 9", s, ThresholdResult{Value: "no data: 1 answer still owed"})
	s.Timeouts.OwedReplies = 0
	evaluates(t, "timeouts.late_replies < 9", s, ThresholdResult{Value: "5", OK: true})
}

func evaluates(t *testing.T, expr string, s *Summary, want ThresholdResult) {
	t.Helper()
	th, err := ParseThreshold(expr, nil)
	if err != nil {
		t.Fatal(err)
	}
	want.Expr = th.Expr
	if got := th.Eval(s); got != want {
		t.Errorf("%s: got %+v, want %+v", expr, got, want)
	}
}

func TestOnTheVirtualClockNothingOfTheHarnessIsInAResult(t *testing.T) {
	s := &Summary{Harness: Harness{LagP99: 1, Dropped: 2, GCPauseMax: 3, CPUShare: 0.4}}
	for _, expr := range []string{"harness.lag_p99 < 1s", "harness.dropped < 3", "harness.gc_pause_max < 1s", "harness.cpu_share < 50%"} {
		th, err := ParseThreshold(expr, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Clock = "virtual"
		if got := th.Eval(s); got.OK || got.Value != NotMeasured {
			t.Errorf("%s on the virtual clock: %+v, want not ok, %q", expr, got, NotMeasured)
		}
		s.Clock = "real"
		if got := th.Eval(s); !got.OK {
			t.Errorf("%s on the real clock: %+v, want ok", expr, got)
		}
	}
}

func TestAWrongThresholdSaysWhatWouldBeRight(t *testing.T) {
	for expr, want := range map[string]string{
		"reboot.latency.p95 < 1s":        `did you mean "reboot.latency.p`,
		"rebot.latency.p99 < 1s":         `did you mean "reboot.latency.p99"`,
		"timeout.fired < 1":              `did you mean "timeouts.fired"`,
		"reboot.code.1.shares < 1%":      "is not a figure",
		"reboot.code.<code>.share < 1%":  "is not a figure",
		"xyzzy < 1":                      `"xyzzy" is not a figure of the summary`,
		"reboot.latency.p99 < 250":       "is compared with a duration, such as 250ms, not with \"250\"",
		"reboot.latency.p99 < -1s":       "is compared with a duration",
		"reboot.latency.p99 < 0":         "is compared with a duration",
		"reboot.ok.share > 0.95":         "is compared with a share, such as 5%",
		"reboot.ok.share > 101%":         "is compared with a share",
		"reboot.ok.count > 5%":           "is compared with a whole number",
		"reboot.rate > 5":                "is compared with a rate, such as 200/s",
		"reboot.rate > 5/d":              "is compared with a rate",
		"reboot.latency.p99 = 1s":        `did you mean "=="`,
		"reboot.latency.p99 => 1s":       `"=>" is not a comparison`,
		"reboot.latency.p99":             "has no comparison",
		"< 1s":                           "names no figure",
		"reboot.latency.p99 <":           "has no limit",
		"":                               "has no comparison",
		"reboot.latency.p99 < NaN":       "is compared with a duration",
		"reboot.ok.share < NaN%":         "is compared with a share",
		"reboot.ok.share < Inf%":         "is compared with a share",
		"reboot.latency.p99 < 1s < 2s":   "is compared with a duration",
		"reboot.code..count == 1":        "is not a figure",
		"reboot.code.11915.count.x == 1": "is not a figure",
		"reboot.code.count == 1":         "is not a figure",
	} {
		_, err := ParseThreshold(expr, []string{"reboot"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", expr, err, want)
		}
	}
}

func TestEveryListedPathCanBeUsedAndIsDocumentedOnce(t *testing.T) {
	s, _ := mixed(t)
	paths := Paths([]string{"reboot"})
	for _, p := range paths {
		p = strings.ReplaceAll(p, anyCode, "0")
		met := 0
		for _, limit := range []string{"100", "1s", "5%", "1/s"} {
			if th, err := ParseThreshold(p+" >= "+limit, []string{"reboot"}); err == nil {
				met++
				th.Eval(s)
			}
		}
		if met != 1 {
			t.Errorf("%s takes %d of the units, want 1", p, met)
		}
	}
	slices.Sort(paths)
	if n := len(slices.Compact(slices.Clone(paths))); n != len(paths) {
		t.Errorf("%d paths, %d different ones", len(paths), n)
	}
	for _, word := range []string{"timeouts", "cache", "devices", "checks", "harness"} {
		if !Reserved(word) {
			t.Errorf("%s is not reserved", word)
		}
	}
	if Reserved("reboot") {
		t.Error("reboot is reserved")
	}
}

func TestNoTextMakesTheParserPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expr := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z._]{0,20} ?[<>=!]{0,3} ?[0-9a-z%/.]{0,6}`)).Draw(t, "expr")
		if th, err := ParseThreshold(expr, []string{"reboot", ""}); err == nil {
			th.Eval(&Summary{})
		}
	})
}
