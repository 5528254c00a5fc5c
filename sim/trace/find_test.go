package trace

import (
	"strings"
	"testing"

	"fleetdrill/platform"
)

func TestAWrongNameSaysWhatThereIs(t *testing.T) {
	s := newStory()
	for s.seq = range 3 {
		s.failed(platform.ErrOffline, platform.Offline)
	}
	tr := New(s.Finish())
	for name, want := range map[string]string{
		"aks/1":       `did you mean "ask"`,
		"ask/7":       "the load's 3 calls are ask/0 to ask/2. Did you mean ask/2?",
		"ask/x":       "the commands are ask/0 to ask/2",
		"1":           `"1" is no command, device, group, cause, fault or load: write ask/1`,
		"m_1":         `did you mean "m-1"?`,
		"late_anwser": `did you mean "late_answer"?`,
		"7":           "the commands are ask/0 to ask/2",
		"":            "the commands are ask/0 to ask/2",
		"keep/0":      "load keep had no calls",
		"ask/-1":      "is no command",
	} {
		if _, _, err := tr.Find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want … %s", name, err, want)
		}
	}
	if load, seq, err := tr.Find("ask/2"); load != "ask" || seq != 2 || err != nil {
		t.Errorf("ask/2 is %s %d %v", load, seq, err)
	}
}

// A scenario with only: makes some calls, and they keep the numbers that they have in the whole.
func TestNumbersThatNoCallHasAreNoCommands(t *testing.T) {
	s := newStory()
	for _, s.seq = range []uint64{3, 4, 60} {
		s.failed(platform.ErrOffline, platform.Offline)
	}
	s.droppedIn(1, 4800)
	tr := New(s.Finish())
	if n := tr.Calls(); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
	for name, want := range map[string]string{
		"ask/59": "there is no ask/59: the load's 3 calls are some from ask/3 to ask/60. Did you mean ask/60?",
		"ask/0":  "Did you mean ask/3?",
		"ask/99": "Did you mean ask/60?",
		"keep/0": "there is no keep/0: the load's only call is keep/4800",
		"4799":   "the commands are some from ask/3 to ask/60, keep/4800",
		"60":     "load: write ask/60",
		"4800":   "load: write keep/4800",
	} {
		if _, _, err := tr.Find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want … %s", name, err, want)
		}
	}
	if load, seq, err := tr.Find("ask/60"); load != "ask" || seq != 60 || err != nil {
		t.Errorf("ask/60 is %s %d %v", load, seq, err)
	}
}

func TestTheCommandsOfADeviceACauseAFaultAndALoadAreListed(t *testing.T) {
	s := newStory()
	s.strike("faults[0] disconnect", -ms, 0, 1)
	s.strike("faults[1] latency (add: 1s)", -ms, ms, 1)
	s.link(platform.WentOffline, -ms)
	s.failed(platform.ErrOffline, platform.Offline)
	s.seq = 1
	s.succeeded()
	tr := New(s.Finish())
	names := func(calls []Call) (list []string) {
		for _, c := range calls {
			list = append(list, c.Name()+" "+c.Device+" "+string(c.Ending.Cause))
		}
		return list
	}
	if calls, ok := tr.OfDevice("m-1"); !ok || strings.Join(names(calls), ", ") != "ask/0 m-1 offline, ask/1 m-1 " {
		t.Errorf("of m-1: %q, %v", names(calls), ok)
	}
	if calls, ok := tr.OfDevice("m-9"); ok {
		t.Errorf("of m-9: %q", names(calls))
	}
	if calls, ok := tr.OfLoad("ask"); !ok || strings.Join(names(calls), ", ") != "ask/0 m-1 offline, ask/1 m-1 " {
		t.Errorf("of ask: %q, %v", names(calls), ok)
	}
	if calls, ok := tr.OfLoad("m-1"); ok {
		t.Errorf("of a load m-1: %q", names(calls))
	}
	if calls := tr.OfCause(Offline); strings.Join(names(calls), ", ") != "ask/0 m-1 offline" {
		t.Errorf("of offline: %q", names(calls))
	}
	if calls, ok := tr.OfGroup("m"); !ok || len(calls) != 2 {
		t.Errorf("of the group: %v", names(calls))
	}
	if calls, ok := tr.OfGroup("m-1"); ok {
		t.Errorf("a group m-1: %v", calls)
	}
	for _, name := range []string{"faults[0]", "faults[0] disconnect", "disconnect"} {
		if calls, ok := tr.OfFault(name); !ok || strings.Join(names(calls), ", ") != "ask/0 m-1 offline" {
			t.Errorf("of the fault %s: %v", name, names(calls))
		}
	}
	if calls, ok := tr.OfFault("faults[1]"); !ok || len(calls) != 0 {
		t.Errorf("of a fault that is to blame for nothing: %v %v", ok, calls)
	}
	for _, name := range []string{"faults[2]", "stall", "0", ""} {
		if calls, ok := tr.OfFault(name); ok {
			t.Errorf("a fault %q: %v", name, calls)
		}
	}
	if calls := tr.OfCause(Expired); len(calls) != 0 {
		t.Errorf("of expired: %q", names(calls))
	}
}
