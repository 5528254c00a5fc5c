package check

import (
	"slices"
	"testing"
	"time"

	"fleetdrill/platform"
)

func TestTimeoutsAndStrayRepliesAreCounted(t *testing.T) {
	s := newStory()
	everything(s)
	st := s.Finish().Stats(Limits{})
	if st.Fired != 1 || !slices.Equal(st.Overshoot, []time.Duration{1}) {
		t.Errorf("fired %d with overshoot %v, want one of 1ns", st.Fired, st.Overshoot)
	}
	if st.Late != 1 || st.Duplicate != 1 || st.Unknown != 1 || st.Foreign != 1 || st.Garbled != 1 {
		t.Errorf("replies %+v, want one of each kind", st)
	}
	if st.Pending != 0 {
		t.Errorf("%d pending", st.Pending)
	}
}

func TestACommandWithoutEndingIsPending(t *testing.T) {
	s := newStory()
	s.sent(0, 0)
	s.answered(0, 1)
	if st := s.Finish().Stats(Limits{}); st.Pending != 1 {
		t.Errorf("%d pending, want 1", st.Pending)
	}
}

func TestWhatThePlatformsCloseEndsIsPendingTakenBackOrCutShortByItsLimit(t *testing.T) {
	s := peopled()
	for seq, at := range []time.Duration{1001*ms + 2, 1001 * ms} { // overdue, in time
		s.mode = platform.Instant
		s.sent(0, uint64(seq))
		s.end(at, uint64(seq), platform.Failed, platform.ErrClosed, 0)
		s.rest(0, uint64(seq)+2, time.Second)
		s.end(at-ms, uint64(seq)+2, platform.Canceled, platform.ErrClosed, 0)
	}
	st := s.Finish().Stats(Limits{})
	if st.Pending != 2 || st.Cut != 1 || st.Waiting != 1 || st.TakenBack != 1 || st.Filled != 2 {
		t.Errorf("%+v; want 2 pending, one of them in the cache, 1 cut short, 1 taken back", st)
	}
}

func TestEveryFilledCachedCommandIsAccountedFor(t *testing.T) {
	s := peopled()
	for seq := range uint64(5) {
		s.rest(0, seq, time.Second)
	}
	s.deliver(ms, 0)
	s.end(time.Second, 1, platform.Expired, platform.ErrExpired, 0)
	s.end(time.Second, 2, platform.Canceled, platform.ErrCanceled, 0)
	s.end(ms, 3, platform.Failed, platform.ErrEncoding, 0)
	s.end(ms, 4, platform.Canceled, platform.ErrClosed, 0)
	s.sent(2*time.Second, 5)
	s.rest(2*time.Second, 6, time.Second)
	st := s.Finish().Stats(Limits{})
	got := [...]int{st.Filled, st.Drained, st.Expired, st.Withdrawn, st.TakenBack, st.Direct, st.Waiting}
	if want := [...]int{7, 1, 1, 2, 1, 1, 1}; got != want {
		t.Errorf("filled, drained, expired, withdrawn, taken back, direct, waiting: %v, want %v", got, want)
	}
}

func TestTheCacheIsMeasuredFromAcceptanceToDelivery(t *testing.T) {
	s := newStory()
	s.presence(platform.WentOnline, -time.Second)
	s.presence(platform.WentOffline, 0)
	for i := range uint64(5) { // filled at two a second
		s.rest(time.Duration(i)*500*ms, i, time.Hour)
	}
	s.refused(2*time.Second, 5)
	s.presence(platform.WentOnline, 10*time.Second)
	s.deliver(10*time.Second, 0)
	s.deliver(11*time.Second, 1)
	s.deliver(12*time.Second, 2) // drained: three in two seconds
	s.mode = platform.Cached
	s.end(12*time.Second, 3, platform.Expired, platform.ErrExpired, 0)
	s.presence(platform.WentOffline, 13*time.Second)
	s.mode = platform.Cached
	s.end(14*time.Second, 4, platform.Canceled, platform.ErrClosed, 0)
	st := s.Finish().Stats(Limits{})
	if st.Filled != 5 || st.FillRate != 2 || st.Rejected != 1 {
		t.Errorf("filled %d at %v, rejected %d; want 5 at 2, 1", st.Filled, st.FillRate, st.Rejected)
	}
	if st.Drained != 3 || st.DrainRate != 1.5 || st.Expired != 1 || st.TakenBack != 1 {
		t.Errorf("drained %d at %v, expired %d, taken back %d; want 3 at 1.5, 1, 1", st.Drained, st.DrainRate, st.Expired, st.TakenBack)
	}
	slices.Sort(st.Waits)
	if want := []time.Duration{10 * time.Second, 10500 * ms, 11 * time.Second}; !slices.Equal(st.Waits, want) {
		t.Errorf("waits %v, want %v", st.Waits, want)
	}
}

func TestWhatIsDeliveredAtOnceIsNoDrain(t *testing.T) {
	s := newStory()
	s.presence(platform.WentOnline, 0)
	s.mode = platform.Cached
	s.sent(time.Second, 0)
	s.match(2*time.Second, 0)
	s.done(3*time.Second, 0, platform.OK, "0")
	if st := s.Finish().Stats(Limits{}); st.Filled != 1 || st.Drained != 0 || st.DrainRate != 0 || len(st.Waits) != 0 {
		t.Errorf("%+v", st)
	}
}

func TestNoRateIsMadeOfLessThanAMillisecond(t *testing.T) {
	for span, want := range map[time.Duration]float64{0: 0, ms - 1: 0, ms: 1000} {
		s := newStory()
		s.rest(0, 0, time.Hour)
		s.rest(span, 1, time.Hour)
		if st := s.Finish().Stats(Limits{}); st.FillRate != want {
			t.Errorf("two in %v: %v a second, want %v", span, st.FillRate, want)
		}
	}
}
