package trace

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"fleetdrill/sim/check"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// Trace is a history with what is needed to tell a command's life. It is read-only and may be read concurrently.
type Trace struct {
	h      *check.History
	links  map[int][]link // by device number, by time
	faults []check.Fact   // that strike no device alone, by time
}

// New prepares to tell of a history. It looks at the facts that are about no command.
func New(h *check.History) *Trace {
	t := &Trace{h: h, links: map[int][]link{}}
	for f := range h.Alone() {
		switch f.Kind {
		case check.Online, check.Connected:
			t.links[f.Device] = append(t.links[f.Device], link{at: f.At})
		case check.Offline, check.Lost, check.HungUp:
			t.links[f.Device] = append(t.links[f.Device], link{at: f.At, gone: true})
		case check.Fault:
			switch {
			case f.Device == 0:
				t.faults = append(t.faults, f)
			case halfOpen(f):
				t.links[f.Device] = append(t.links[f.Device], link{at: f.At, dead: true})
			}
		}
	}
	return t
}

// Count is how many commands of a load are not a success for one cause.
type Count struct {
	Load    string          `json:"load"`
	Cause   Cause           `json:"cause"`
	N       int             `json:"count"`
	Example uint64          `json:"example"`           // the number of the first of them
	Why     string          `json:"why"`               // of the example
	Late    []time.Duration `json:"late_ns,omitempty"` // with LateAnswer: how late each was, sorted
}

// Counts are all endings that are not success: by load, and in each by cause in the order of Causes.
func (t *Trace) Counts() []Count {
	var list []Count
	for load, name := range t.h.Loads() {
		found := map[Cause]*Count{}
		for seq, e := range t.failures(load) {
			n := found[e.Cause]
			if n == nil {
				n = &Count{Load: name, Cause: e.Cause, Example: seq, Why: e.Why}
				found[e.Cause] = n
			}
			if n.N++; e.Cause == LateAnswer {
				n.Late = append(n.Late, e.Late)
			}
		}
		for _, c := range Causes {
			if n := found[c]; n != nil {
				slices.Sort(n.Late)
				list = append(list, *n)
			}
		}
	}
	return list
}

// failures yields the commands of a load that are not a success.
func (t *Trace) failures(load int) iter.Seq2[uint64, Ending] {
	return func(yield func(uint64, Ending) bool) {
		var list []check.Fact
		for seq := range t.h.Calls(load) {
			if t.h.Succeeded(load, seq) {
				continue
			}
			list = t.h.Facts(load, seq, list[:0])
			if len(list) == 0 {
				continue
			}
			if e := t.end(list); e.Cause != None && !yield(seq, e) {
				return
			}
		}
	}
}

// Ending tells how a command ended, by the indexes of the history; a command that there is not ended with None.
func (t *Trace) Ending(load int, seq uint64) Ending {
	list := t.h.Facts(load, seq, nil)
	if len(list) == 0 {
		return Ending{}
	}
	return t.end(list)
}

func (t *Trace) end(list []check.Fact) Ending {
	f := gather(list, t.links[deviceOf(list)])
	return f.judge()
}

// deviceOf is whom a command is for: a foreign reply to it is from another.
func deviceOf(list []check.Fact) int {
	for _, f := range list {
		if f.Device != 0 && f.Kind != check.Foreign {
			return f.Device
		}
	}
	return 0
}

// Calls is how many arrivals the loads have, dropped ones too.
func (t *Trace) Calls() (n uint64) {
	for load := range t.h.Loads() {
		n += t.h.Calls(load)
	}
	return n
}
