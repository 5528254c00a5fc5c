package check

import (
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
)

func TestARuleGivesWayToAFaultAsFarAsTheFaultReachesAndNoFurther(t *testing.T) {
	down := FaultFact{Fault: "faults[0]" + Crash, At: time.Second, For: time.Second}
	lost := func(s *story, at time.Duration) {
		s.sent(at-2*ms, 0)
		s.end(at, 0, platform.Failed, platform.ErrCrashed, 0)
		s.done(at, 0, platform.Broken, "transport")
	}
	for _, tt := range []struct {
		name, want string // the rule and a word of the breach; empty: there is none
		tell       func(*story)
	}{
		{"one copy", "", func(s *story) {
			s.Fault(FaultFact{Fault: "faults[0]" + Copied, At: ms, Device: 1, Wire: s.wire(0)})
			s.answered(0, 0)
			s.seen(ms, 0)
			s.seen(ms, 0)
		}},
		{"one copy, and then another", "one-copy: its device saw it 3 times, and it was published 1 times, sent again 0 times and copied by a fault 1 times", func(s *story) {
			s.Fault(FaultFact{Fault: "faults[0]" + Copied, At: ms, Device: 1, Wire: s.wire(0)})
			s.answered(0, 0)
			for range 3 {
				s.seen(ms, 0)
			}
		}},
		{"a copy of another command", "one-copy: its device saw it 2 times", func(s *story) {
			s.Fault(FaultFact{Fault: "faults[0]" + Copied, At: ms, Device: 1, Wire: s.wire(1)})
			s.answered(0, 0)
			s.answered(0, 1)
			s.seen(ms, 0)
			s.seen(ms, 0)
		}},
		{"lost with the platform", "", func(s *story) { s.Fault(down); lost(s, time.Second) }},
		{"lost before it went down", "known-ending: no instant command, published, ends as failed, because: lost", func(s *story) { s.Fault(down); lost(s, time.Second-1) }},
		{"lost without a fault", "known-ending: no instant command", func(s *story) { lost(s, time.Second) }},
		{"what waits in the cache is on disk", "known-ending: no cached command, unsent, ends as canceled, because: lost", func(s *story) {
			s.Fault(down)
			s.mode = platform.Cached
			s.call(CallDue, 0, 0)
			s.call(CallSent, 0, 0)
			s.accept(0, 0, time.Hour)
			s.done(ms, 0, platform.OK, "0")
			s.end(time.Second, 0, platform.Canceled, platform.ErrCrashed, 0)
		}},
	} {
		s := peopled()
		tt.tell(s)
		var breaches []string
		for _, r := range Check(s.Finish(), Limits{}) {
			for _, e := range r.Examples {
				_, why, _ := strings.Cut(e, ": ")
				breaches = append(breaches, r.Rule+": "+why)
			}
		}
		if got := strings.Join(breaches, "; "); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" || len(breaches) > 1 {
			t.Errorf("%s: got %q, want %q alone", tt.name, got, tt.want)
		}
	}
}
