package trace

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// waits are where a command was, step by step.
func waits(l *Life) string {
	var list []string
	for _, s := range l.Steps {
		if s.Took >= ms {
			list = append(list, fmt.Sprintf("%v %s (%s)", s.Took.Round(ms), s.Wait, s.Holder))
		}
	}
	return strings.Join(list, "\n")
}

func TestADeviceThatLostItsConnectionHoldsNoAnswerThatNeverComes(t *testing.T) {
	for _, answers := range []bool{false, true} {
		s := newStory()
		s.seen()
		s.link(platform.WentOffline, 15*ms)
		s.link(platform.WentOnline, 209*ms)
		if answers {
			s.device(500*ms, check.DeviceAnswered, 0)
		}
		s.timedOut()
		if answers {
			s.stray(platform.Late, 1500*ms)
		}
		got := waits(lifeOf(t, s))
		want := "10ms at the device (device)\n194ms away, with the command (device)\n794ms no answer comes (nobody)"
		if answers {
			want = "10ms at the device (device)\n194ms away, with the command (device)\n291ms at the device (device)\n503ms on its way back (device)"
		}
		if !strings.Contains(got, want) {
			t.Errorf("an answer later: %v; got\n%s\nwant\n%s", answers, got, want)
		}
	}
}

func TestWhereADeviceIsFollowsItsConnectionAndNotOnlyThePlatformsWord(t *testing.T) {
	for _, c := range []struct {
		name string
		tell func(*story)
		want string // of each step: | where the device is, : where it is away or its connection dead, - it goes, + it comes
	}{
		{"it took its own place before", func(s *story) {
			s.link(platform.WentOffline, -ms)
			s.link(platform.WentOnline, -ms)
		}, "||||||||"},
		{"it takes its own place meanwhile", func(s *story) {
			s.link(platform.WentOffline, 500*ms)
			s.link(platform.WentOnline, 500*ms)
		}, "|||||-+|||"},
		{"it left unnoticed", func(s *story) { s.says(check.DeviceHungUp, -ms) }, "::::::::"},
	} {
		s := newStory()
		c.tell(s)
		s.published()
		s.timedOut()
		l, got := lifeOf(t, s), ""
		for _, step := range l.Steps {
			switch there := step.Online && !step.Cut; {
			case step.Text == "its old connection ends: it has a new one":
				got += "-"
			case step.kind == check.Online:
				got += "+"
			case there:
				got += "|"
			default:
				got += ":"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s of %+v", c.name, got, c.want, l.Steps)
		}
	}
}

func TestAMessageThatNeverArrivesIsNowhere(t *testing.T) {
	s := newStory()
	s.published()
	s.timedOut()
	if got, want := waits(lifeOf(t, s)), "999ms it never reaches the device (nobody)"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s = newStory()
	s.seen()
	s.device(10*ms, check.DeviceAnswered, 0)
	s.timedOut()
	if got, want := waits(lifeOf(t, s)), "993ms the answer never arrives (nobody)"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnAcknowledgementSaysThatTheDeviceHasIt(t *testing.T) {
	s := newStory()
	s.published()
	s.fact(6*ms, platform.Fact{Kind: platform.Acked, Wire: wire})
	s.timedOut()
	s.link(platform.WentOffline, 1010*ms)
	if got, want := waits(lifeOf(t, s)), "997ms waiting for the answer (platform)"; !strings.Contains(got, want) || strings.Contains(got, "never") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNothingComesFromAPlatformThatIsDown(t *testing.T) {
	s := newStory()
	s.strike("faults[11] platform_restart", 0, time.Second, 0)
	s.call(0, check.CallDue, 0, "")
	s.call(0, check.CallSent, 0, "")
	s.call(0, check.CallDone, platform.Broken, "transport")
	l := lifeOf(t, s)
	if got, want := rows(l), []string{"platform: faults[11] platform_restart for 1s", "caller: due", "caller: sent", "caller: caller: cannot reach the platform"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, step := range l.Steps {
		if !slices.Equal(step.Down, []Lane{Platform, Broker}) {
			t.Errorf("%s: down are %v", step.Text, step.Down)
		}
	}
}

func TestACallerThatHangsUpDoesSoOnceAndFromItsOwnSide(t *testing.T) {
	for _, later := range []time.Duration{0, ms} {
		s := newStory()
		s.seen()
		s.call(10*ms, check.CallDone, platform.Broken, "hung_up")
		s.fact(10*ms+later, platform.Fact{Kind: platform.CallerGone})
		var got []string
		for _, step := range lifeOf(t, s).Steps[6:] {
			got = append(got, fmt.Sprintf("%s to %s: %s %s", step.From, step.To, step.Text, step.Mark))
		}
		want := []string{"caller to caller: caller hangs up bad", "platform to platform: platform sees its caller gone "}
		if later == 0 {
			want = want[:1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v later: got %q, want %q", later, got, want)
		}
	}
}

func TestACopiedCommandIsDoubledOnItsWay(t *testing.T) {
	s := newStory()
	s.strike("faults[5] duplicate", 4*ms, time.Second, 1)
	s.published()
	s.Fault(check.FaultFact{Fault: "faults[5]" + check.Copied, At: 4 * ms, Device: 1, Wire: wire})
	for range 2 {
		s.device(4*ms, check.DeviceSeen, 0)
	}
	for range 2 {
		s.device(10*ms, check.DeviceAnswered, 0)
	}
	s.fact(11*ms, platform.Fact{Kind: platform.Matched, Wire: wire})
	s.end(11*ms, platform.Succeeded, nil)
	for range 3 {
		s.fact(11*ms, platform.Fact{Kind: platform.Duplicate, Wire: wire})
	}
	s.call(12*ms, check.CallDone, platform.OK, "0")
	l := lifeOf(t, s)
	want := []string{"broker to device: faults[5] duplicate for 1s", "broker: written", "broker to device: faults[5] doubles it on its way", "broker to device: device has it, twice",
		"device: device answers, twice", "device to platform: answer taken", "platform: succeeded",
		"device to platform: 2nd to 4th answer, ignored: the link makes copies", "platform to caller: caller: ok (0)"}
	if got := rows(l); !slices.Equal(got[4:], want) {
		t.Errorf("got %q, want %q", got[4:], want)
	}
	for _, step := range l.Steps {
		if step.Mark == Bad {
			t.Errorf("%q went wrong, they say", step.Text)
		}
	}
}

func TestAnAnswerThatIsTakenUnreadIsNoFailure(t *testing.T) {
	s := newStory()
	s.seen()
	s.device(9*ms, check.DeviceAnswered, check.AnswerGarbled)
	s.fact(10*ms, platform.Fact{Kind: platform.Matched, Wire: wire})
	s.end(10*ms, platform.Succeeded, nil)
	s.call(11*ms, check.CallDone, platform.OK, "200")
	l := lifeOf(t, s)
	if got := rows(l); !slices.Contains(got, "device to platform: answer taken, whatever it says") {
		t.Errorf("got %q", got)
	}
	if i := slices.IndexFunc(l.Steps, func(s Step) bool { return s.Mark == Bad }); i >= 0 {
		t.Errorf("%q went wrong, they say", l.Steps[i].Text)
	}
}

func TestTheDeadlineSaysFromWhenItCounts(t *testing.T) {
	s := newStory()
	s.seen()
	s.timedOut()
	if got := rows(lifeOf(t, s)); !slices.Contains(got, "platform: deadline: 1s after published") {
		t.Errorf("got %q", got)
	}
	s = newStory()
	s.accepted()
	s.end(1002*ms+1, platform.Failed, platform.ErrNotSent)
	s.call(1004*ms, check.CallDone, platform.Timeout, "11904")
	if got := rows(lifeOf(t, s)); !slices.Contains(got, "platform: deadline: 1s after accepted") {
		t.Errorf("got %q", got)
	}
}

func TestSpansShowWhatThreeDigitsHide(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0", 1: "1ns", 999 * time.Nanosecond: "999ns", 1500 * ms: "1.5s", 59 * time.Second: "59s", 90 * time.Second: "1m 30s",
		258*time.Second + 600*ms: "4m 19s", time.Hour - 600*ms: "59m 59s", time.Hour - 400*ms: "1h", time.Hour: "1h", time.Hour + 30*time.Second: "1h 30s", time.Hour + 59*time.Second + 600*ms: "1h 1m", 90 * time.Minute: "1h 30m", 48*time.Hour + ms: "48h", -2 * time.Minute: "−2m"} {
		if got := Span(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestWhatIsLeftOutOfAConnectionsComingAndGoingIsSaid(t *testing.T) {
	s := newStory()
	s.seen()
	for i := range 20 {
		s.link(platform.WentOffline, time.Duration(10+20*i)*ms)
		s.link(platform.WentOnline, time.Duration(20+20*i)*ms)
	}
	s.timedOut()
	l := lifeOf(t, s)
	left := 0
	for _, step := range l.Steps {
		left += step.Left
	}
	if got := waits(l); left != 32 || len(l.Around) != 33 || !strings.Contains(got, "330ms the device comes and goes (nobody)") {
		t.Errorf("%d left out, %d around; got\n%s", left, len(l.Around), got)
	}
}

func TestADeviceThatHangsUpOnAnotherCommandIsToldOf(t *testing.T) {
	s := newStory()
	s.seen()
	other := &story{Ledger: s.Ledger, zero: s.zero, seq: 1}
	other.call(6*ms, check.CallDue, 0, "")
	other.fact(7*ms, platform.Fact{Kind: platform.Published, Wire: wire + 1})
	s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceHungUp, At: 8 * ms, Wire: wire + 1})
	s.link(platform.WentOffline, 8*ms)
	s.timedOut()
	if got := rows(lifeOf(t, s)); !slices.Contains(got, "device to broker: device hangs up on ask/1") {
		t.Errorf("got %q", got)
	}
}
