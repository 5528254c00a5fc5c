package main

import (
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/replay"
)

func TestADifferenceThatIsWiderThanTheTerminalIsFolded(t *testing.T) {
	r := &replay.Report{Commands: 3, Same: 1, Differences: []replay.Difference{
		{Load: "ask", N: 1, Device: "meters-2", Then: "ok 0", Now: "timeout 11915", Slack: time.Millisecond, SlackHas: true, Why: "between its answer and its deadline"},
		{Load: "ask", N: 822, Device: "meters-24", Then: "timeout 11915 (timed_out: device did not answer in time)", Now: "offline 11900 (failed: device offline)"},
	}}
	then := recorded{scenario: &scenarios.Scenario{Name: "faults", Seed: 1}, clock: "virtual", summary: &report.Summary{}, stop: &stopped{At: 90 * time.Minute, Open: 1}}
	const want = ` ✗ DIFFERENT  faults · seed 1 · recorded on the virtual clock
   1 of 3 commands ended the same ·
   2 differ, of which 1 had more than 5ms to spare
   the recorded run was interrupted after 1h 30m, which ended 1 command; the
   replay ends there, too
   ask/1  meters-2
      ok 0 → timeout 11915
      1ms to spare: between its answer and its deadline
 ✗ ask/822  meters-24
      timeout 11915 (timed_out: device did not answer in time)
      → offline 11900 (failed: device offline)
      nothing was close
   calls that --only leaves out shared links, queues and limits with these:
   without it they may end the same
`
	if got := (replayFlags{slack: 5 * time.Millisecond, only: "ask"}).text(then, r, 80); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
