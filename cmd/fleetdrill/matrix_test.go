package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"fleetdrill/report"
	"fleetdrill/report/beside"
	"fleetdrill/scenarios"
)

func TestTheReadmeShowsHowThreeCloudsAnswer(t *testing.T) {
	cells, err := scenarios.OpenAll("three-clouds", nil)
	must(t, err)
	var columns []beside.Run
	for _, s := range cells {
		d := newDrill(s)
		d.transcript = newTranscript()
		synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
		if d.err != nil || d.summary.Verdict != report.Pass {
			t.Fatalf("%s: %v, %s %v", s.Name, d.err, d.summary.Verdict, d.summary.Reasons)
		}
		columns = append(columns, d.transcript.column(d))
	}
	var table strings.Builder
	must(t, beside.WriteMarkdown(&table, columns))
	text, err := os.ReadFile(root + "/README.md")
	must(t, err)
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("the README has not the table of `fleetdrill run three-clouds --out DIR`, which is now\n%s", table.String())
	}
}

func TestTheWorstEndOfAMatrixIsItsOwn(t *testing.T) {
	fail, nothing := exit{exitFail, nil}, exit{exitNoAnswer, errors.New("interrupted")}
	for _, c := range []struct {
		ends []error
		want int
	}{
		{[]error{nil, nil}, exitPass}, {[]error{nil, nothing, nil}, exitNoAnswer}, {[]error{fail, nothing}, exitFail}, {[]error{nothing, fail, nil}, exitFail},
	} {
		if got := exitCode(worst(c.ends)); got != c.want {
			t.Errorf("%v: got %d, want %d", c.ends, got, c.want)
		}
	}
}

func TestAnAccountOfAlibabaHasItsCallsPerSecondInADrill(t *testing.T) {
	s, err := scenarios.Open("alibaba-throttle", []string{"platform.dialects.alibaba.qps=50", "load.switch.arrivals=[{rate: 100/s, for: 10s}]",
		"expect=[switch.ok.count == 500, switch.code.Throttling.User.count == 500, checks.breaches == 0]"})
	must(t, err)
	d := newDrill(s)
	synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
	if d.err != nil || d.summary.Verdict != report.Pass {
		t.Errorf("%v, %s %v", d.err, d.summary.Verdict, d.summary.Reasons)
	}
}
