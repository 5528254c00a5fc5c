package trace

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// blamed are lives with faults that act on one direction only, or that others cover: what a sentence may blame, and not.
var blamed = []struct {
	name string
	told func(*story)
	want string // in Why
	not  string
}{
	{"a dead connection is struck again", func(s *story) {
		s.halfOpen(-500 * ms)
		s.strike("faults[2] half_open (direction: up)", 500*ms, 100*ms, 1)
		s.published()
		s.timedOut()
	}, "it was sent into a connection that faults[0] half_open had struck", "faults[2]"},
	{"only the way back was dead, and is now the way there", func(s *story) {
		s.strike("faults[2] half_open (direction: up)", -500*ms, 100*ms, 1)
		s.strike("faults[3] half_open (direction: down)", -400*ms, 100*ms, 1)
		s.published()
		s.timedOut()
	}, "it was sent into a connection that faults[3] half_open had struck", "faults[2]"},
	{"only the way there was dead, and is now the way back", func(s *story) {
		s.seen()
		s.strike("faults[3] half_open (direction: down)", 20*ms, 100*ms, 1)
		s.strike("faults[2] half_open (direction: up)", 30*ms, 100*ms, 1)
		s.device(40*ms, check.DeviceAnswered, 0)
		s.timedOut()
	}, "the answer never arrived (faults[2] half_open)", "faults[3]"},
	{"the way there is slow, and a fault on the way back acts", func(s *story) {
		s.strike("faults[4] latency (direction: down, add: 1s)", -500*ms, 10*time.Second, 1)
		s.strike("faults[5] latency (direction: up, add: 1s)", -400*ms, 10*time.Second, 1)
		s.published()
		s.device(1003*ms, check.DeviceSeen, 0)
		s.timedOut()
		s.device(1033*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1033*ms)
	}, "it took 1s to reach the device (faults[4] latency)", "faults[5]"},
	{"a device hangs up on a connection that is half dead, and then dead", func(s *story) {
		s.strike("faults[3] half_open (direction: down)", -500*ms, 100*ms, 1)
		s.published()
		s.strike("faults[1] half_open", 100*ms, 100*ms, 1)
		s.says(check.DeviceHungUp, 243*ms)
		s.timedOut()
	}, "that faults[3] half_open had struck, and that ended 240ms later", "faults[1]"},
	{"an answer on its way was struck", func(s *story) {
		s.seen()
		s.device(30*ms, check.DeviceAnswered, 0)
		s.strike("faults[6] half_open (direction: up)", 100*ms, 100*ms, 1)
		s.timedOut()
	}, "the answer never arrived (faults[6] half_open)", ""},
	{"a fault struck before the device knew that it was connected", func(s *story) {
		s.link(platform.WentOffline, -900*ms)
		s.link(platform.WentOnline, -800*ms)
		s.strike("faults[6] half_open (direction: up)", -500*ms, 100*ms, 1)
		s.says(check.DeviceConnected, -400*ms)
		s.seen()
		s.device(30*ms, check.DeviceAnswered, 0)
		s.timedOut()
	}, "the answer never arrived (faults[6] half_open)", ""},
	{"the platform noticed a dead connection before what was under way in it arrived", func(s *story) {
		s.strike("faults[6] half_open (direction: up)", -500*ms, 100*ms, 1)
		s.published()
		s.link(platform.WentOffline, 105*ms)
		s.device(305*ms, check.DeviceSeen, 0)
		s.says(check.DeviceLost, 400*ms)
		s.timedOut()
	}, "for the platform its device's connection had ended 200ms before the device got the command (faults[6] half_open); it was not back in time", "−"},
	{"an answer vanished, and the connection ended for another reason", func(s *story) {
		s.strike("faults[6] half_open (direction: up)", -88*ms, 100*ms, 1)
		s.seen()
		s.device(30*ms, check.DeviceAnswered, 0)
		s.strike("faults[11] broker_restart (sessions: lost)", 500*ms, 100*ms, 0)
		s.link(platform.WentOffline, 502*ms)
		s.timedOut()
	}, "the answer never arrived (faults[6] half_open)", "faults[11]"},
	{"a caller hung up before the platform went down", func(s *story) {
		s.seen()
		s.fact(50*ms, platform.Fact{Kind: platform.CallerGone})
		s.call(50*ms, check.CallDone, platform.Broken, "hung_up")
		s.end(572*ms, platform.Failed, platform.ErrCrashed)
	}, "; the command failed at 572ms: lost when the platform went down", ""},
	{"a caller hung up on a command that could not be sent", func(s *story) {
		s.accepted()
		s.fact(2*ms, platform.Fact{Kind: platform.Queued})
		s.fact(50*ms, platform.Fact{Kind: platform.CallerGone})
		s.call(50*ms, check.CallDone, platform.Broken, "hung_up")
		s.end(1002*ms, platform.Failed, platform.ErrNotSent)
	}, "; the command was not sent at 1s: its turn never came", ""},
	{"its lifetime passed behind one that was stalled", func(s *story) {
		s.strike("faults[6] stall", -900*ms, 9*time.Second, 1)
		s.before(1, -100*ms, 950*ms)
		s.expires()
	}, "could be sent: it waited behind ask/1 (faults[6] stall)", ""},
	{"its lifetime passed while its device was away", func(s *story) {
		s.strike("faults[0] disconnect (for: exponential(5s))", -17*ms, 5*time.Second, 1)
		s.link(platform.WentOffline, -17*ms)
		s.expires()
	}, "its device was away (faults[0] disconnect)", "behind"},
}

func (s *story) expires() {
	s.mode = platform.Cached
	s.accepted()
	s.fact(2*ms, platform.Fact{Kind: platform.Queued})
	s.call(3*ms, check.CallDone, platform.OK, "0")
	s.end(1002*ms, platform.Expired, platform.ErrExpired)
}

func TestOnlyAFaultThatCouldDoItIsBlamed(t *testing.T) {
	for _, c := range blamed {
		s := newStory()
		c.told(s)
		why := lifeOf(t, s).Ending.Why
		if !strings.Contains(why, c.want) || c.not != "" && strings.Contains(why, c.not) {
			t.Errorf("%s: %q, want %q and not %q", c.name, why, c.want, c.not)
		}
	}
}

func TestAFaultInOneDirectionLeavesTheOtherAlive(t *testing.T) {
	s := newStory()
	s.strike("faults[2] half_open (direction: up)", 4*ms, 100*ms, 1)
	s.seen()
	s.timedOut()
	l := lifeOf(t, s)
	told := false
	for _, step := range l.Steps {
		if step.Cut {
			t.Errorf("the connection is called dead at %q", step.Text)
		}
		told = told || step.Text == "faults[2] half_open: all that the device sends vanishes from here on" && step.From == Broker && step.To == Device
	}
	if !told {
		t.Errorf("the fault is not told on the link: %+v", l.Steps)
	}
}

func TestAReceiverThatIsDownConcernsOnlyCommandsWhoseCallersAreToldLater(t *testing.T) {
	for _, atOnce := range []bool{false, true} {
		s := newStory()
		s.strike("faults[2] receiver_down", -500*ms, time.Second, 0)
		s.strike("faults[3] receiver_down (how: error)", 500*ms, time.Second, 0)
		s.Call(check.CallFact{Kind: check.CallDue, Device: 1, AtOnce: atOnce})
		s.seen()
		s.timedOut()
		l, told := lifeOf(t, s), 0
		for _, step := range l.Steps {
			told += strings.Count(step.Text, "receiver_down")
		}
		for _, e := range l.Around {
			told += strings.Count(e.Text, "receiver_down")
		}
		if told != map[bool]int{true: 2}[atOnce] {
			t.Errorf("its caller is told later: %v; the fault is told %d times", atOnce, told)
		}
	}
}

func TestTheEndOfAConnectionIsToldByWhatEndedItAndNotByAnEarlierFault(t *testing.T) {
	for fault, want := range map[string]string{"faults[11] broker_restart": "platform counts it as offline",
		"faults[12] latency": "platform counts it as offline: nothing came in time"} {
		s := newStory()
		s.strike("faults[6] half_open", -88*ms, 100*ms, 1)
		s.strike(fault, 500*ms, 100*ms, 0)
		s.link(platform.WentOffline, 502*ms)
		s.seen()
		s.timedOut()
		var got string
		for _, step := range lifeOf(t, s).Steps {
			if step.Kind == check.Offline.String() {
				got = step.Text
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", fault, got, want)
		}
	}
}

func TestWhatNobodyCanReadIsToldOfTheCommandWhoseAnswerItIs(t *testing.T) {
	for _, mine := range []bool{false, true} {
		s := newStory()
		s.seen()
		if mine {
			s.device(9*ms, check.DeviceAnswered, check.AnswerGarbled)
		}
		s.Platform(&platform.Fact{Kind: platform.Garbled, At: s.at(9 * ms), Device: 1})
		s.timedOut()
		if told := strings.Contains(strings.Join(rows(lifeOf(t, s)), "\n"), "cannot be read"); told != mine {
			t.Errorf("its own: %v, told: %v", mine, told)
		}
	}
}

func TestWhereNothingStruckTheListOfFaultsIsEmptyInJSON(t *testing.T) {
	s := newStory()
	s.succeeded()
	if text, err := json.Marshal(New(s.Finish()).Faults()); err != nil || string(text) != "[]" {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestEveryFaultThatStruckIsListedWithWhatAndWhen(t *testing.T) {
	s := newStory()
	s.strike("faults[10] caller_gone of ask (after: 1ms)", 5*ms, time.Second, 0)
	s.strike("faults[2] half_open (direction: up)", 4*ms, 100*ms, 1)
	s.strike("faults[2] half_open (direction: up)", 904*ms, 100*ms, 1)
	s.strike("faults[3] lose_ack", 5*ms, endless, 1)
	s.succeeded()
	var got [][]string
	for _, f := range New(s.Finish()).Faults() {
		got = append(got, append([]string{f.Name}, f.What()...))
	}
	want := [][]string{
		{"faults[2] half_open", "direction: up", "1 device", "2 hits from 4ms to 904ms, each for 100ms"},
		{"faults[3] lose_ack", "1 device", "at 5ms"},
		{"faults[10] caller_gone", "callers of ask", "after: 1ms", "at 5ms for 1s"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want and got: %s", d)
	}
}
