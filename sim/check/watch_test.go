package check

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fleetdrill/platform"
)

// judged is what a watch says of a story that keeps that many settled commands whole, and what is left in memory.
func judged(s *story, limits Limits, keep int, tell func()) ([]Result, Stats, *stream) {
	w := s.Watch(limits)
	w.stream.keep = keep
	tell()
	results, stats := w.Close()
	return results, stats, w.stream
}

func TestWhatIsJudgedDuringTheRunIsWhatIsJudgedAfterIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		limits := Limits{CachedPerDevice: m.limit}
		m.play()
		if rapid.Bool().Draw(t, "lose") {
			loseOne(t, m.Ledger)
		}
		during, counted := m.Watch(limits).Close()
		h := m.Finish()
		if diff := cmp.Diff(Check(h, limits), during, cmpopts.IgnoreUnexported(Result{})); diff != "" {
			t.Fatalf("after the run and during it:\n%s", diff)
		}
		sorted := cmpopts.SortSlices(func(a, b time.Duration) bool { return a < b })
		if diff := cmp.Diff(h.Stats(limits), counted, sorted); diff != "" {
			t.Fatalf("after the run and during it:\n%s", diff)
		}
	})
}

func TestCleanHistoriesRaiseNoAlarmWhenNothingIsKept(t *testing.T) {
	for name, tell := range clean {
		s := peopled()
		results, _, _ := judged(s, twoCached, 0, func() { tell(s) })
		for _, r := range results {
			if r.Breaches > 0 {
				t.Errorf("%s: %s: %v", name, r.Rule, r.Examples)
			}
		}
	}
}

func TestAWatchForgetsWhatHasSettled(t *testing.T) {
	const n, keep = 40_000, 100
	most := 0
	l := big(n)
	w := l.Watch(Limits{})
	w.stream.keep = keep
	for range 3 { // it may look whenever it likes
		w.look(false)
		most = max(most, len(w.stream.lives.all))
	}
	results, _ := w.Close()
	if len(w.stream.free) > 2*keep || most > 2*keep {
		t.Errorf("of %d commands %d were kept at once, %d at the end; want about %d", n, most, len(w.stream.free), keep)
	}
	for _, r := range results {
		if r.Breaches > 0 || r.Rule == "one-ending" && r.Commands != n {
			t.Errorf("%s: %d commands, %d breaches: %v", r.Rule, r.Commands, r.Breaches, r.Examples)
		}
	}
}

func TestAWatchKeepsNotAllThatDevicesTellOfAPlatformInAnotherProcess(t *testing.T) {
	const n, keep = 3 * maxEarly, 100
	s := peopled()
	results, _, left := judged(s, Limits{}, keep, func() {
		for seq := range uint64(n) {
			at := time.Duration(seq) * ms
			s.call(CallDue, at, seq)
			s.call(CallSent, at, seq)
			s.seen(at, seq)
			s.Device(DeviceFact{Device: s.dev, Kind: DeviceAnswered, At: at, Wire: s.wire(seq)})
			s.done(at, seq, platform.OK, "0")
		}
	})
	if len(left.early) > maxEarly {
		t.Errorf("of %d commands %d numbers on the wire are kept, that nobody will say anything about; want %d at the most", n, len(left.early), maxEarly)
	}
	for _, r := range results {
		if r.Breaches > 0 || r.Rule == "conservation" && r.Commands != n {
			t.Errorf("%s: %d commands, %d breaches: %v", r.Rule, r.Commands, r.Breaches, r.Examples)
		}
	}
}

func TestWhatHappensToASettledCommandIsStillJudged(t *testing.T) {
	for _, c := range []struct {
		rule string // empty: nothing is wrong
		tell func(s *story)
	}{
		{"one-ending", func(s *story) { s.end(time.Hour, 0, platform.TimedOut, platform.ErrUnanswered, 0) }},
		{"one-ending", func(s *story) { s.done(time.Hour, 0, platform.OK, "0") }},
		{"conservation", func(s *story) { s.call(CallSent, time.Hour, 0) }},
		{"known-ending", func(s *story) { s.publish(time.Hour, 0, time.Second) }},
		{"late-is-late", func(s *story) { s.fact(platform.Matched, time.Hour, 0, platform.Fact{Wire: s.wire(0)}) }},
		{"one-copy", func(s *story) { s.seen(time.Hour, 0); s.seen(time.Hour, 0) }},
		{"", func(s *story) { s.seen(time.Hour, 0) }},
		{"", func(s *story) { s.stray(platform.Duplicate, time.Hour, s.wire(0)) }},
		{"", func(s *story) { s.Device(DeviceFact{Device: 1, Kind: DeviceAnswered, At: time.Hour, Wire: s.wire(0)}) }},
		{"one-copy", func(s *story) { s.Device(DeviceFact{Device: 2, Kind: DeviceSeen, At: time.Hour, Wire: s.wire(0)}) }},
		{"one-copy", func(s *story) { s.copied(0); s.seen(time.Hour, 0); s.seen(time.Hour, 0); s.seen(time.Hour, 0) }},
		{"", func(s *story) { s.copied(0); s.seen(time.Hour, 0); s.seen(time.Hour, 0) }},
	} {
		wantBreach(t, c.rule, func(s *story) {
			s.answered(0, 0)
			c.tell(s)
		})
	}
}

// Some vendors' devices know a command by its ID alone.
func TestWhatADeviceThatKnowsIDsDoesWithASettledCommandIsStillJudged(t *testing.T) {
	const id, other = 77, 78
	for _, c := range []struct {
		rule string // empty: nothing is wrong
		tell func(s *story)
	}{
		{"", func(s *story) { s.sawID(time.Hour, id) }},
		{"", func(s *story) { s.Device(DeviceFact{Device: 1, Kind: DeviceAnswered, At: time.Hour, ID: id}) }},
		{"one-copy", func(s *story) { s.sawID(time.Hour, id); s.sawID(time.Hour, id) }},
	} {
		wantBreach(t, c.rule, func(s *story) {
			s.unanswered(0, 0, other, func() { s.sawID(0, other) })
			s.unanswered(2*ms, 1, id, func() {})
			c.tell(s)
		})
	}
}

func (s *story) sawID(at time.Duration, id platform.ID) {
	s.Device(DeviceFact{Device: 1, Kind: DeviceSeen, At: at, ID: id})
}

// unanswered is a call that times out, and what happens meanwhile.
func (s *story) unanswered(at time.Duration, seq uint64, id platform.ID, meanwhile func()) {
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	s.fact(platform.Accepted, at, seq, platform.Fact{ID: id, Limit: s.zero.Add(at + time.Second)})
	s.publish(at, seq, time.Second)
	meanwhile()
	s.end(at+time.Second, seq, platform.TimedOut, platform.ErrUnanswered, 0)
	s.done(at+time.Second, seq, platform.Timeout, "")
}

// copied is a fault that makes a second copy of a command.
func (s *story) copied(seq uint64) {
	s.Fault(FaultFact{Fault: "faults[0]" + Copied, At: time.Hour, Device: 1, Wire: s.wire(seq)})
}

// wantBreach judges a story of which nothing that has settled is kept.
func wantBreach(t *testing.T, rule string, tell func(*story)) {
	t.Helper()
	s := peopled()
	results, _, _ := judged(s, Limits{}, 0, func() { tell(s) })
	var broken []string
	for _, r := range results {
		if r.Breaches > 0 {
			broken = append(broken, fmt.Sprintf("%s: %s", r.Rule, r.Examples))
		}
	}
	if got := strings.Join(broken, "; "); rule == "" && got != "" || !strings.HasPrefix(got, rule) {
		t.Errorf("want a breach of %q, got %q", rule, got)
	}
}

// A device may tell of a command before the platform has: while its number was another's, this is that one's no longer.
func TestWhatADeviceSawOfANumberIsOfTheCommandThatHasItThen(t *testing.T) {
	s := peopled()
	results, _, _ := judged(s, Limits{}, 0, func() {
		s.sent(0, 0)
		s.seen(ms, 0)
		s.called(5*ms, 1)
		s.seen(5*ms, 0)
		s.fact(platform.Published, 5*ms, 1, platform.Fact{Wire: s.wire(0), Limit: s.zero.Add(1005 * ms)})
		for seq := range uint64(2) {
			s.end(1001*ms+time.Duration(seq)*4*ms, seq, platform.TimedOut, platform.ErrUnanswered, 0)
			s.done(1001*ms+time.Duration(seq)*4*ms, seq, platform.Timeout, "")
		}
	})
	for _, r := range results {
		if found, want := r.Breaches > 0, r.Rule == "published-once"; found != want {
			t.Errorf("%s: %d breaches: %s", r.Rule, r.Breaches, r.Examples)
		}
	}
}
