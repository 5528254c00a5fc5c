package check

import (
	"fmt"
	"math"
	"slices"

	"fleetdrill/platform"
)

// tombs is what is left of commands that were judged: a byte for each call and one for each number on the wire.
type tombs struct {
	calls  [][]uint8        // by load and number of the call
	wires  [][]uint8        // by device, and count of its commands from 1
	others map[uint64]uint8 // by reference: commands of no load
}

// The marks of a tomb. From oneUnseen on they count the copies that were sent and that its device has not seen.
const (
	buried       = 1 << iota
	answeredOnce // an answer was taken
	oneUnseen

	mostUnseen = 0xff / oneUnseen
)

func newTombs(n *names) tombs {
	return tombs{make([][]uint8, len(n.loads)), make([][]uint8, len(n.devices)+1), map[uint64]uint8{}}
}

func (t *tombs) bury(l *life, marks uint8) {
	marks |= buried
	if load, seq, ok := untag(platform.Tag(l.ref), len(t.calls)); ok && l.ref&byID == 0 && seq < uint64(len(t.calls[load]))+sparse {
		mark(&t.calls[load], seq, marks)
	} else {
		t.others[l.ref] = marks
	}
	for _, w := range l.wires {
		if d := w.Owner(); d > 0 && d < len(t.wires) {
			mark(&t.wires[d], uint64(w%platform.WireStride), marks)
		}
	}
}

// farther than this beyond the last tomb no call's number can be.
const sparse = 1 << 20

func mark(list *[]uint8, at uint64, marks uint8) {
	if grow := int(at) + 1 - len(*list); grow > 0 {
		*list = append(*list, slices.Repeat([]uint8{0}, grow)...)
	}
	(*list)[at] = marks
}

// call returns the marks of a command that was judged, 0 of others.
func (t *tombs) call(ref uint64) uint8 {
	load, seq, of := untag(platform.Tag(ref), len(t.calls))
	if ref&byID == 0 && of && seq < uint64(len(t.calls[load])) {
		return t.calls[load][seq]
	}
	return t.others[ref]
}

// wire returns where the marks are of the command with a number on the wire, nil if it was not judged.
func (t *tombs) wire(w platform.Wire) *uint8 {
	d, n := w.Owner(), uint64(w%platform.WireStride)
	if d <= 0 || d >= len(t.wires) || n >= uint64(len(t.wires[d])) || t.wires[d][n] == 0 {
		return nil
	}
	return &t.wires[d][n]
}

// afterwards judges a fact about a command that was judged before. Late replies may come at any time.
func (s *stream) afterwards(marks uint8, f *fact) {
	rule := ""
	switch f.kind {
	case Accepted, Ended, Done:
		rule = "one-ending"
	case Due, Sent, Dropped:
		rule = "conservation"
	case Queued, Published, Resent, Recalled:
		rule = "known-ending"
	case Matched:
		rule = "late-is-late"
	case Duplicate:
		if marks&answeredOnce == 0 {
			rule = "late-is-late"
		}
	}
	if rule != "" {
		s.results[ruleNamed(rule)].breach(&s.names, f.cmd, fmt.Errorf("it was %s, long after it had ended", f.kind))
	}
}

// afterwardsOnWire does so where only the number on the wire is known.
func (s *stream) afterwardsOnWire(marks *uint8, f *fact) {
	switch {
	case f.kind != Seen:
		s.afterwards(*marks, f)
	case *marks >= oneUnseen:
		*marks -= oneUnseen
	default:
		s.results[ruleNamed("one-copy")].breach(&s.names, math.MaxUint64,
			fmt.Errorf("%s: the device saw a command once more, long after it had ended", s.device(f.device)))
	}
}

// ruleNamed is the index of a rule.
func ruleNamed(name string) int {
	return slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == name })
}
