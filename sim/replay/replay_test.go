package replay

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

const text = `
name: small
devices: [{group: meters, count: 3}]
load:
  - {name: ask, to: meters, call: invoke, arrivals: [{burst: 4}]}
  - {name: tell, to: meters, call: invoke, arrivals: [{burst: 1}]}
`

func scenario(t *testing.T) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call is a command of ask, to device n%3+1: done after so long, with a deadline of 2s.
type call struct {
	n     uint64
	kind  platform.Kind
	code  string
	after time.Duration
}

func history(calls ...call) *check.History {
	l := check.NewLedger([]string{"ask", "tell"}, []string{"meters-1", "meters-2", "meters-3"})
	zero := time.Now()
	l.Begin(zero)
	for _, c := range calls {
		device := int(c.n%3) + 1
		fact := check.CallFact{Load: 0, Seq: c.n, Device: device, Kind: check.CallDue}
		l.Call(fact)
		if c.kind == 0 {
			fact.Kind = check.CallDropped
			l.Call(fact)
			continue
		}
		fact.Kind = check.CallSent
		l.Call(fact)
		p := platform.Fact{Tag: l.Tag(0, c.n), ID: platform.ID(c.n + 1), Device: device}
		p.Kind, p.At = platform.Accepted, zero
		l.Platform(&p)
		p.Kind, p.Wire, p.Limit = platform.Published, platform.Wire(device)*platform.WireStride+1, zero.Add(2*time.Second)
		l.Platform(&p)
		p.Kind, p.At = platform.Matched, zero.Add(c.after)
		l.Platform(&p)
		p.Kind, p.State = platform.Ended, platform.Succeeded
		l.Platform(&p)
		fact.Kind, fact.At, fact.Outcome, fact.Code = check.CallDone, c.after, c.kind, c.code
		l.Call(fact)
	}
	return l.Finish()
}

func TestEachCommandThatEndsOtherwiseIsListedWithWhatItHadToSpare(t *testing.T) {
	then := history(call{0, platform.OK, "0", time.Second}, call{1, platform.OK, "0", 1999 * time.Millisecond},
		call{2, 0, "", 0}, call{3, platform.OK, "0", 500 * time.Millisecond})
	now := history(call{0, platform.OK, "0", 20 * time.Millisecond}, call{1, platform.Timeout, "11915", 2 * time.Second},
		call{3, platform.OK, "7", time.Second})
	r := Compare(scenario(t), then, now)
	if r.Commands != 3 || r.Same != 1 || r.Dropped != 1 || len(r.Differences) != 2 {
		t.Fatalf("%+v", r)
	}
	const why = "between its answer and its deadline"
	want := []Difference{
		{Load: "ask", N: 1, Device: "meters-2", Then: "ok 0", Now: "timeout 11915", Slack: time.Millisecond, SlackHas: true, Why: why},
		{Load: "ask", N: 3, Device: "meters-1", Then: "ok 0", Now: "ok 7", Slack: 1500 * time.Millisecond, SlackHas: true, Why: why},
	}
	for i, d := range r.Differences {
		if d != want[i] {
			t.Errorf("got %+v, want %+v", d, want[i])
		}
	}
	if r.Beyond(5*time.Millisecond) != 1 || r.Beyond(0) != 2 {
		t.Errorf("%d differ beyond 5ms, %d at all", r.Beyond(5*time.Millisecond), r.Beyond(0))
	}
}

func TestAReplayCanBeNarrowed(t *testing.T) {
	h := history(call{0, platform.OK, "0", 1}, call{1, platform.OK, "0", 1}, call{2, platform.OK, "0", 1}, call{3, platform.OK, "0", 1})
	for what, want := range map[string]string{
		"": "ask [] tell []", "ask": "ask []", "ask/2": "ask [2]", "meters-1": "ask [0 3]", "meters-3": "ask [2]", "meters": "ask [] tell []",
	} {
		s, err := Only(scenario(t), h, what)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range s.Load {
			got = append(got, l.Name, fmt.Sprint(l.Only))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", what, got, want)
		}
		if read, err := scenarios.Parse("test", s.Text, nil); err != nil || !cmp.Equal(read.Load, s.Load) {
			t.Errorf("%q: its text is another scenario: %v\n%s", what, err, s.Text)
		}
	}
	for _, what := range []string{"ask/4", "tell/0", "meters-4", "nothing", "ask/x", "/"} {
		if s, err := Only(scenario(t), h, what); err == nil || !strings.Contains(err.Error(), "ask/0") {
			t.Errorf("%q: %v, %v", what, s, err)
		}
	}
}

func TestACallThatWasNotMadeIsNoPartOfARun(t *testing.T) {
	some := strings.Replace(text, "{name: ask,", "{name: ask, only: [3],", 1)
	s, err := scenarios.Parse("test", []byte(some), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := history(call{3, platform.OK, "0", 1})
	if _, err := Only(s, h, "ask/1"); err == nil || !strings.Contains(err.Error(), `nothing was called "ask/1": write a load, a call such as ask/3`) {
		t.Errorf("got %v", err)
	}
	if _, err := Only(s, h, "ask/3"); err != nil {
		t.Error(err)
	}
}

func TestADeviceIsReadOnceHoweverManyOfItsCommandsDiffer(t *testing.T) {
	const n = 300
	var calls []call
	for i := range uint64(n) {
		calls = append(calls, call{3 * i, platform.OK, "0", time.Second}) // all of meters-1
	}
	then, now := history(calls...), history()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := Compare(scenario(t), then, now)
	runtime.ReadMemStats(&after)
	if len(r.Differences) != n {
		t.Fatalf("%d of %d differ", len(r.Differences), n)
	}
	if got, want := after.TotalAlloc-before.TotalAlloc, uint64(n*40_000); got > want {
		t.Errorf("%d differences took %d bytes, want %d at most", n, got, want)
	}
}
