package hunt

import (
	"slices"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/report"
)

func TestCoverageFollowsACommandThroughTheTableOfStates(t *testing.T) {
	c := NewCoverage()
	for _, f := range []platform.Fact{
		{Kind: platform.Accepted, ID: 1}, {Kind: platform.Queued, ID: 1}, {Kind: platform.Published, ID: 1},
		{Kind: platform.Recalled, ID: 1}, {Kind: platform.Published, ID: 1}, {Kind: platform.Resent, ID: 1},
		{Kind: platform.Ended, ID: 1, State: platform.TimedOut, Err: platform.ErrUnanswered},
		{Kind: platform.Accepted, ID: 2}, {Kind: platform.Ended, ID: 2, State: platform.Failed, Err: platform.ErrNotSent},
		{Kind: platform.Accepted, ID: 4}, {Kind: platform.Dequeued, ID: 4}, {Kind: platform.Published, ID: 4},
		{Kind: platform.Ended, ID: 4, State: platform.Succeeded, Answered: true},
		{Kind: platform.Accepted, ID: 3}, {Kind: platform.Ended, ID: 3, State: platform.Failed, Err: platform.ErrOffline},
	} {
		c.Note(&f)
	}
	c.Ended([]report.Load{{Causes: map[string]int64{"offline": 1, "unanswered": 0}}, {Causes: map[string]int64{"offline": 2}}})
	seen := c.Seen()
	for item, n := range map[string]int{"state waiting": 5, "state sent": 3, "state succeeded": 1, "fact matched": 1, "fact dequeued": 1, "state timed_out": 1, "state failed": 2, "fact queued": 1,
		"transition waiting, publish: sent": 3, "transition sent, recall: waiting": 1, "transition sent, repeat: sent": 1,
		"transition sent, time_out: timed_out": 1, "transition waiting, time_out: failed": 1, "transition waiting, refuse: failed": 1,
		"reason device offline": 1, "cause offline": 3} {
		if seen[item] != n {
			t.Errorf("%s: seen %d times, want %d", item, seen[item], n)
		}
	}
	for item := range seen {
		if !slices.Contains(Items(), item) {
			t.Errorf("%s is not among all items", item)
		}
	}
	if n := len(Unseen(seen)); n != len(Items())-len(seen)+1 { // unanswered is in it, with 0
		t.Errorf("%d of %d items unseen, %d seen", n, len(Items()), len(seen))
	}
}
