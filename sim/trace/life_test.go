package trace

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// addsUp checks that the hops of a life are in order and add up to the whole, and to what its caller waited.
func addsUp(t rapid.TB, l *Life) {
	t.Helper()
	var sum time.Duration
	for i, s := range l.Steps {
		if sum += s.Took; s.Took < 0 || s.At != sum {
			t.Errorf("%s: step %d, %s, is at %v and the hops up to it make %v", l.Name(), i, s.Kind, s.At, sum)
		}
		if s.Kind == "done" && s.At != l.Done {
			t.Errorf("%s: done at %v, and said to be at %v", l.Name(), s.At, l.Done)
		}
	}
	if sum != l.Total {
		t.Errorf("%s: hops of %v, %v in all", l.Name(), sum, l.Total)
	}
}

func TestHopsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory()
		at := time.Duration(0)
		later := func(what string) time.Duration {
			at += time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, what))
			return at
		}
		maybe := func(what string, tell func()) {
			if rapid.Bool().Draw(t, what) {
				tell()
			}
		}
		s.call(at, check.CallDue, 0, "")
		s.call(later("sent"), check.CallSent, 0, "")
		s.fact(later("accepted"), platform.Fact{Kind: platform.Accepted, Limit: s.at(at + ms)})
		maybe("queued", func() { s.fact(later("queue"), platform.Fact{Kind: platform.Queued}) })
		maybe("gone", func() { s.link(platform.WentOffline, later("go")); s.link(platform.WentOnline, later("come")) })
		limit := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "limit"))
		maybe("published", func() {
			s.fact(later("publish"), platform.Fact{Kind: platform.Published, Wire: wire, Limit: s.at(at + limit)})
			maybe("seen", func() { s.device(later("see"), check.DeviceSeen, 0) })
			maybe("answered", func() { s.device(later("answer"), check.DeviceAnswered, 0) })
		})
		maybe("ended", func() { s.end(later("end"), platform.TimedOut, platform.ErrUnanswered) })
		maybe("done", func() { s.call(later("done"), check.CallDone, platform.Timeout, "11915") })
		maybe("late", func() { s.stray(platform.Late, later("come late")) })
		h := s.Finish()
		l, err := New(h).Life("ask", 0)
		if err != nil {
			t.Fatal(err)
		}
		addsUp(t, l)
		if facts := h.Facts(0, 0, nil); l.Total < facts[len(facts)-1].At {
			t.Errorf("the last fact is at %v, and the life ends at %v", facts[len(facts)-1].At, l.Total)
		}
	})
}

func TestALifeTellsWhoHadTheCommandMeanwhile(t *testing.T) {
	s := newStory()
	s.seen()
	s.timedOut()
	s.device(1500*ms, check.DeviceAnswered, 0)
	s.stray(platform.Late, 1503*ms)
	l, err := New(s.Finish()).Life("ask", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, step := range l.Steps {
		if step.Took > 0 {
			got.WriteString(step.Kind + " after " + step.Took.String() + " " + step.Wait + " (" + step.Holder.String() + ")\n")
		}
	}
	want := `sent after 1ms before it was sent (caller)
accepted after 1ms to the platform (caller)
published after 1ms in the platform (platform)
written after 1ms in the broker (broker)
seen after 1ms to the device (broker)
deadline after 998ms at the device (device)
ended after 1ns at the device (device)
done after 999.999µs to the caller (platform)
answered after 496ms at the device (device)
late after 3ms on its way back (device)
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestWhatElseHappenedToTheDeviceIsTold(t *testing.T) {
	s := newStory()
	front := &story{Ledger: s.Ledger, zero: s.zero, seq: 1}
	front.call(-9*ms, check.CallDue, 0, "")
	front.fact(-8*ms, platform.Fact{Kind: platform.Accepted})
	front.end(30*ms, platform.Succeeded, nil)
	after := &story{Ledger: s.Ledger, zero: s.zero, seq: 2}
	after.call(7*ms, check.CallDue, 0, "")
	after.fact(8*ms, platform.Fact{Kind: platform.Accepted})
	after.end(900*ms, platform.Failed, platform.ErrNotSent)
	elsewhere := &story{Ledger: s.Ledger, zero: s.zero, seq: 3}
	elsewhere.fact(2000*ms, platform.Fact{Kind: platform.Accepted})
	s.accepted()
	s.fact(2*ms, platform.Fact{Kind: platform.Queued})
	s.Fault(check.FaultFact{Fault: "faults[0] disconnect", At: 500 * ms, For: time.Second, Device: 1})
	s.link(platform.WentOffline, 501*ms)
	s.end(502*ms, platform.Failed, platform.ErrOffline)
	s.call(503*ms, check.CallDone, platform.Offline, "11900")
	l, err := New(s.Finish()).Life("ask", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range l.Around {
		got = append(got, Offset(e.At)+" "+e.Text)
	}
	want := []string{"−1s device is online", "−8ms ask/1 was in front of it in the queue, succeeded at +30ms",
		"+8ms ask/2 came after it, not sent at +900ms: its turn never came"} // the steps tell the rest
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAFaultThatLeftTheConnectionDeadIsTold(t *testing.T) {
	for _, back := range []bool{false, true} {
		s := newStory()
		s.halfOpen(-500 * ms)
		s.Fault(check.FaultFact{Fault: "faults[1] edge", At: -300 * ms, For: 10 * ms, Device: 1})
		if back {
			s.link(platform.WentOnline, -200*ms)
		}
		s.published()
		s.timedOut()
		l, err := New(s.Finish()).Life("ask", 0)
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(l.Around, func(e Event) bool {
			return e.Text == "faults[0] half_open: the device's connection is dead from here on"
		})
		if told == back {
			t.Errorf("a new session since: %v; got %+v", back, l.Around)
		}
	}
}

func TestAFaultOfAnotherLoadsCallersIsNotTold(t *testing.T) {
	s := newStory()
	s.Fault(check.FaultFact{Fault: "faults[0] caller_gone of tell", At: 5 * ms, For: time.Second})
	s.Fault(check.FaultFact{Fault: "faults[1] caller_gone of ask", At: 6 * ms, For: time.Second})
	s.seen()
	s.timedOut()
	l, err := New(s.Finish()).Life("ask", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, step := range l.Steps {
		if step.Kind == check.Fault.String() {
			got = append(got, step.Text+" at the "+step.To.String())
		}
	}
	if want := "faults[1] caller_gone of ask for 1s at the caller"; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestACallIsNamedByWhoWaitsForWhat(t *testing.T) {
	for _, c := range []struct {
		mode           platform.Mode
		atOnce, oneWay bool
		want           string
	}{
		{platform.Instant, false, false, "instant command"},
		{platform.Cached, false, false, "cached command"},
		{platform.Instant, true, false, "instant command, the caller does not wait for its answer"},
		{platform.Cached, true, true, "cached message"},
	} {
		s := newStory()
		s.mode, s.oneWay = c.mode, c.oneWay
		s.Call(check.CallFact{Kind: check.CallDue, Device: 1, Mode: c.mode, AtOnce: c.atOnce})
		s.fact(ms, platform.Fact{Kind: platform.Accepted})
		s.Call(check.CallFact{Kind: check.CallDone, At: 2 * ms, Device: 1, Mode: c.mode, AtOnce: c.atOnce, Outcome: platform.OK})
		l, err := New(s.Finish()).Life("ask", 0)
		if err != nil || l.Call != c.want {
			t.Errorf("%v at once %v one way %v: got %q, want %q", c.mode, c.atOnce, c.oneWay, l.Call, c.want)
		}
	}
}
