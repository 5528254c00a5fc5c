package platform

import (
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestApplyRefusesWhatTheTableDoesNotHave(t *testing.T) {
	st := &Store{Keep: shards}
	c := st.Add(Command{Device: Address{"p", "d"}}, noon)
	if _, ok := st.Apply(c.ID, Answer, Change{}, noon); ok {
		t.Error("a waiting command took an answer")
	}
	if r, ok := st.Apply(c.ID, Publish, Change{Wire: 7}, noon.Add(1)); !ok || r.State != Sent || r.Wire != 7 || !r.Sent.Equal(noon.Add(1)) {
		t.Errorf("after Publish: %+v, %v", r, ok)
	}
	if r, ok := st.Apply(c.ID, TimeOut, Change{Err: ErrUnanswered}, noon.Add(2)); !ok || r.State != TimedOut || r.Err != ErrUnanswered {
		t.Errorf("after TimeOut: %+v, %v", r, ok)
	}
	if r, ok := st.Apply(c.ID, Answer, Change{}, noon.Add(3)); ok || r.State != TimedOut || !r.Ended.Equal(noon.Add(2)) {
		t.Errorf("a late answer changed the record: %+v, %v", r, ok)
	}
	if _, ok := st.Apply(c.ID+1, Publish, Change{}, noon); ok {
		t.Error("an unknown command was changed")
	}
}

func TestOnlyTheLastEndedRecordsAreKeptAndNoOpenOneIsLost(t *testing.T) {
	st := &Store{Keep: 2 * shards}
	open := st.Add(Command{}, noon)
	var ids []ID
	for range 10 * shards {
		c := st.Add(Command{}, noon)
		st.Apply(c.ID, Cancel, Change{Err: ErrCanceled}, noon)
		ids = append(ids, c.ID)
	}
	known := 0
	for _, id := range ids {
		if _, ok := st.Lookup(id); ok {
			known++
		}
	}
	if known != 2*shards {
		t.Errorf("%d ended records are known, want %d", known, 2*shards)
	}
	if _, ok := st.Lookup(ids[len(ids)-1]); !ok {
		t.Error("the last one is not known")
	}
	if _, ok := st.Lookup(open.ID); !ok {
		t.Error("the open one is lost")
	}
}

func TestTheRecordsThatAreKeptHoldNoMoreThanTheirBytes(t *testing.T) {
	st := &Store{Keep: 100 * shards, Bytes: 1000 * shards}
	end := func(input, reply int) ID {
		c := st.Add(Command{Input: make([]byte, input)}, noon)
		st.Apply(c.ID, Publish, Change{}, noon)
		st.Apply(c.ID, Answer, Change{Reply: Reply{Raw: make([]byte, reply)}}, noon)
		return c.ID
	}
	var ids []ID
	for range 10 * shards {
		ids = append(ids, end(100, 200))
	}
	open := st.Add(Command{Input: make([]byte, 5000)}, noon)
	for i, id := range ids {
		if _, ok := st.Lookup(id); ok != (i >= 7*shards) { // three of 300 bytes in each shard
			t.Fatalf("command %d of %d is known: %v", i, len(ids), ok)
		}
	}
	if _, ok := st.Lookup(end(1001, 0)); ok {
		t.Error("a record that holds more than all may is kept")
	}
	if _, ok := st.Lookup(open.ID); !ok {
		t.Error("the open one is lost")
	}
}

func TestAStoreThatKeepsNothingForgetsAtTheEnding(t *testing.T) {
	st := &Store{}
	c := st.Add(Command{}, noon)
	st.Apply(c.ID, Cancel, Change{}, noon)
	if _, ok := st.Lookup(c.ID); ok {
		t.Error("still known")
	}
}

func TestOneOfManyRacingEventsEndsACommand(t *testing.T) {
	st := &Store{Keep: shards}
	for range 200 {
		c := st.Add(Command{}, noon)
		st.Apply(c.ID, Publish, Change{}, noon)
		var wg sync.WaitGroup
		won := make(chan Event, 3)
		for _, e := range []Event{Answer, Refuse, TimeOut} {
			wg.Go(func() {
				if _, ok := st.Apply(c.ID, e, Change{}, noon); ok {
					won <- e
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d events ended one command", len(won))
		}
	}
}
