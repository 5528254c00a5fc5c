package trace

import (
	"slices"

	"fleetdrill/sim/check"
)

// place is where a command or its answer is, and what for. On its way from one lane to the next the two differ.
type place struct {
	lane, toward Lane
	wait         string
}

// at is a place between no lanes.
func at(l Lane, wait string) place { return place{l, l, wait} }

// hand says of each step how long after the one before it came, and where the command was meanwhile.
func hand(steps []Step) {
	var h holder
	last := steps[0].At
	for i := range steps {
		s := &steps[i]
		p := h.now(steps[i:])
		s.Took, s.Holder, s.Toward, s.Wait = s.At-last, p.lane, p.toward, p.wait
		last = s.At
		h.step(s)
	}
}

// holder follows a command from hand to hand.
type holder struct {
	at          place
	out         place // where its message or the answer is, whatever the platform does meanwhile; empty: nowhere
	ended, done bool

	away, lost bool // the device has no connection; or had none since it has the command
}

// now is where the command is, which what is still to come can tell: a message that never arrives is nowhere.
func (h *holder) now(rest []Step) place {
	p := h.at
	switch {
	case p.wait == "":
	case p.toward == Device && p.lane == Broker && !comes(rest, check.Seen, check.Acked):
		return at(Nobody, "it never reaches the device")
	case p.toward == Broker && p.lane == Device && !comes(rest, check.Matched, check.Late, check.Duplicate):
		return at(Nobody, "the answer never arrives")
	case p.lane == Device && p.toward == Device && h.lost && rest[0].Left > 0:
		return at(Nobody, "the device comes and goes")
	case p.lane == Device && p.toward == Device && h.away:
		return at(Device, "away, with the command")
	case p.lane == Device && p.toward == Device && h.lost && !comes(rest, check.Answered):
		return at(Nobody, "no answer comes")
	}
	return p
}

func comes(rest []Step, kinds ...check.Kind) bool {
	return slices.ContainsFunc(rest, func(s Step) bool { return slices.Contains(kinds, s.kind) })
}

func (h *holder) step(s *Step) {
	next := ways[s.kind].then
	switch {
	case s.Aside, s.kind == check.HungUp:
		h.link(s.kind)
		return
	case s.kind == 0:
		return
	case s.kind == check.Ended || s.kind == check.Done || s.kind == check.Dropped:
		h.ended, h.done = h.ended || s.kind == check.Ended, h.done || s.kind != check.Ended
		if h.ended && h.done {
			next = h.out
		} else if h.done {
			return
		}
	case s.kind == check.Queued && s.cached:
		next.wait = "in the cache"
	case s.kind == check.Answered && !s.readable:
		next, h.out = at(Platform, "waiting for a right answer"), place{}
	case s.kind == check.Published || s.kind == check.Written || s.kind == check.Seen || s.kind == check.Answered:
		h.out = next
		h.lost = h.away
	case s.kind == check.Acked && h.out.lane == Broker:
		next, h.out = at(Platform, next.wait), place{}
	case s.kind == check.Matched || s.kind == check.Late || s.kind == check.Recalled:
		h.out = place{}
	case s.kind == check.Acked:
		return
	}
	if next.wait == "" && !(h.ended && h.done) {
		return
	}
	if h.ended && h.done {
		next = h.out
	}
	h.at = next
}

// link follows the device's connection.
func (h *holder) link(k check.Kind) {
	switch k {
	case check.Lost, check.Offline, check.HungUp:
		h.away, h.lost = true, true
	case check.Online, check.Connected:
		h.away = false
	}
}
