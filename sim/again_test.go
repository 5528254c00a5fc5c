package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

func TestAScriptKnowsHowLateThePlatformWasWithACommandThatWaited(t *testing.T) {
	const ms, over = time.Millisecond, `,"state":"expired","over_us":9000`
	for name, tt := range map[string]struct {
		facts string // ms, fact, number of the command and details, in lines
		want  platform.Lateness
	}{
		"it was published when the one before had ended":            {"562 dequeued 1\n562 published 1\n700 ended 1", platform.Lateness{Publish: 62 * ms}},
		"a message left late that nobody waited for":                {"560 written 0\n562 dequeued 1\n562 published 1\n700 ended 1", platform.Lateness{Publish: 62 * ms}},
		"a message left that made room":                             {"501 dequeued 1\n501 link_dropped 1\n560 written 0\n562 published 1\n700 ended 1", platform.Lateness{Publish: 2 * ms}},
		"its time was over when it had its turn":                    {"700 dequeued 1\n700 ended 1" + over, platform.Lateness{Missed: true, Ending: 9 * ms}},
		"its time was over later":                                   {"510 dequeued 1\n700 ended 1" + over, platform.Lateness{Ending: 9 * ms}},
		"its connection was found gone after the answer before":     {"500.005 dequeued 1\n600 offline -1\n700 ended 1" + over, platform.Lateness{Gone: true, Ending: 9 * ms}},
		"its connection was gone, and it was published on the next": {"500.005 dequeued 1\n600 offline -1\n650 online -1\n650 published 1\n700 ended 1", platform.Lateness{Gone: true}},
	} {
		lines := []string{""}
		for line := range strings.Lines("100 online -1\n200 accepted 0\n200 published 0\n300 accepted 1\n300 queued 1\n500 matched 0\n500 ended 0\n" + tt.facts) {
			var at float64
			var n int
			var kind string
			fmt.Sscan(line, &at, &kind, &n)
			details, of := map[string]string{"accepted": `,"mode":"cached","limit_us":391000`, "ended": `,"state":"succeeded"`}[kind], ""
			if i := strings.IndexByte(line, ','); i >= 0 {
				details = strings.TrimSpace(line[i:])
			}
			if n >= 0 {
				of = fmt.Sprintf(`"load":"ping","n":%d,`, n)
			}
			lines = append(lines, fmt.Sprintf(`{"at_us":%.0f,%s"device":"meters-1","fact":%q%s}`, at*1000, of, kind, details))
		}
		lines[0] = fmt.Sprintf(`{"schema":2,"facts":%d,"loads":["ping"],"devices":["meters-1"]}`, len(lines)-1)
		h, err := check.ReadJSONL(strings.NewReader(strings.Join(lines, "\n") + "\n"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := NewScript(meters(1, ping(scenarios.Arrivals{Burst: 2})), h).late[callID{0, 1}]
		got.State = 0
		if got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

// A platform that takes so many calls in a second of the clock takes them in the same seconds of the run again.
func TestAReplayBeginsWhereTheClockStoodInItsMinute(t *testing.T) {
	l := check.NewLedger([]string{"ping"}, []string{"meters-1"})
	began := time.Date(2026, 11, 26, 5, 33, 50, 440_000_000, time.UTC)
	sc := NewScript(meters(1, ping(scenarios.Arrivals{Burst: 1})), l.Finish())
	if wait := sc.untilPhase(began); wait != 0 {
		t.Errorf("nobody knows when it began: %v", wait)
	}
	l.Began(began)
	sc = NewScript(meters(1, ping(scenarios.Arrivals{Burst: 1})), l.Finish())
	for now, want := range map[time.Duration]time.Duration{0: 50_440 * time.Millisecond, 51 * time.Second: 59_440 * time.Millisecond, time.Hour + 50_440*time.Millisecond: 0} {
		if wait := sc.untilPhase(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(now)); wait != want {
			t.Errorf("at %v: waits %v, want %v", now, wait, want)
		}
	}
}
