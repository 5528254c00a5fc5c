package metrics

import (
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"fleetdrill/report"
)

// source is a run with one load in which 90 calls took 3 ms, 9 took 200 ms, one took 5 s and one no time.
func source() Source {
	r := report.NewRecorder([]string{"reboot"})
	for i := range 101 {
		took := 3 * time.Millisecond
		switch {
		case i == 100:
			took = 0
		case i == 99:
			took = 5 * time.Second
		case i >= 90:
			took = 200 * time.Millisecond
		}
		s := report.Sample{Outcome: report.OK, Code: "0", Sent: time.Millisecond, Done: took}
		if took == 5*time.Second {
			s.Outcome, s.Code = report.Timeout, "11915"
		}
		r.Due(0)
		r.Add(s)
	}
	r.Add(report.Sample{Outcome: report.Dropped})
	return Source{
		Loads: func() []Load { return []Load{{"reboot", r.Pulse(0)}} },
		Phase: func() string { return "load" }, Phases: []string{"connect", "load"},
		Platform: func() (Platform, bool) {
			return Platform{Dialects: map[string]Dialect{"enos": {Registered: 10, Online: 7, Open: 3, Waiting: 2}}, Accepted: 101,
				Ended: map[string]uint64{"succeeded": 100}, Replies: map[string]uint64{"late": 1}, Refused: 4, Dropped: 5}, true
		},
	}
}

func TestTheMetricsFollowTheConventionsAndAreThoseOfTheTable(t *testing.T) {
	problems, err := testutil.GatherAndLint(Registry(source()))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	families, err := Registry(source()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Table {
		i := slices.IndexFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == m.Name })
		if i < 0 || strings.ToLower(families[i].GetType().String()) != m.Type {
			t.Errorf("%s: not gathered as a %s", m.Name, m.Type)
		}
	}
}

func TestTheReadmeListsEveryMetric(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Table {
		row := "| `" + m.Name + "` | " + m.Type + " | " + strings.Join(m.Labels, ", ") + " | " + m.Help + " |"
		if !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
}

func TestAClassicAndANativeHistogramSayTheSame(t *testing.T) {
	rec := httptest.NewRecorder()
	Handler(source()).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`fleetdrill_call_latency_seconds_bucket{load="reboot",le="0.001953125"} 1`,
		`fleetdrill_call_latency_seconds_bucket{load="reboot",le="0.00390625"} 91`,
		`fleetdrill_call_latency_seconds_bucket{load="reboot",le="0.25"} 100`,
		`fleetdrill_call_latency_seconds_bucket{load="reboot",le="8"} 101`,
		`fleetdrill_call_latency_seconds_count{load="reboot"} 101`,
		`fleetdrill_call_latency_seconds_sum{load="reboot"} 7.07`,
		`fleetdrill_calls_total{code="11915",load="reboot",outcome="timeout"} 1`,
		`fleetdrill_calls_total{code="",load="reboot",outcome="dropped"} 1`,
		`fleetdrill_call_lag_seconds{load="reboot"} 0.001`,
		`fleetdrill_devices{dialect="enos",state="offline"} 3`,
		`fleetdrill_cache_depth{dialect="enos"} 2`,
		`fleetdrill_run_phase{phase="load"} 1`,
	} {
		if !strings.Contains(rec.Body.String(), want+"\n") {
			t.Errorf("lacks %s", want)
		}
	}
	families, err := Registry(source()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "fleetdrill_call_latency_seconds" {
			continue
		}
		h := f.GetMetric()[0].GetHistogram()
		n, level := h.GetZeroCount(), int64(0)
		for _, delta := range h.GetPositiveDelta() {
			level += delta
			n += uint64(level)
		}
		if h.GetSchema() != report.BucketSchema || n != 101 || len(h.GetBucket()) != highest-lowest+1 {
			t.Errorf("schema %d, %d in native buckets, %d classic buckets", h.GetSchema(), n, len(h.GetBucket()))
		}
	}
}

func TestWithoutARunOrAPlatformThereIsNothingToTell(t *testing.T) {
	rec := httptest.NewRecorder()
	Handler(Source{Platform: func() (Platform, bool) { return Platform{}, false }}).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 || strings.Contains(rec.Body.String(), "fleetdrill_") {
		t.Errorf("%d: %s", rec.Code, rec.Body.String())
	}
}
