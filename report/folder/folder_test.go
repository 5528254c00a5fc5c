package folder

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
)

var began = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// results writes what a run of two loads leaves: half of the calls of the first are ok, the second has none.
func results(t *testing.T) (string, *report.Recorder) {
	t.Helper()
	r := report.NewRecorder([]string{"reboot", "idle"})
	for i := range 4000 {
		s := report.Sample{Due: time.Duration(i) * time.Millisecond, Outcome: report.OK}
		took := time.Duration(20+i%131) * time.Millisecond
		if i%2 == 1 {
			s.Outcome, took = report.Timeout, 2*time.Second
		}
		s.Sent = s.Due + time.Duration(i%90)*time.Microsecond
		s.Done = s.Sent + took
		r.Add(s)
	}
	r.Close()
	dir := t.TempDir()
	put(t, dir, SummaryFile, func(w io.Writer) error { return report.WriteJSON(w, &report.Summary{Loads: r.Loads()}) })
	put(t, dir, TimelineFile, func(w io.Writer) error { return report.WriteTimeline(w, r) })
	put(t, dir, LatencyFile, func(w io.Writer) error { return report.WriteHDRLog(w, r, began) })
	put(t, dir, ScenarioFile, func(w io.Writer) error { _, err := io.WriteString(w, "name: x\n"); return err })
	return dir, r
}

func put(t *testing.T, dir, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatARunHasLeftIsReadAgain(t *testing.T) {
	dir, rec := results(t)
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Began.Equal(began) || string(r.Scenario) != "name: x\n" || len(r.Loads) != 2 {
		t.Errorf("began %v, scenario %q, %d loads; want %v, name: x, 2", r.Began, r.Scenario, len(r.Loads), began)
	}
	l, rows := r.Load("reboot"), rec.Timeline(0)
	if len(l.Rows) != len(rows) {
		t.Fatalf("%d rows, want %d", len(l.Rows), len(rows))
	}
	for i, row := range l.Rows {
		var want int64
		for _, o := range report.Outcomes {
			want += rows[i].Done.Count(o)
		}
		if row.Due != rows[i].Due || count(row.Latency) != want || count(row.LatencyOK) != row.Done.OK {
			t.Errorf("row %d: due %d, %d calls, %d ok; want %d, %d, %d", i, row.Due, count(row.Latency), count(row.LatencyOK),
				rows[i].Due, want, row.Done.OK)
		}
	}
	if idle := r.Load("idle"); idle.Latency != nil || idle.Lag != nil || len(idle.Rows) != 0 {
		t.Errorf("a load without calls has %+v", idle)
	}
}

func TestTheHistogramsHaveThePercentilesOfTheSummary(t *testing.T) {
	dir, _ := results(t)
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	l, s := r.Load("reboot"), r.Summary.Loads[0]
	for name, pair := range map[string]struct {
		got  []int64
		want report.Quantiles
	}{
		"latency":    {report.AtPerMille(l.Latency, 500, 900, 990, 999), s.Latency},
		"latency_ok": {report.AtPerMille(l.LatencyOK, 500, 900, 990, 999), s.LatencyOK},
		"lag":        {report.AtPerMille(l.Lag, 500, 900, 990, 999), s.Lag},
		"service":    {report.AtPerMille(l.Service, 500, 900, 990, 999), s.Service},
	} {
		for i, want := range []int64{pair.want.P50, pair.want.P90, pair.want.P99, pair.want.P999} {
			if got := pair.got[i] / 1000; got < want-want/500-1 || got > want+want/500+1 {
				t.Errorf("%s, percentile %d: %d µs, the summary says %d", name, i, got, want)
			}
		}
	}
}

func TestAFolderThatCannotBeBelievedIsRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"gone":        {os.RemoveAll, "is not a folder with results"},
		"not over":    {without(SummaryFile), "its run is not over"},
		"older":       {without(TimelineFile), "an older version of this program wrote the folder"},
		"no log":      {without(LatencyFile), "has no latency.hlog"},
		"next schema": {change(SummaryFile, `"schema": 1`, `"schema": 2`), "its schema is version 2, this program reads version 1"},
		"no schema":   {change(SummaryFile, `"schema"`, `"scheme"`), `it has no "schema"`},
		"cut summary": {change(SummaryFile, `"harness"`, ``), "reading summary"},
		"other count": {change(SummaryFile, `"arrivals": 4000`, `"arrivals": 4001`), "timeline.csv has 4,000 arrivals that were due of load reboot and summary.json has 4,001"},
		"cut rows":    {change(TimelineFile, "reboot,5,", "reborn,5,"), "it has calls of reboot at 5s, where timeline.csv has no row"},
		"other rows":  {change(TimelineFile, "reboot,0,1", "reboot,9,1"), "where timeline.csv has no row"},
		"other head":  {change(TimelineFile, "load,", "name,"), "its columns are"},
		"other log":   {change(LatencyFile, "Tag=reboot,3", "Tag=reborn,3"), "calls of load reboot and summary.json has 4,000"},
		"broken log":  {change(LatencyFile, "HIST", "HOST"), "latency.hlog: "},
	} {
		dir, _ := results(t)
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v, want the folder and %q", name, err, c.want)
		}
	}
}

func without(name string) func(string) error {
	return func(dir string) error { return os.Remove(filepath.Join(dir, name)) }
}

func change(name, from, to string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, bytes.Replace(text, []byte(from), []byte(to), 1), 0o644)
	}
}
