package sim

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/report"
)

func TestAnAlarmRingsAndIsGivenUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newAlarm(ctx)
	if a == nil {
		t.Skip("no alarm on this system")
	}
	defer a.close()
	begin := time.Now()
	if !a.wait(time.Millisecond) || time.Since(begin) < time.Millisecond {
		t.Errorf("a wait of 1 ms: failed, or over after %v", time.Since(begin))
	}
	cancel()
	if a.wait(time.Hour) {
		t.Error("a wait after the end of the context: got true")
	}
}

func TestARunOnTheRealClockPacesByTheAlarmAndMeasuresMemory(t *testing.T) {
	s := meters(20, ping(steady(1000, 20*time.Millisecond)))
	s.Devices[0].Connect = 0
	s.Devices[0].Behaviours = nil
	r := drill(t, t.Context(), s, nil, func(_ *town, c *Config) { c.Settle = nil })
	if diff := cmp.Diff(report.Tally{OK: 20}, r.loads[0].Outcomes); r.err != nil || diff != "" {
		t.Fatalf("error %v, outcomes (-want +got):\n%s", r.err, diff)
	}
	if r.loads[0].Lag.Min < 0 || r.LoadTook < 20*time.Millisecond {
		t.Errorf("lag from %d µs, load took %v; want no call before it is due", r.loads[0].Lag.Min, r.LoadTook)
	}
	if r.BytesEach <= 0 {
		t.Errorf("bytes each: got %d, want more than 0", r.BytesEach)
	}
}
