package check

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fleetdrill/platform"
)

// tombs is what is left of commands that were judged: a byte for each call and one for each number on the wire, and an entry
// for each ID where devices know commands by their ID alone.
type tombs struct {
	calls  [][]uint8                // by load and number of the call
	wires  [][]uint8                // by device, and count of its commands from 1
	others map[uint64]uint8         // by reference: commands of no load
	ids    map[uint64]platform.Wire // by ID as a reference, where devices know no more: the last number on the wire
}

// The marks of a tomb. From oneUnseen on they count the copies that were sent and that its device has not seen.
const (
	buried       = 1 << iota
	answeredOnce // an answer was taken
	oneUnseen

	mostUnseen = 0xff / oneUnseen
)

func newTombs(n *names) tombs {
	return tombs{make([][]uint8, len(n.loads)), make([][]uint8, len(n.devices)+1), map[uint64]uint8{}, map[uint64]platform.Wire{}}
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

// buried takes a fact about a command that was judged before; false: it was not.
func (s *stream) buried(ref uint64, f *fact) bool {
	w := s.gone.ids[ref]
	if f.kind == Seen && w == 0 {
		w = f.wire
	}
	if marks := s.gone.wire(w); marks != nil {
		s.afterwardsOnWire(w, marks, f)
		return true
	}
	marks := s.gone.call(ref)
	if marks != 0 {
		s.afterwards(marks, f)
	}
	return marks != 0
}

// afterwardsOnWire does so where only the number on the wire, or the ID, is known.
func (s *stream) afterwardsOnWire(w platform.Wire, marks *uint8, f *fact) {
	breach := func(format string, args ...any) {
		s.results[ruleNamed("one-copy")].breach(&s.names, math.MaxUint64, fmt.Errorf(format, args...))
	}
	switch {
	case f.kind == Fault && strings.HasSuffix(s.words.text(f.word), Copied):
		if *marks < oneUnseen*mostUnseen {
			*marks += oneUnseen
		}
	case f.kind != Seen:
		s.afterwards(*marks, f)
	case int(f.device) != w.Owner():
		breach("it was for %s, and %s saw it", s.device(int32(w.Owner())), s.device(f.device))
	case *marks >= oneUnseen:
		*marks -= oneUnseen
	default:
		breach("%s: the device saw a command once more, long after it had ended", s.device(f.device))
	}
}

// ruleNamed is the index of a rule.
func ruleNamed(name string) int {
	return slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == name })
}
