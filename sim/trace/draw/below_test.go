package draw

import (
	"testing"

	"fleetdrill/sim/trace"
)

func TestADozenEventsArePickedHoweverManyThereAreOfAKind(t *testing.T) {
	for links := range 15 {
		for front := range 15 {
			var events []trace.Event
			for range links {
				events = append(events, trace.Event{Rank: trace.OfLink})
			}
			for range front {
				events = append(events, trace.Event{Rank: trace.InFront})
			}
			if got := len(pick(events, 12)); got > 12 || got == 0 && links+front > 0 || links+front <= 8 && got != links+front {
				t.Errorf("of %d about the connection and %d in front %d are shown", links, front, got)
			}
		}
	}
}
