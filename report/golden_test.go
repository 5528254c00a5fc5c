package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

// golden compares what a writer writes with testdata/name.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

// mixed is a run with two loads in which something of everything happened.
func mixed(t *testing.T) (*Summary, *Recorder) {
	t.Helper()
	r := NewRecorder([]string{"reboot", "settings"})
	for i := range 6000 {
		s := Sample{Load: 0, Seq: uint64(i), Due: time.Duration(i) * 5 * time.Millisecond, Outcome: OK, Code: "0"}
		took := time.Duration(20+i%131) * time.Millisecond
		switch {
		case i%20 == 3:
			s.Outcome, s.Code, took = Timeout, "11915", 5*time.Second+time.Duration(i%7)*time.Microsecond
		case i%20 == 7:
			s.Outcome, s.Code, took = Offline, "11900", time.Duration(300+i%11)*time.Microsecond
		case i%600 == 11:
			s.Outcome, s.Code, took = DeviceError, "2001", 31*time.Millisecond
		}
		s.Sent = s.Due + time.Duration(i%90)*time.Microsecond
		s.Done = s.Sent + took
		r.Add(s)
	}
	for i := range 300 {
		s := Sample{Load: 1, Seq: uint64(i), Due: time.Duration(i) * 100 * time.Millisecond, Outcome: OK, Code: "0"}
		s.Sent, s.Done = s.Due, s.Due+time.Duration(700+i)*time.Microsecond
		if i >= 290 {
			s.Outcome, s.Code = Rejected, "11902"
		}
		r.Add(s)
	}
	r.Close()
	loads := r.Loads()
	loads[0].Dialect, loads[0].Call, loads[0].Via = "enos", "invoke", "http"
	loads[1].Dialect, loads[1].Call, loads[1].Via = "enos", "cached", "direct"
	loads[0].Causes = map[string]int64{"offline": 300, "late_answer": 120, "unanswered": 180, "wrong_answer": 10}
	loads[1].Causes = map[string]int64{"limit": 10, "expired": 4, "harness": 85}
	s := &Summary{Schema: Schema, Scenario: "reboot-under-loss", Seed: 42, Clock: "real", Elapsed: 36.2,
		Devices: Devices{Configured: 1000, Connected: 1000, Connect: 0.41, BytesEach: 41230}, Loads: loads,
		Timeouts: Timeouts{Fired: 300, LateReplies: 120, DuplicateReplies: 3, ForeignReplies: 2,
			Overshoot: QuantilesOf([]time.Duration{1, 70 * time.Microsecond, 1200 * time.Microsecond})},
		Cache: Cache{Filled: 290, FillRate: 10, SentAtOnce: 1, Drained: 200, DrainRate: 31.25, Expired: 4, TakenBack: 85, Rejected: 10,
			Wait: QuantilesOf([]time.Duration{time.Second, 3 * time.Second, 48 * time.Hour})},
		Checks:  []Check{{Rule: "one-ending", Commands: 6300}, {Rule: "honest-timeout", Commands: 300}},
		Harness: Harness{LagP99: r.Lag().P99, GCPauseMax: 912, CPUShare: 0.62, Wall: 36.4}}
	for _, e := range []string{"reboot.latency_ok.p99 < 250ms", "reboot.timeout.share < 10%", "settings.code.11902.count == 10",
		"checks.breaches == 0"} {
		th, err := ParseThreshold(e, []string{"reboot", "settings"})
		if err != nil {
			t.Fatal(err)
		}
		s.Thresholds = append(s.Thresholds, th.Eval(s))
	}
	s.Judge(Circumstances{Expected: 1000, MaxLag: 50 * time.Millisecond, MaxCPU: 0.9})
	return s, r
}
