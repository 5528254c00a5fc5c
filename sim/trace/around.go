package trace

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fleetdrill/sim/check"
)

// asides are what happened to the device's connection while the command lived, as indexes. Of many only the first and
// the last are told, with how many are left out between them; Around has those.
func asides(of, list []check.Fact) (told []int, left int) {
	from, to := list[0].At, list[len(list)-1].At
	for i, f := range of {
		if f.At >= from && f.At <= to && (f.Load < 0 && (onTheLink(f.Kind) || isMine(f, list)) || hangsUpOn(f, list[0])) {
			told = append(told, i)
		}
	}
	if left = len(told) - mostAsides; left > 0 {
		return slices.Concat(told[:mostAsides/2], told[len(told)-mostAsides/2:]), left
	}
	return told, 0
}

// isMine tells whether what nobody can read, or what has the number of no command, is this one's answer. The platform
// cannot know, but the device said what it sent.
func isMine(f check.Fact, list []check.Fact) bool {
	return (f.Kind == check.Garbled || f.Kind == check.Unknown) && slices.ContainsFunc(list, func(g check.Fact) bool {
		return g.Kind == check.Answered && g.Answer != check.AnswerSuccess && g.Answer != check.AnswerFailure && g.At <= f.At
	})
}

// mostAsides is how much of a connection's coming and going the steps of a command tell.
const mostAsides = 8

// hangsUpOn tells whether a fact ends the device's connection because of another command than mine.
func hangsUpOn(f, mine check.Fact) bool {
	return f.Kind == check.HungUp && f.Load >= 0 && (f.Load != mine.Load || f.Seq != mine.Seq)
}

// onTheLink tells whether a fact is about a device's connection. Connected is the device's side of Online.
func onTheLink(k check.Kind) bool {
	switch k {
	case check.Fault, check.Online, check.Offline, check.Lost, check.HungUp, check.Refused:
		return true
	}
	return false
}

// around is what else happened to the device, beside what its steps tell already: how its connection stood before the
// command and since when, the faults that acted on it or had brought it there, what became of the connection soon after,
// and the other commands that were open or waiting meanwhile.
func (t *Trace) around(load int, seq uint64, list, of []check.Fact, told []int) []Event {
	due, from, to := list[0].At, list[0].At, list[len(list)-1].At
	links := t.links(deviceOf(list))
	before, end := absent(links, from), absent(links, to)
	state, by := standsSince(of, from, before), before.by
	held := t.heldBehind(name{load, seq}, deviceOf(list))
	events := t.afterwards(list[0], of, to, end.since != nil || end.cut(), to-from)
	for i, f := range of {
		show := false
		switch {
		case f.Load >= 0 && !hangsUpOn(f, list[0]), !onTheLink(f.Kind), slices.Contains(told, i):
		case f.At >= from && f.At <= to:
			show = true
		case f.At > to: // afterwards has it
		case f.Kind == check.Fault:
			show = f.At+f.For >= from || delays(f, held) || by != nil && by.at == f.At && by.fault == f.Text
		default:
			show = f.At >= state && changes(f.Kind) || f.Kind == check.Refused && f.At >= state && !refusedAgain(of[i+1:], from)
		}
		if show {
			events = append(events, t.event(of, i, due, to))
		}
	}
	events = append(events, t.others(load, seq, list, of)...)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return events
}

// afterwards is what became of the device's connection after a moment: two facts of the time that is near, vain tries as
// one, and of a device that was away its return, however late.
func (t *Trace) afterwards(mine check.Fact, of []check.Fact, to time.Duration, away bool, near time.Duration) (events []Event) {
	if away {
		near = max(near, soon)
	}
	first := slices.IndexFunc(of, func(f check.Fact) bool { return f.At > to })
	shown, refused, tries := 0, -1, 0 // how many, and which of them is the vain tries
	for i := max(first, 0); first >= 0 && i < len(of); i++ {
		f := of[i]
		switch {
		case f.Load >= 0 && !hangsUpOn(f, mine), !onTheLink(f.Kind), f.Kind == check.Fault:
			continue
		case f.Kind == check.Online && away:
			return append(events, t.event(of, i, mine.At, to))
		case f.At-to > near && !away:
			return events
		case f.Kind == check.Refused && refused >= 0:
			tries++
			events[refused].Text = fmt.Sprintf("connection refused, %d times from here on", tries)
		case f.At-to <= near && shown < 2:
			if f.Kind == check.Refused {
				refused, tries = len(events), 1
			}
			events, shown = append(events, t.event(of, i, mine.At, to)), shown+1
		}
	}
	return events
}

// delays tells whether a fault acted when what was in front in the connection left.
func delays(f check.Fact, held map[name]leg) bool {
	for _, l := range held {
		if slices.Contains(onTheWay[there], check.FaultKind(f.Text)) && f.At <= l.from+quick && l.from <= f.At+f.For {
			return true
		}
	}
	return false
}

// standsSince is when the device's connection became what it was at a moment: of one that had ended, when that began.
func standsSince(of []check.Fact, at time.Duration, a absence) (since time.Duration) {
	for _, f := range of {
		if f.At < at && changes(f.Kind) && (f.Load < 0 || f.Kind == check.HungUp) {
			since = f.At
		}
	}
	if a.since != nil {
		since = min(since, a.since.at)
	}
	return since
}

// changes tells whether a kind of fact says how the device's connection stands from then on.
func changes(k check.Kind) bool { return onTheLink(k) && k != check.Fault && k != check.Refused }

// refusedAgain tells whether the device tried in vain once more before a moment: its last try stands for all.
func refusedAgain(of []check.Fact, before time.Duration) bool {
	return slices.ContainsFunc(of, func(f check.Fact) bool { return f.Kind == check.Refused && f.At < before })
}

// soon is how long after a short life it may still be of interest what becomes of a connection that is away or dead.
const soon = 5 * time.Second

// event is a fact about the device, seen from when the command was due. A fault that was over by its
// end says so.
func (t *Trace) event(of []check.Fact, i int, due, to time.Duration) Event {
	s := t.aside(of, i, due)
	f := of[i]
	if end := f.At + f.For; f.Kind == check.Fault && f.For > 0 && end <= to && s.Text == faultText(f) {
		s.Text += " (over at " + Offset(end-due) + ")"
	}
	return Event{At: s.At, Text: s.Text, Mark: s.Mark}
}
