package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/sim/check"
)

// asides are what happened to the device's connection while the command lived. Of many only the first and the last are
// told; Around has the rest.
func asides(of, list []check.Fact) []check.Fact {
	from, to := list[0].At, list[len(list)-1].At
	var found []check.Fact
	for _, f := range of {
		if f.Load < 0 && f.At >= from && f.At <= to && (onTheLink(f.Kind) || f.Kind == check.Garbled || f.Kind == check.Unknown) {
			found = append(found, f)
		}
	}
	const most = 8
	if len(found) > most {
		found = append(found[:most/2:most/2], found[len(found)-most/2:]...)
	}
	return found
}

// onTheLink tells whether a fact is about a device's connection. Connected is the device's side of Online.
func onTheLink(k check.Kind) bool {
	switch k {
	case check.Fault, check.Online, check.Offline, check.Lost, check.HungUp, check.Refused:
		return true
	}
	return false
}

// around is what else happened to the device: from the last change of its connection before the command to the first
// soon after it, the faults that acted on it or had left its connection dead, and the other commands that were open or
// waiting meanwhile.
func (t *Trace) around(load int, seq uint64, list, of []check.Fact) []Event {
	due, from, to := list[0].At, list[0].At, list[len(list)-1].At
	var events []Event
	before, dead, after := -1, -1, 0
	for i, f := range of {
		if f.Load >= 0 || !onTheLink(f.Kind) {
			continue
		}
		switch {
		case f.At >= from:
		case f.Kind == check.Online:
			dead = -1
		case f.Kind == check.Fault && kindOf(f.Text) == halfOpen && f.At+f.For < from:
			dead = i
		}
		switch {
		case f.At < from && f.Kind == check.Fault && f.At+f.For >= from:
			events = append(events, t.event(f, due)) // it still acts
		case f.At < from:
			before = i
		case f.At > to && after < 2 && f.At-to <= max(to-from, soon):
			after++
			events = append(events, t.event(f, due))
		case f.At <= to:
			events = append(events, t.event(f, due))
		}
	}
	for _, i := range slices.Compact([]int{dead, before}) {
		if i >= 0 {
			events = append(events, t.event(of[i], due))
		}
	}
	events = append(events, t.others(load, seq, list, of)...)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return events
}

// soon is how long after a short life something may still be of interest.
const soon = 5 * time.Second

func (t *Trace) event(f check.Fact, due time.Duration) Event {
	s := t.step(f, due)
	return Event{At: s.At, Text: s.Text, Mark: s.Mark}
}

// others are the commands for the same device whose time overlaps with this one's.
func (t *Trace) others(load int, seq uint64, list, of []check.Fact) []Event {
	type name struct {
		load int
		seq  uint64
	}
	byName := map[name][]check.Fact{}
	for _, f := range of {
		if n := (name{f.Load, f.Seq}); f.Load >= 0 && n != (name{load, seq}) && f.Kind != check.Foreign {
			byName[n] = append(byName[n], f)
		}
	}
	mine := spanOf(list)
	var events []Event
	for n, other := range byName {
		s := spanOf(other)
		if s.from > mine.to || s.to < mine.from {
			continue
		}
		role, rank := s.role(mine)
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
		return "was in front of it", InFront
	}
	return "was open already", Beside
}

// end says how another command ended; zero is when mine was due.
func (s span) end(zero time.Duration) string {
	sent := ""
	if s.published < s.from {
		sent = ", never sent"
	}
	if s.ended == nil {
		return sent
	}
	how, _, _ := strings.Cut(endedText(*s.ended), ":")
	return fmt.Sprintf("%s, %s at %s", sent, how, Offset(s.ended.At-zero))
}

// Offset writes a time since the command was due, with its sign.
func Offset(d time.Duration) string {
	if d < 0 {
		return "−" + report.FormatDuration(-d)
	}
	return "+" + report.FormatDuration(d)
}
