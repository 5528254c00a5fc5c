package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mixed is a run of two minutes with two loads in which something of everything happened.
func mixed(t testing.TB) *folder.Run {
	t.Helper()
	r := report.NewRecorder([]string{"reboot", "settings"})
	for i := range 6000 {
		s := report.Sample{Load: 0, Due: time.Duration(i) * 20 * time.Millisecond, Outcome: report.OK, Code: "0"}
		took := time.Duration(20+i%131) * time.Millisecond
		switch {
		case i%20 == 3:
			s.Outcome, s.Code, took = report.Timeout, "11915", 5*time.Second+time.Duration(i%7)*time.Microsecond
		case i%20 == 7:
			s.Outcome, s.Code, took = report.Offline, "iot.11900", time.Duration(300+i%11)*time.Microsecond
		}
		s.Sent = s.Due + time.Duration(i%90)*time.Microsecond
		s.Done = s.Sent + took
		r.Add(s)
	}
	for i := range 300 {
		due := time.Duration(i) * 400 * time.Millisecond
		r.Add(report.Sample{Load: 1, Due: due, Sent: due, Done: due + time.Duration(700+i)*time.Microsecond, Outcome: report.OK, Code: "0"})
	}
	r.Close()
	s := &report.Summary{Schema: report.Schema, Scenario: "mixed", Seed: 42, Clock: "real", Verdict: report.Fail, Elapsed: 126.25,
		Reasons: []string{"expected reboot.timeout.share < 1%, got 5.0%"}, Loads: r.Loads(),
		Devices:  report.Devices{Configured: 1000, Connected: 998, Connect: 0.41, BytesEach: 41230},
		Timeouts: report.Timeouts{Fired: 300, LateReplies: 120, Overshoot: report.QuantilesOf([]time.Duration{1, 70 * time.Microsecond})},
		Cache:    report.Cache{Filled: 290, FillRate: 10.25, Drained: 200, DrainRate: 31.25, Wait: report.QuantilesOf([]time.Duration{time.Second, 48 * time.Hour})},
		Checks:   []report.Check{{Rule: "one-ending", Commands: 6300}, {Rule: "honest-timeout", Commands: 300, Breaches: 2, Examples: []string{"reboot 3: early"}}},
		Thresholds: []report.ThresholdResult{{Expr: "reboot.timeout.share < 1%", Value: "5.0%"},
			{Expr: "checks.breaches == 0", Value: "0", OK: true}},
		Harness: report.Harness{LagP99: r.Lag().P99, GCPauseMax: 912, CPUShare: 0.62, Wall: 126.4}}
	for i, via := range []string{"http", "direct"} {
		s.Loads[i].Dialect, s.Loads[i].Call, s.Loads[i].Via = "enos", "invoke", via
	}
	n := 127
	rows := report.CourseRows{}
	for _, c := range []*[]int64{&rows.Online, &rows.Open, &rows.Waiting, &rows.Connected, &rows.Lost, &rows.Refused, &rows.Fired,
		&rows.Late, &rows.Filled, &rows.Drained, &rows.Expired, &rows.Lag} {
		for i := range n {
			*c = append(*c, int64(i%17))
		}
	}
	c := &report.Course{Schema: report.CourseSchema, Width: 1, Rows: rows, Faults: []report.Phase{{Name: "disconnect", From: 30, To: 30}},
		Phases: []report.Phase{{Name: "connect", To: 1}, {Name: "load", From: 1, To: 121}, {Name: "drain", From: 121, To: 126}},
		Over:   report.ProfileOf([]time.Duration{time.Millisecond, 3 * time.Millisecond}), LateBy: report.Quantiles{Count: 1, Max: 5},
		Wait: report.ProfileOf([]time.Duration{time.Second, 48 * time.Hour})}
	for i := range n {
		c.Machine = append(c.Machine, report.MachineSample{At: float64(i), CPU: .5, Heap: 1 << 26, Stacks: 1 << 22, Goroutines: 100, GCPause: int64(i)})
	}
	return folder.Of(s, r, c, []byte("name: mixed\n"), time.Unix(1714979289, 0))
}

func write(t testing.TB, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	must(t, p.Write(&b))
	return b.String()
}

var number = regexp.MustCompile(`<data value="([^"]*)" data-path="([^"]*)"[^>]*>([^<]*)</data>`)

func TestEveryNumberOfTheSummaryIsInThePageWithItsValue(t *testing.T) {
	run := mixed(t)
	var b bytes.Buffer
	must(t, report.WriteJSON(&b, run.Summary))
	var all any
	d := json.NewDecoder(&b)
	d.UseNumber()
	must(t, d.Decode(&all))
	shown := map[string]string{}
	for _, m := range number.FindAllStringSubmatch(write(t, &Page{Run: run}), -1) {
		shown[html.UnescapeString(m[2])] = m[1]
	}
	n := 0
	walk(all, "", func(path string) {
		want, _ := lookup(all, path)
		if n++; path != "schema" && shown[path] != fmt.Sprint(want) {
			t.Errorf("%s: the page has %q, want %v", path, shown[path], want)
		}
	})
	if n < 100 || len(shown) != n-1 {
		t.Errorf("%d numbers in the summary, %d in the page", n, len(shown))
	}
}

func TestNumbersAreReadInTheirUnit(t *testing.T) {
	for path, want := range map[string][2]string{
		"loads.0.latency_us.p99": {"180000", "180ms"}, "loads.0.latency_us.count": {"6000", "6,000"}, "elapsed_s": {"12.3", "12.3s"},
		"cache.fill_per_s": {"31.25", "31.3/s"}, "harness.cpu_share": {"0.62", "62.0%"}, "devices.bytes_each": {"41230", "41.2 kB"},
		"loads.0.codes.a_us": {"3", "3"}, "seed": {"18446744073709551615", "18446744073709551615"}, "harness.lag_p99_us": {"89", "89µs"},
		"loads.0.codes.2001": {"5", "5"},
	} {
		if got := text(path, json.Number(want[0])); got != want[1] {
			t.Errorf("%s %s: got %q, want %q", path, want[0], got, want[1])
		}
	}
}

func TestTheFileNeedsNothingFromOutsideAndIsSmall(t *testing.T) {
	page := write(t, &Page{Run: mixed(t)})
	if refs := regexp.MustCompile(`(?i)(?:src|href)\s*=\s*"(?:https?:)?//[^"]*"|url\(|@import|fetch\(|XMLHttpRequest`).FindAllString(page, -1); refs != nil {
		t.Errorf("it refers to %q", refs)
	}
	if len(page) > 400_000 {
		t.Errorf("%d bytes", len(page))
	}
}

func TestWhateverANameHoldsIsTextInThePage(t *testing.T) {
	run := mixed(t)
	nasty := `</script><script>alert(1)</script><img src=x onerror=alert(1)>&"'`
	run.Summary.Scenario, run.Summary.Reasons, run.Summary.Loads[0].Name, run.Loads[0].Name = nasty, []string{nasty}, nasty, nasty
	run.Summary.Loads[0].Codes = map[string]int64{nasty: 7, "a.b.c": 8}
	run.Summary.Checks[0].Examples, run.Scenario = []string{nasty}, []byte(nasty)
	page := write(t, &Page{Run: run, About: nasty, Sections: []Section{{ID: `"x`, Title: nasty, Lead: nasty,
		Tables: []Table{{Head: []string{nasty}, Rows: [][]Cell{{{Text: nasty, To: "javascript:x"}}}}}, Texts: []Text{{Title: nasty, Body: nasty}},
		Figures: []Figure{{Title: nasty, Lines: []Line{{Name: nasty}}}}}}})
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") {
		t.Error("a name became markup")
	}
	if n := strings.Count(page, "<script"); n != 4 {
		t.Errorf("%d scripts, want 4", n)
	}
}

func TestAFolderWithoutACourseSaysWhatIsMissing(t *testing.T) {
	run := mixed(t)
	run.Course = nil
	if !strings.Contains(write(t, &Page{Run: run}), "This folder has no course.json") {
		t.Error("it does not say so")
	}
}

func TestACurveEndsAtItsMaximumAndTheHeatHoldsEveryCall(t *testing.T) {
	run := mixed(t)
	for i, l := range run.Loads {
		c := curve(l.Latency)
		if last := c[len(c)-1]; last[0] != 1 || int64(last[1]) > run.Summary.Loads[i].Latency.Max || last[1] < 0.998*float64(run.Summary.Loads[i].Latency.Max) {
			t.Errorf("%s ends at %v, the maximum is %d", l.Name, last, run.Summary.Loads[i].Latency.Max)
		}
		var n int64
		for _, column := range heatOf(l.Rows).Columns {
			for _, v := range column[min(1, len(column)):] {
				n += v
			}
		}
		if n != run.Summary.Loads[i].Latency.Count {
			t.Errorf("%s: %d calls in the heatmap, want %d", l.Name, n, run.Summary.Loads[i].Latency.Count)
		}
	}
}

func TestAComparisonStandsBeforeTheRunWithBothSidesInOneChart(t *testing.T) {
	low, high := 0.08, 0.12
	c := &report.Comparison{Verdict: report.Worse, Reasons: []string{"reboot p99 is 10% worse"}, Warnings: []string{"the seeds differ"}, Alpha: 0.01,
		Base: report.Side{Runs: []string{"a", "b"}}, Head: report.Side{Runs: []string{"c"}},
		Skipped: []string{"reboot p99.9, for compare says so"},
		Figures: []report.Contrast{{Load: "reboot", Figure: "p99", Unit: "us", Base: 100000, Head: 110000, Relative: true, Change: 0.1, Low: &low, High: &high, Limit: 0.05, Verdict: report.Worse}},
		Curves:  []report.Curve{{Load: "reboot", Percent: []float64{0, 50, 99}, Base: []int64{1, 2, 3}, Head: []int64{1, 2, 4}}}}
	page := write(t, &Page{Run: mixed(t), Sections: []Section{{ID: "causes", Title: "Causes", Figures: []Figure{{Title: "x"}}}, Comparison(c)}})
	compare, expect, causes := strings.Index(page, `<section id="compare">`), strings.Index(page, `<section id="expectations">`), strings.Index(page, `<section id="causes">`)
	if compare < 0 || compare > expect || expect > causes {
		t.Errorf("comparison at %d, expectations at %d, causes at %d", compare, expect, causes)
	}
	for _, want := range []string{"reboot p99 is 10% worse", "the seeds differ", "1 run of head, 2 runs of base", "100ms", "110ms", "worse",
		`<a class="bad" href="#compare">worse than base</a>`, "Not judged: 1", "reboot p99.9, for compare says so",
		`{"lines":[{"Name":"base","Profile":[[0,1],[0.5,2],[0.99,3]],"Hue":0,"Dashed":true},{"Name":"head"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestWhatIsNotThereIsNotDrawn(t *testing.T) {
	r := report.NewRecorder([]string{"instant", "slow"})
	r.Add(report.Sample{Load: 0, Outcome: report.OK, Code: "0"})
	r.Add(report.Sample{Load: 1, Done: time.Millisecond, Outcome: report.OK, Code: "0"})
	r.Close()
	s := &report.Summary{Schema: report.Schema, Scenario: "zero", Clock: "virtual", Loads: r.Loads()}
	both := write(t, &Page{Run: folder.Of(s, r, nil, nil, time.Unix(0, 0))})
	s.Loads = s.Loads[:1]
	one := write(t, &Page{Run: folder.Of(s, r, nil, nil, time.Unix(0, 0))})
	s.Loads[0].Outcomes = report.Tally{Offline: 1}
	none := write(t, &Page{Run: folder.Of(s, r, nil, nil, time.Unix(0, 0))})
	for _, c := range []struct {
		page, text string
		want       bool
	}{
		{both, `data-chart="latency"`, true}, {both, `title="ok 100%"`, true}, {none, `aria-label="ok 0% offline 100% "`, true}, {none, `title="ok 0%"`, false}, {both, `data-curves="1"`, true}, {both, `data-curves="0"`, false},
		{one, `data-chart="latency"`, false}, {one, `data-chart="heat"`, false}, {one, "there is no latency to draw", true},
	} {
		if got := strings.Contains(c.page, c.text); got != c.want {
			t.Errorf("with %d loads the page has %q: %v, want %v", strings.Count(c.page, `<article`), c.text, got, c.want)
		}
	}
}
