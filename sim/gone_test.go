package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// A device comes at 100 ms, and at 900 ms the platform says that it has gone.
func TestAConnectionIsGoneWhenThePlatformFirstFoundItGone(t *testing.T) {
	const cached, offline, late = `"mode":"cached","limit_us":1000000`, `"state":"failed","cause":"device offline"`, `"state":"timed_out","over_us":9000`
	for name, tt := range map[string]struct {
		facts string  // ms, fact, number of the command and details, in lines
		want  float64 // ms
	}{
		"nobody noticed":                          {"", 900},
		"a command failed when it came":           {"200 accepted 0\n200 ended 0 " + offline, 200},
		"one that waited failed when it was told": {"200 accepted 0\n200 queued 0\n900 ended 0 " + offline, 900},
		"one failed when it had its turn": {
			"200 accepted 0\n200 published 0\n300 accepted 1\n300 queued 1\n400 matched 0\n400 ended 0\n410 dequeued 1\n410 ended 1 " + offline, -400},
		"one waits for nothing": {"200 accepted 0 " + cached + "\n200 queued 0", 200},
		"one waits, but the next is sent": {
			"200 accepted 0 " + cached + "\n200 queued 0\n300 accepted 1\n300 published 1", 900},
		"one waits behind another": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1 " + cached + "\n300 queued 1", 900},
		"one had its turn when a time was over, and was not sent": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1 " + cached + "\n300 queued 1\n500 ended 0 " + late + "\n700 dequeued 1", 500},
		"one had its turn when an answer came, and the connection was gone after that": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1 " + cached + "\n300 queued 1\n400 matched 0\n400 ended 0\n400.019 dequeued 1", -400},
		"one had its turn when a time was over, behind one that was sent": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1\n300 queued 1\n310 accepted 2 " + cached + "\n310 queued 2\n500 ended 0 " + late +
				"\n500.010 dequeued 1\n500.010 published 1\n700 dequeued 2", -500.010},
		"one had its turn when its own time was over": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1 " + cached + "\n300 queued 1\n400 matched 0\n400 ended 0" +
				"\n700 dequeued 1\n700 ended 1 " + late, 900},
		"one had its turn, and there was no room": {
			"200 accepted 0 " + cached + "\n200 published 0\n300 accepted 1 " + cached + "\n300 queued 1\n500 ended 0 " + late +
				"\n500 dequeued 1\n500 link_dropped 1", 900},
	} {
		lines := []string{`{"at_us":100000,"device":"meters-1","fact":"online"}`, `{"at_us":900000,"device":"meters-1","fact":"offline"}`}
		for line := range strings.Lines(tt.facts) {
			var ms float64
			var n int
			var kind string
			fmt.Sscan(line, &ms, &kind, &n)
			details := ""
			if i := strings.IndexByte(line, '"'); i >= 0 {
				details = "," + strings.TrimSpace(line[i:])
			} else if kind == "ended" {
				details = `,"state":"succeeded"`
			}
			lines = append(lines, fmt.Sprintf(`{"at_us":%.0f,"load":"ping","n":%d,"device":"meters-1","fact":%q%s}`, ms*1000, n, kind, details))
		}
		h, err := check.ReadJSONL(strings.NewReader(fmt.Sprintf(`{"schema":2,"facts":%d,"loads":["ping"],"devices":["meters-1"]}`+"\n", len(lines)) +
			strings.Join(lines, "\n") + "\n"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := time.Duration(math.Round(tt.want*1000)) * time.Microsecond
		switch {
		case want < 0: // after that
			want = -want + before
		case want != 900*time.Millisecond:
			want -= before
		}
		got := NewScript(meters(1, ping(scenarios.Arrivals{Burst: 2})), h).links[1]
		if !slices.Equal(got, []coming{{100 * time.Millisecond, true}, {want, false}}) {
			t.Errorf("%s: it goes as %v, want %v", name, got, want)
		}
	}
}
