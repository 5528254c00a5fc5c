package device

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

func constant(d time.Duration) scenarios.Delay { return scenarios.Delay{Law: "constant", A: d} }

// command is the third one of device 5.
var command = platform.Command{Wire: 5*platform.WireStride + 3, Service: "reboot"}

func success(data string) platform.Reply {
	return platform.Reply{Wire: command.Wire, Service: "reboot", OK: true, Data: json.RawMessage(data)}
}

func TestEachBehaviourPlansWhatItsNameSays(t *testing.T) {
	const second = time.Second
	own := success(`{"answer":83886083}`)
	foreign := own
	foreign.Wire = 6*platform.WireStride + 3
	for _, c := range []struct {
		b    scenarios.Behaviour
		want []Step
	}{
		{scenarios.Behaviour{Kind: "respond"}, []Step{{Action: Answer, Reply: own}}},
		{scenarios.Behaviour{Kind: "respond", After: constant(second), Output: json.RawMessage(`{"a":[1,{"b":2}]}`)},
			[]Step{{After: second, Action: Answer, Reply: success(`{"a":[1,{"b":2}],"answer":83886083}`)}}},
		{scenarios.Behaviour{Kind: "delay", After: constant(35 * second)},
			[]Step{{After: 35 * second, Action: Answer, Reply: own}}},
		{scenarios.Behaviour{Kind: "drop"}, nil},
		{scenarios.Behaviour{Kind: "fail", After: constant(second), Code: 2001, Message: "no"},
			[]Step{{After: second, Action: Answer, Reply: platform.Reply{Wire: command.Wire, Service: "reboot", Code: 2001, Message: "no"}}}},
		{scenarios.Behaviour{Kind: "twice", After: constant(second), Gap: constant(2 * second)},
			[]Step{{After: second, Action: Answer, Reply: own}, {After: 3 * second, Action: Answer, Reply: own}}},
		{scenarios.Behaviour{Kind: "garble", After: constant(second)},
			[]Step{{After: second, Action: Garble, Reply: own}}},
		{scenarios.Behaviour{Kind: "foreign", After: constant(second)},
			[]Step{{After: second, Action: Answer, Reply: foreign, Other: true}}},
		{scenarios.Behaviour{Kind: "slow_ack", After: constant(second), Ack: constant(4 * second)},
			[]Step{{After: second, Action: Answer, Reply: own}, {After: 4 * second, Action: Ack}}},
		{scenarios.Behaviour{Kind: "disconnect", After: constant(second), Gap: constant(9 * second)},
			[]Step{{After: second, Action: HangUp, Away: 9 * second}}},
	} {
		c.b.Weight = 100
		m, err := NewMix([]scenarios.Behaviour{c.b})
		if err != nil {
			t.Fatal(err)
		}
		var s chance.Stream
		got := m.Plan(command, s.At(1), nil)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: plan (-want +got):\n%s", c.b.Kind, diff)
		}
	}
}

func TestTheTableOfBehavioursIsCompletelyTested(t *testing.T) {
	want := []string{"respond", "delay", "drop", "fail", "twice", "garble", "foreign", "slow_ack", "disconnect"}
	if len(kinds) != len(want) {
		t.Errorf("kinds: got %d, want the %d of the table test", len(kinds), len(want))
	}
	for _, k := range want {
		if kinds[k] == nil {
			t.Errorf("kind %s: not in the table", k)
		}
	}
}

func TestOutputKeepsItsFormAndGetsTheAnswer(t *testing.T) {
	for in, want := range map[string]string{
		"":                   `{"answer":83886083}`,
		"{}":                 `{"answer":83886083}`,
		" { } ":              `{"answer":83886083}`,
		`{"v":10.0}`:         `{"v":10.0,"answer":83886083}`,
		"{\"v\":{\"w\":1} }": `{"v":{"w":1},"answer":83886083}`,
	} {
		got := string(newOutput(json.RawMessage(in)).success(command).Data)
		if got != want && !(in == " { } " && json.Valid([]byte(got))) {
			t.Errorf("output %q: got %s, want %s", in, got, want)
		}
	}
}

func TestAMixGivesEachBehaviourItsShareOfCommands(t *testing.T) {
	m, err := NewMix([]scenarios.Behaviour{
		{Weight: 90, Kind: "respond"}, {Weight: 7.5, Kind: "drop"}, {Weight: 2.5, Kind: "disconnect"}})
	if err != nil {
		t.Fatal(err)
	}
	const n = 40_000
	var s chance.Stream
	counts := map[string]int{}
	for i := range uint64(n) {
		switch plan := m.Plan(command, s.At(chance.Seed(1).Number(i)), nil); {
		case len(plan) == 0:
			counts["drop"]++
		default:
			counts[plan[0].Action.String()]++
		}
	}
	for what, share := range map[string]float64{"answer": 0.9, "drop": 0.075, "hang up": 0.025} {
		if got := float64(counts[what]) / n; got < share-0.006 || got > share+0.006 {
			t.Errorf("%s: got %.4f of the commands, want %.4f", what, got, share)
		}
	}
}

func TestAMixRefusesWhatItCannotDo(t *testing.T) {
	for _, list := range [][]scenarios.Behaviour{
		{{Weight: 100, Kind: "explode"}},
		{{Weight: 0, Kind: "respond"}},
	} {
		if _, err := NewMix(list); err == nil {
			t.Errorf("NewMix(%+v): got no error", list)
		}
	}
}

func TestOnlyAMixWithASlowAckHoldsAcks(t *testing.T) {
	for kind := range kinds {
		m, err := NewMix([]scenarios.Behaviour{{Weight: 50, Kind: "respond"}, {Weight: 50, Kind: kind}})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.HoldsAcks(), kind == "slow_ack"; got != want {
			t.Errorf("%s: holds acks: got %v, want %v", kind, got, want)
		}
	}
}

func TestAGarbledPayloadIsNeverReadable(t *testing.T) {
	for _, in := range []string{"", "{}", `{"id":"1"}`, `{"id":"1","code":200,"data":{"answer":83886083}}`} {
		if got := garbled([]byte(in)); json.Valid(got) {
			t.Errorf("garbled(%q): got %q, which is valid JSON", in, got)
		}
	}
}

func TestAgendaGivesStepsByTimeAndThenByOrder(t *testing.T) {
	var a agenda
	zero := time.Unix(0, 0)
	for i, after := range []int{3, 1, 2, 1, 3, 1} {
		a.add(entry{at: zero.Add(time.Duration(after)), wire: platform.Wire(i)})
	}
	var got []platform.Wire
	for now := range 3 {
		for e, ok := a.next(zero.Add(time.Duration(now))); ok; e, ok = a.next(zero.Add(time.Duration(now))) {
			got = append(got, e.wire)
		}
	}
	if diff := cmp.Diff([]platform.Wire{1, 3, 5, 2}, got); diff != "" {
		t.Errorf("steps due before 3 (-want +got):\n%s", diff)
	}
	if len(a) != 2 {
		t.Errorf("steps left: got %d, want the 2 that are due at 3", len(a))
	}
}

func TestAnotherDevicesCommandIsTheLastThatTheDeviceDidNotGet(t *testing.T) {
	var r recent
	waits := func(id platform.ID) bool { return id == 299 || id == 49 } // or came long ago
	for _, c := range []struct{ got, want platform.ID }{
		{100, 99}, {101, 99}, {102, 99}, {105, 104}, {104, 103}, {106, 103}, {107, 103}, {108, 103}, {109, 103}, {110, 103}, {111, 1}, {112, 1}, {200, 199},
		{300, 298}, {50, 48},
	} {
		if other := r.note(c.got, waits); other != c.want {
			t.Errorf("after %v: got %d, want %d", r, other, c.want)
		}
	}
}
