package device

import (
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

func TestAnAnswerAtTheEdgeGoesOutAtTheDeadlineOrExactlySoLongBesideIt(t *testing.T) {
	for after, want := range map[time.Duration]string{-1: "1.999999999s", 0: "2s", 1: "2.000000001s", time.Second: "3s"} {
		synctest.Test(t, func(t *testing.T) {
			var w *world
			w = newWorld(t, only(scenarios.Behaviour{Kind: "respond"}), func(g *Group) {
				g.Apart = true
				g.Deadline = func(n platform.Wire, _ platform.ID) (time.Time, bool) { return w.zero.Add(2 * time.Second), n != 9 }
			})
			w.dev.Edge(1, time.Hour)
			w.dev.Edge(2, after)
			w.dev.NoEdge(1) // another has taken its place
			w.at(time.Second)
			w.send(7, 0)
			w.at(10 * time.Second)
			if got := w.story("connected", "seen", "broker"); len(got) != 1 || got[0] != want+" answered 7" {
				t.Errorf("%v after the deadline: got %q, want it at %s", after, got, want)
			}
			w.send(9, 0)
			w.dev.NoEdge(2)
			w.send(8, 0)
			w.at(11 * time.Second)
			if got := w.story("connected", "seen", "broker"); len(got) != 2 {
				t.Errorf("without a deadline, and after the edge: got %q, want two answers as ever", got)
			}
		})
	}
}
