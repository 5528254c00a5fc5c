package trace

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

func lifeOf(t *testing.T, s *story) *Life {
	t.Helper()
	l, err := New(s.Finish()).Life("ask", 0)
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, l)
	return l
}

// aroundIn is what a life tells beside its steps.
func aroundIn(l *Life) string {
	var list []string
	for _, e := range l.Around {
		list = append(list, Offset(e.At)+" "+e.Text)
	}
	return strings.Join(list, "\n")
}

// rows are the steps of a life from one lane to the other.
func rows(l *Life) (list []string) {
	for _, s := range l.Steps {
		row := s.From.String() + ": " + s.Text
		if s.From != s.To {
			row = s.From.String() + " to " + s.To.String() + ": " + s.Text
		}
		list = append(list, row)
	}
	return list
}

func TestAnAbsentDeviceIsToldWithWhatTookItAwayEvenIfThatIsOver(t *testing.T) {
	for name, c := range map[string]struct {
		tell func(*story)
		want string
	}{
		"all of one instant": {func(s *story) {
			s.strike("faults[0] disconnect", -20*ms, 0, 1)
			s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceLost, At: -20 * ms})
			s.link(platform.WentOffline, -20*ms)
		}, "−20ms faults[0] disconnect\n−20ms connection lost\n−20ms device is offline"},
		"all of its end on a real clock": {func(s *story) {
			s.strike("faults[0] disconnect", -20*ms, 0, 1)
			s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceLost, At: -19 * ms})
			s.link(platform.WentOffline, -17*ms)
		}, "−20ms faults[0] disconnect\n−19ms connection lost\n−17ms device is offline"},
		"a broker that is back": {func(s *story) {
			s.strike("faults[10] broker_restart", -940*ms, 900*ms, 0)
			s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceLost, At: -940 * ms})
			s.link(platform.WentOffline, -940*ms)
			for _, at := range []time.Duration{-900, -524} {
				s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceRefused, At: at * ms})
			}
		}, "−940ms faults[10] broker_restart for 900ms (over at −40ms)\n−940ms connection lost\n−940ms device is offline\n−524ms connection refused"},
		"a fault between that did nothing": {func(s *story) {
			s.strike("faults[1] half_open", -900*ms, 100*ms, 1)
			s.link(platform.WentOffline, -600*ms)
			s.strike("faults[7] edge", -500*ms, 100*ms, 1)
		}, "−900ms faults[1] half_open: the device's connection is dead from here on\n−600ms platform counts it as offline: nothing came in time"},
	} {
		s := newStory()
		c.tell(s)
		s.failed(platform.ErrOffline, platform.Offline)
		if got := aroundIn(lifeOf(t, s)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestAFaultThatIsOverDoesNotHideHowTheConnectionStands(t *testing.T) {
	s := newStory()
	s.strike("faults[3] bandwidth", -900*ms, 100*ms, 1)
	s.strike("faults[4] latency", -700*ms, 5*time.Second, 1)
	s.succeeded()
	s.strike("faults[5] stall", 20*ms, time.Second, 1)
	if got, want := aroundIn(lifeOf(t, s)), "−1s device is online\n−700ms faults[4] latency for 5s"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhoNoticedALossIsSaid(t *testing.T) {
	s := newStory()
	s.halfOpen(-500 * ms)
	s.published()
	s.link(platform.WentOffline, 400*ms)
	s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceLost, At: 900 * ms})
	s.timedOut()
	got := rows(lifeOf(t, s))
	for _, want := range []string{"platform: platform counts it as offline: nothing came in time", "device: device notices: connection is dead"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
}

func TestADeadConnectionIsToldUntilItsDeviceIsBackHoweverLate(t *testing.T) {
	s := newStory()
	s.halfOpen(-500 * ms)
	s.published()
	s.timedOut()
	s.link(platform.WentOffline, 2000*ms)
	for _, at := range []time.Duration{2500, 3500, 8500} {
		s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceRefused, At: at * ms})
	}
	s.link(platform.WentOnline, 9000*ms)
	s.link(platform.WentOffline, 9001*ms)
	l := lifeOf(t, s)
	if !l.Steps[0].Cut || !l.Steps[len(l.Steps)-1].Cut {
		t.Error("its steps do not know it")
	}
	if got, want := aroundIn(l), "−1s device is online\n−500ms faults[0] half_open: the device's connection is dead until it is online again (+9s)\n"+
		"+2s platform counts it as offline: nothing came in time\n+2.5s connection refused, 3 times from here on\n+9s device is online"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAFaultThatEndsWhileACommandLivesSaysWhen(t *testing.T) {
	s := newStory()
	s.strike("faults[4] latency", -700*ms, 1000*ms, 1)
	s.published()
	s.timedOut()
	if got, want := aroundIn(lifeOf(t, s)), "−1s device is online\n−700ms faults[4] latency for 1s (over at +300ms)"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhatWasRefusedIsNotCalledNeverSent(t *testing.T) {
	s := newStory()
	s.accepted()
	other := &story{Ledger: s.Ledger, zero: s.zero, seq: 1}
	other.failed(platform.ErrOffline, platform.Offline)
	s.published()
	s.timedOut()
	if got, want := aroundIn(lifeOf(t, s)), "ask/1 came with it, not sent at +3ms: "+platform.ErrOffline.Error(); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestACallThatIsToldOKOfACommandThatFailedSaysWhatThatMeans(t *testing.T) {
	s := newStory()
	s.failed(platform.ErrOffline, platform.OK)
	if got := rows(lifeOf(t, s)); !slices.Contains(got, "platform to caller: caller: ok (1): it confirms only that the call was taken") {
		t.Errorf("got %q", got)
	}
}

func TestWhatHeldACommandInItsConnectionIsToldWithTheFaultThatDelayedThat(t *testing.T) {
	s := newStory()
	s.strike("faults[1] latency", -1900*ms, 100*ms, 1)
	s.strike("faults[2] latency", -1700*ms, 200*ms, 1)
	s.before(1, -1600*ms, 1003*ms)
	s.published()
	s.device(1003*ms, check.DeviceSeen, 0)
	s.timedOut()
	if got, want := aroundIn(lifeOf(t, s)), "−1.7s faults[2] latency for 200ms (over at −1.5s)\n"+
		"−1.6s ask/1 was in front of it in the connection, timed out at −600ms\n−1s device is online"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestADeviceThatHangsUpSoonAfterwardsIsTold(t *testing.T) {
	s := newStory()
	s.succeeded()
	s.before(1, 13*ms, 14*ms)
	s.Device(check.DeviceFact{Device: 1, Kind: check.DeviceHungUp, At: 15 * ms, Wire: wire + 1})
	if got, want := aroundIn(lifeOf(t, s)), "−1s device is online\n+15ms device hangs up on ask/1"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
