package trace

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

func TestCountsNameTheFirstOfEachCauseAndHowLateTheLateWere(t *testing.T) {
	s := newStory()
	for i, late := range []time.Duration{-1, 30 * ms, 10 * ms} {
		s.seq = uint64(i)
		s.call(0, check.CallDue, 0, "")
		s.call(ms, check.CallSent, 0, "")
		if late < 0 {
			s.fact(2*ms, platform.Fact{Kind: platform.Accepted})
			s.end(2*ms, platform.Failed, platform.ErrOffline)
			s.call(3*ms, check.CallDone, platform.Offline, "11900")
			continue
		}
		w := wire + platform.Wire(i)
		s.fact(3*ms, platform.Fact{Kind: platform.Published, Wire: w, Limit: s.at(100 * ms)})
		s.end(100*ms, platform.TimedOut, platform.ErrUnanswered)
		s.call(101*ms, check.CallDone, platform.Timeout, "11915")
		s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceAnswered, At: 99*ms + late, Wire: w})
		s.Platform(&platform.Fact{Kind: platform.Late, At: s.at(100*ms + late), Device: 1, Wire: w})
	}
	got := New(s.Finish()).Counts()
	want := []Count{{Load: "ask", Cause: Offline, N: 1, Example: 0, Why: "its device was away, and an instant command is not kept for it",
		Hows: []How{{How: "its device was away, and an instant command is not kept for it", N: 1, Device: "m-1"}}},
		{Load: "ask", Cause: LateAnswer, N: 2, Example: 1, Why: "the answer came 30ms after the deadline", Late: []time.Duration{10 * ms, 30 * ms},
			Hows: []How{{How: "the device answered after the deadline", N: 2, Example: 1, Device: "m-1"}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want and got: %s", d)
	}
	if !slices.IsSortedFunc(got, func(a, b Count) int { return slices.Index(Causes, a.Cause) - slices.Index(Causes, b.Cause) }) {
		t.Errorf("not in the order of Causes: %v", got)
	}
}

func TestTheExampleIsOneOfTheMostFrequentFault(t *testing.T) {
	s := newStory()
	for i, fault := range []string{"faults[0] disconnect", "faults[1] disconnect", "faults[1] disconnect"} {
		s.seq = uint64(i)
		at := time.Duration(i) * time.Second
		s.strike(fault, at, 0, 1)
		s.link(platform.WentOffline, at)
		s.call(at, check.CallDue, 0, "")
		s.fact(at+ms, platform.Fact{Kind: platform.Accepted})
		s.end(at+ms, platform.Failed, platform.ErrOffline)
		s.call(at+2*ms, check.CallDone, platform.Offline, "11900")
		s.link(platform.WentOnline, at+3*ms)
	}
	got := New(s.Finish()).Counts()
	want := map[string]int{"faults[0] disconnect": 1, "faults[1] disconnect": 2}
	if len(got) != 1 || len(got[0].Hows) != 1 || got[0].Hows[0].Example != 1 || got[0].Example != 0 || !cmp.Equal(got[0].Faults, want) {
		t.Errorf("got %+v", got)
	}
}

func TestCallersThatWereToldOkMayHaveCommandsThatFailLater(t *testing.T) {
	s := newStory()
	s.succeeded()
	s.seq, s.mode = 1, platform.Cached
	s.accepted()
	s.call(3*ms, check.CallDone, platform.OK, "0")
	s.end(1002*ms, platform.Expired, platform.ErrExpired)
	s.seq = 2
	s.failed(platform.ErrOffline, platform.Offline)
	tr := New(s.Finish())
	if told, calls, counts := tr.Told(), tr.Calls(), tr.Counts(); told != 2 || calls != 3 || len(counts) != 2 {
		t.Errorf("%d of %d were told ok, and these are no success: %v", told, calls, counts)
	}
}

func TestAFaultThatStrikesAllIsNotKeptForEachDevice(t *testing.T) {
	const devices, faults = 2000, 1000
	l := check.NewLedger([]string{"ask"}, make([]string, devices))
	for i := range faults {
		l.Fault(check.FaultFact{Fault: fmt.Sprintf("faults[%d] receiver_down", i%10), At: time.Duration(i) * ms, For: ms})
	}
	h := l.Finish()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	New(h)
	runtime.ReadMemStats(&after)
	if got, want := after.TotalAlloc-before.TotalAlloc, uint64(faults*1000); got > want {
		t.Errorf("%d faults and %d devices took %d bytes, want %d at most", faults, devices, got, want)
	}
}
