package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// others are the commands for the same device whose time overlaps with this one's.
func (t *Trace) others(load int, seq uint64, list, of []check.Fact) []Event {
	byName := map[name][]check.Fact{}
	for _, f := range of {
		if n := (name{f.Load, f.Seq}); f.Load >= 0 && n != (name{load, seq}) && f.Kind != check.Foreign {
			byName[n] = append(byName[n], f)
		}
	}
	mine := spanOf(list)
	held := t.heldBehind(name{load, seq}, deviceOf(list))
	var events []Event
	for n, other := range byName {
		s := spanOf(other)
		role, rank := s.role(mine)
		if _, front := held[n]; front {
			role, rank = "was in front of it in the connection", InFront
		} else if s.from > mine.to || s.to < mine.from {
			continue
		}
		events = append(events, Event{At: s.from - list[0].At, Rank: rank,
			Text: fmt.Sprintf("%s/%d %s", t.h.Loads()[n.load], n.seq, role+s.end(list[0].At))})
	}
	slices.SortFunc(events, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Text, b.Text)) })
	return events
}

// span is when a command occupied its device or its device's queue.
type span struct {
	from, to  time.Duration
	published time.Duration // below from: never
	queued    bool
	ended     *check.Fact
}

func spanOf(list []check.Fact) span {
	s := span{from: list[0].At, to: list[len(list)-1].At}
	s.published = s.from - 1
	for i := range list {
		switch f := &list[i]; f.Kind {
		case check.Accepted:
			s.from = f.At
			s.published = s.from - 1
		case check.Queued, check.Recalled:
			s.queued = true
		case check.Published:
			s.published = f.At
		case check.Ended:
			s.ended, s.to = f, f.At
		}
	}
	return s
}

// role says how another command stood to mine.
func (s span) role(mine span) (string, Rank) {
	switch {
	case s.from > mine.from:
		return "came after it", Beside
	case s.from == mine.from:
		return "came with it", Beside
	case mine.queued && s.to > mine.from:
		return "was in front of it in the queue", InFront
	}
	return "was not over yet", Beside
}

// end says how another command ended; zero is when mine was due.
func (s span) end(zero time.Duration) string {
	sent := s.published >= s.from
	switch {
	case s.ended == nil && sent:
		return ""
	case s.ended == nil:
		return ", never sent"
	}
	how := endedText(*s.ended)
	if !sent {
		how = unsentText(*s.ended, s.queued)
	}
	return ", " + timed(how, Offset(s.ended.At-zero))
}
