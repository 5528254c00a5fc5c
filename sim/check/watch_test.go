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
	} {
		s := peopled()
		results, _, _ := judged(s, Limits{}, 0, func() {
			s.answered(0, 0)
			c.tell(s)
		})
		var broken []string
		for _, r := range results {
			if r.Breaches > 0 {
				broken = append(broken, fmt.Sprintf("%s: %s", r.Rule, r.Examples))
			}
		}
		if got := strings.Join(broken, "; "); c.rule == "" && got != "" || !strings.HasPrefix(got, c.rule) {
			t.Errorf("want a breach of %q, got %q", c.rule, got)
		}
	}
}
