package trace

import (
	"iter"
	"slices"
	"sync"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// Trace is a history with what is needed to tell a command's life. It may be read concurrently.
type Trace struct {
	h       *check.History
	conns   map[int][]link // by device number: its connections' coming and going
	struck  map[int][]link // the same: faults that strike it alone
	all     []link         // faults that strike no device alone
	faults  []check.Fact   // the same
	watched bool           // the platform told what it saw

	mu    sync.Mutex
	pasts map[int]*past // by device number
}

// New prepares to tell of a history. It looks at the facts that are about no command.
func New(h *check.History) *Trace {
	t := &Trace{h: h, conns: map[int][]link{}, struck: map[int][]link{}, pasts: map[int]*past{}}
	for f := range h.Alone() {
		switch f.Kind {
		case check.Online, check.Connected, check.Offline, check.Lost, check.HungUp:
			t.watched = t.watched || f.Kind == check.Online || f.Kind == check.Offline
			t.conns[f.Device] = append(t.conns[f.Device], linkOf(f))
		case check.Fault:
			t.strike(f)
		}
	}
	return t
}

// strike notes a fault with whom it strikes: one device, or all.
func (t *Trace) strike(f check.Fact) {
	if f.Device != 0 {
		t.struck[f.Device] = append(t.struck[f.Device], linkOf(f))
		return
	}
	t.faults, t.all = append(t.faults, f), append(t.all, linkOf(f))
}

func (t *Trace) links(device int) links {
	return links{own: t.conns[device], struck: t.struck[device], all: t.all}
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
	f := t.gather(list)
	if load := list[0].Load; load >= 0 {
		f.load = t.h.Loads()[load]
	}
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

// Told is how many callers were told ok: some commands fail later.
func (t *Trace) Told() (n int) {
	var list []check.Fact
	for load := range t.h.Loads() {
		for seq := range t.h.Calls(load) {
			list = t.h.Facts(load, seq, list[:0])
			if slices.ContainsFunc(list, func(f check.Fact) bool { return f.Kind == check.Done && f.Outcome == platform.OK }) {
				n++
			}
		}
	}
	return n
}

// Calls is how many arrivals the loads have, dropped ones too.
func (t *Trace) Calls() (n uint64) {
	for load := range t.h.Loads() {
		n += t.numbers(load).count
	}
	return n
}
