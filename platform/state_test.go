package platform

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var (
	allStates = []State{Waiting, Sent, Delivered, Succeeded, Failed, TimedOut, Canceled, Expired}
	allEvents = []Event{Publish, Repeat, Recall, Receive, Answer, Refuse, TimeOut, Expire, Cancel}
)

func TestTheTransitionTableIsThePictureAboveIt(t *testing.T) {
	want := map[State]map[Event]State{
		Waiting:   {Publish: Sent, Refuse: Failed, TimeOut: Failed, Expire: Expired, Cancel: Canceled},
		Sent:      {Repeat: Sent, Recall: Waiting, Receive: Delivered, Answer: Succeeded, Refuse: Failed, TimeOut: TimedOut},
		Delivered: {Answer: Succeeded, Refuse: Failed, TimeOut: TimedOut},
	}
	for _, s := range allStates {
		for _, e := range allEvents {
			next, ok := s.Next(e)
			wantNext, wantOK := want[s][e]
			if !wantOK {
				wantNext = s
			}
			if next != wantNext || ok != wantOK {
				t.Errorf("%s.Next(%s) = %s, %v; want %s, %v", s, e, next, ok, wantNext, wantOK)
			}
		}
	}
}

func TestNothingFollowsAFinalState(t *testing.T) {
	for _, s := range allStates {
		for _, e := range allEvents {
			if next, ok := s.Next(e); s.Final() && (ok || next != s) {
				t.Errorf("%s.Next(%s) = %s, %v; a final state stays", s, e, next, ok)
			}
		}
	}
}

func TestEveryPathOfEventsEndsOnceAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.SampledFrom(allEvents), 1, 20).Draw(t, "events")
		s, endings := Waiting, 0
		for _, e := range events {
			next, ok := s.Next(e)
			if ok && next.Final() {
				endings++
			}
			s = next
		}
		if endings > 1 || (endings == 1) != s.Final() {
			t.Fatalf("%v: %d endings, last state %s", events, endings, s)
		}
	})
}

func TestEveryNameIsGiven(t *testing.T) {
	for _, s := range allStates {
		if s.String() == "" {
			t.Errorf("state %d has no name", s)
		}
	}
	if slices.Contains(factNames[1:], "") || slices.Contains(eventNames[1:], "") || slices.Contains(kindNames[1:], "") {
		t.Error("a fact, an event or a kind has no name")
	}
}
