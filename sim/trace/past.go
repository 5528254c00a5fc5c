package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// name is a command, by the indexes of the history.
type name struct {
	load int
	seq  uint64
}

// leg is a message's way through a device's connection, which keeps order: what is slow holds all that comes after it.
type leg struct {
	name
	from, to time.Duration
	ack      bool // of the command, not of its answer
}

// past is what a device's commands did to each other. It is made of all facts of the device, once.
type past struct {
	held [2]map[name]leg // by direction: behind what a slow leg was held
	sent []leg           // when each command was open at the device, by when that began
}

// sentIn are the commands that were at the device in a stretch of time, at most so many: those published in it, and the
// last one before it.
func (p *past) sentIn(from, to time.Duration, most int) (names []name) {
	i, _ := slices.BinarySearchFunc(p.sent, from, func(l leg, at time.Duration) int { return cmp.Compare(l.from, at) })
	for i = max(i-1, 0); i < len(p.sent) && p.sent[i].from < to && len(names) < most; i++ {
		if p.sent[i].to > from && !slices.Contains(names, p.sent[i].name) {
			names = append(names, p.sent[i].name)
		}
	}
	return names
}

// Directions of a past.
const (
	there = iota // to the device
	back         // from it
)

// called is how a person calls a command.
func (t *Trace) called(n name) string { return fmt.Sprintf("%s/%d", t.h.Loads()[n.load], n.seq) }

// heldBehind are the commands behind which a leg of one was held, with their own.
func (t *Trace) heldBehind(n name, device int) map[name]leg {
	first := map[name]leg{}
	for _, held := range t.pastOf(device).held {
		if l, ok := held[n]; ok && l.name != n {
			first[l.name] = l
		}
	}
	return first
}

// pastOf looks at a device's facts when they are first asked for.
func (t *Trace) pastOf(device int) *past {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pasts[device] == nil {
		t.pasts[device] = newPast(t.h.Of(device))
	}
	return t.pasts[device]
}

func newPast(of []check.Fact) *past {
	type state struct {
		published, seen, answered *check.Fact
		sent                      int // its place in past.sent, from 1
	}
	open := map[name]*state{}
	p := &past{}
	var legs [2][]leg
	for i := range of {
		f := &of[i]
		n := name{f.Load, f.Seq}
		s := open[n]
		if s == nil {
			s = &state{}
			open[n] = s
		}
		move := func(way int, from **check.Fact) {
			if *from != nil {
				legs[way] = append(legs[way], leg{n, (*from).At, f.At, f.Kind == check.Acked})
				*from = nil
			}
		}
		switch {
		case f.Load < 0:
		case f.Kind == check.Published:
			s.published = f
			s.sent = len(p.sent) + 1
			p.sent = append(p.sent, leg{name: n, from: f.At, to: check.Never})
		case f.Kind == check.Ended && s.sent > 0:
			p.sent[s.sent-1].to = f.At
		case f.Kind == check.Seen:
			move(there, &s.published)
			s.seen = f
		case f.Kind == check.Acked:
			move(back, &s.seen)
		case f.Kind == check.Answered:
			s.answered = f
		case f.Kind == check.Matched, f.Kind == check.Late, f.Kind == check.Duplicate:
			move(back, &s.answered)
		}
	}
	p.held = [2]map[name]leg{heldBehind(legs[there]), heldBehind(legs[back])}
	return p
}

// heldBehind finds for each leg that was most of its time behind an earlier one the first in that line.
func heldBehind(legs []leg) map[name]leg {
	slices.SortStableFunc(legs, func(a, b leg) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	held := map[name]leg{}
	var front, first leg // what left just before, and the first in the line of that
	for i, l := range legs {
		if took := l.to - l.from; i > 0 && front.to-l.from >= took-took/10 && took > quick {
			if !l.ack {
				held[l.name] = first
			}
		} else {
			first = l
		}
		front = l
	}
	return held
}

// quick is what needs no fault to explain it.
const quick = 5 * time.Millisecond

// slow says why a leg of this command was slow, in brackets: the fault that acted when it began, or that on what was in
// front of it in the connection.
func (f *facts) slow(way int, from, to time.Duration) string {
	own := f.struckOn(way, from, min(from+quick, to))
	mine := name{f.list[0].Load, f.list[0].Seq}
	first, held := f.t.pastOf(deviceOf(f.list)).held[way][mine]
	if !held {
		return own
	}
	by := f.struckOn(way, first.from, min(first.from+quick, to))
	if first.name == mine || by == own && own != "" {
		return by
	}
	text := ", held behind " + f.t.called(first.name)
	if by = strings.Trim(by, " ()"); by != "" {
		text += fmt.Sprintf(", which %s delayed", by)
	}
	return text
}
