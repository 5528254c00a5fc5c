package replay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/report"
)

// judgedRun is a run on a clock with so many breaches of one-copy and late-is-late, and an expectation that holds or not.
func judgedRun(clock string, copies, late int64, ok bool) *report.Summary {
	return &report.Summary{Clock: clock,
		Checks:     []report.Check{{Rule: "one-ending"}, {Rule: "one-copy", Breaches: copies}, {Rule: "late-is-late", Breaches: late}},
		Thresholds: []report.ThresholdResult{{Expr: "ask.timeout.count == 0", Value: map[bool]string{true: "0", false: "3"}[ok], OK: ok}}}
}

func TestRulesAndExpectationsThatFailAreSaidToFailAgainOrNot(t *testing.T) {
	rule := func(name, then, now, how string, differs bool) Judged {
		return Judged{"rule " + name, then, now, how, differs}
	}
	wish := func(then, now, how string, differs bool) Judged {
		return Judged{"ask.timeout.count == 0", then, now, how, differs}
	}
	for name, c := range map[string]struct {
		then, now *report.Summary
		part      bool
		want      []Judged
	}{
		"all hold": {judgedRun("virtual", 0, 0, true), judgedRun("virtual", 0, 0, true), false, []Judged{}},
		"as then": {judgedRun("virtual", 20, 0, false), judgedRun("virtual", 1, 0, false), false, []Judged{
			rule("one-copy", "20 breaches", "1 breach", again, false), wish("3", "3", again, false)}},
		"a failure is gone": {judgedRun("virtual", 20, 0, false), judgedRun("virtual", 0, 0, true), false, []Judged{
			rule("one-copy", "20 breaches", "0 breaches", notNow, true), wish("3", "0", notNow, true)}},
		"a failure is new": {judgedRun("virtual", 0, 0, true), judgedRun("virtual", 0, 2, false), false, []Judged{
			rule("late-is-late", "0 breaches", "2 breaches", nowOnly, true), wish("0", "3", nowOnly, true)}},
		"of a part": {judgedRun("virtual", 20, 0, true), judgedRun("virtual", 0, 2, true), true, []Judged{
			rule("one-copy", "20 breaches", "0 breaches", notNow, false), rule("late-is-late", "0 breaches", "2 breaches", nowOnly, true)}},
		"measured on the real clock": {judgedRun("real", 0, 0, false), judgedRun("virtual", 0, 0, true), false, []Judged{
			wish("3", "0", notNow, false)}},
		"expected in one alone": {judgedRun("virtual", 0, 0, false), &report.Summary{}, false, []Judged{}},
	} {
		got := Verdicts(c.then, c.now, c.part)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		differs := false
		for _, j := range c.want {
			differs = differs || j.Differs
		}
		if r := (&Report{Judged: got}); r.Differs(time.Second) != differs {
			t.Errorf("%s: differs is %v", name, !differs)
		}
	}
}
