package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// The load phase began at 1 s. Two outages of the platform struck late, and so did a broker's.
const fallen = `{"schema":2,"facts":12,"loads":["ping"],"devices":["meters-1"]}
{"at_us":900000,"device":"meters-1","fact":"online"}
{"at_us":1000000,"load":"ping","n":0,"device":"meters-1","fact":"due"}
{"at_us":2300000,"fact":"fault","fault":"faults[0] platform_restart","for_us":500000}
{"at_us":2400000,"device":"meters-1","fact":"offline"}
{"at_us":2600000,"load":"ping","n":1,"device":"meters-1","fact":"accepted","limit_us":1000000}
{"at_us":2700000,"device":"meters-1","fact":"online"}
{"at_us":3100000,"fact":"fault","fault":"faults[1] broker_restart","for_us":500000}
{"at_us":3150000,"device":"meters-1","fact":"offline"}
{"at_us":3700000,"device":"meters-1","fact":"online"}
{"at_us":4300000,"fact":"fault","fault":"faults[0] platform_restart","for_us":500000}
{"at_us":4310000,"load":"ping","n":1,"device":"meters-1","fact":"ended","state":"failed","cause":"lost when the platform went down"}
{"at_us":4320000,"device":"meters-1","fact":"offline"}
`

// lateFall is a platform that went down when it was to be up again, or later.
const lateFall = `{"schema":2,"facts":6,"loads":["ping"],"devices":["meters-1"]}
{"at_us":900000,"device":"meters-1","fact":"online"}
{"at_us":1000000,"load":"ping","n":0,"device":"meters-1","fact":"due"}
{"at_us":2700000,"device":"meters-1","fact":"online"}
{"at_us":4300000,"fact":"fault","fault":"faults[0] platform_restart","for_us":500000}
{"at_us":4320000,"device":"meters-1","fact":"offline"}
`

func TestAnOutageThatStruckWhenItWasToBeOverStrikesAndThenHeals(t *testing.T) {
	const ms = time.Millisecond
	for last, heals := range map[string]time.Duration{
		`{"at_us":4400000,"device":"meters-1","fact":"online"}`: 3400*ms - before,
		`{"at_us":4400000,"device":"meters-1","fact":"lost"}`:   3320*ms - before + 1, // nobody came back
	} {
		h, err := check.ReadJSONL(strings.NewReader(lateFall + last + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		s := meters(1, ping(scenarios.Arrivals{Burst: 1}))
		s.Faults = []scenarios.Fault{{At: time.Second, For: 500 * ms, Times: 1, Kind: "platform_restart"}}
		list := NewScript(s, h).outages(schedule(s))
		if len(list) != 2 || list[0].heal || list[0].at != 3320*ms-before || !list[1].heal || list[1].at != heals {
			t.Errorf("%s: got %+v, want a strike at 3.32s and its heal at %v", last, list, heals)
		}
	}
}

// downAlready is a broker that was to go down when the platform as a whole was, whose devices came back long after both.
const downAlready = `{"schema":2,"facts":9,"loads":["ping"],"devices":["meters-1"]}
{"at_us":900000,"device":"meters-1","fact":"online"}
{"at_us":1000000,"load":"ping","n":0,"device":"meters-1","fact":"due"}
{"at_us":5000000,"fact":"fault","fault":"faults[0] platform_restart","for_us":500000}
{"at_us":5100000,"device":"meters-1","fact":"offline"}
{"at_us":6000000,"fact":"fault","fault":"faults[1] broker_restart (sessions: lost)","for_us":500000}
{"at_us":8000000,"device":"meters-1","fact":"online"}
{"at_us":9000000,"fact":"fault","fault":"faults[2] platform_restart","for_us":500000}
{"at_us":9100000,"device":"meters-1","fact":"offline"}
{"at_us":9900000,"device":"meters-1","fact":"online"}
`

func TestAnOutageThatTookNothingIsNotTakenForTheNext(t *testing.T) {
	const ms = time.Millisecond
	h, err := check.ReadJSONL(strings.NewReader(downAlready))
	if err != nil {
		t.Fatal(err)
	}
	s := meters(1, ping(scenarios.Arrivals{Burst: 1}))
	s.Faults = []scenarios.Fault{
		{At: time.Second, For: 500 * ms, Times: 1, Kind: "platform_restart"},
		{At: 2 * time.Second, For: 500 * ms, Times: 1, Kind: "broker_restart", Sessions: "lost"},
		{At: 3 * time.Second, For: 500 * ms, Times: 1, Kind: "platform_restart"},
	}
	var got []time.Duration
	for _, e := range NewScript(s, h).outages(schedule(s)) {
		got = append(got, e.at+before)
	}
	want := []time.Duration{4100 * ms, 5000*ms - 1, 5000 * ms, 7000 * ms, 8100 * ms, 8900 * ms} // since the load began, at 1 s
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnOutageComesAgainWhenItCame(t *testing.T) {
	const ms = time.Millisecond
	h, err := check.ReadJSONL(strings.NewReader(fallen))
	if err != nil {
		t.Fatal(err)
	}
	s := meters(1, ping(scenarios.Arrivals{Burst: 2}))
	s.Faults = []scenarios.Fault{
		{At: time.Second, For: 500 * ms, Every: 2 * time.Second, Times: 2, Kind: "platform_restart"},
		{At: 2 * time.Second, For: 500 * ms, Times: 1, Kind: "broker_restart", Sessions: "lost"},
		{At: 2500 * ms, For: 500 * ms, Times: 1, Kind: "broker_restart"},
	}
	var got []time.Duration
	for _, e := range NewScript(s, h).outages(schedule(s)) {
		got = append(got, e.at)
	}
	want := []time.Duration{1400*ms - before, 1600*ms - before, 2150*ms - before, 2700*ms - before, 3310*ms - before, 3500 * ms}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d: at %v, want %v", i, got[i], want[i])
		}
	}
}

func TestACallThatNeverReachedAPlatformThatFellDoesNotReachItAgain(t *testing.T) {
	const text = `{"schema":2,"facts":6,"loads":["ping"],"devices":["meters-1"]}
{"at_us":1000000,"load":"ping","n":0,"device":"meters-1","fact":"sent"}
{"at_us":2000000,"load":"ping","n":0,"device":"meters-1","fact":"done","code":"transport","outcome":"broken"}
{"at_us":1000000,"load":"ping","n":1,"device":"meters-1","fact":"sent"}
{"at_us":1000000,"load":"ping","n":1,"device":"meters-1","fact":"accepted","limit_us":1000000}
{"at_us":2000000,"load":"ping","n":1,"device":"meters-1","fact":"done","code":"transport","outcome":"broken"}
{"at_us":1000000,"load":"ping","n":2,"device":"meters-1","fact":"sent"}
`
	h, err := check.ReadJSONL(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	sc := NewScript(meters(1, ping(scenarios.Arrivals{Burst: 3})), h)
	for n, want := range []time.Duration{-1, offClock(time.Second), 0} {
		if got, cause := sc.bye(0, uint64(n)); got != want || (cause != nil) != (want != 0) {
			t.Errorf("call %d: its caller goes after %v for %v, want %v", n, got, cause, want)
		}
	}
}
