package check

import (
	"slices"
	"time"

	"fleetdrill/platform"
)

// command is the view of one command that rules get. Its facts are in order and good until the rule returns.
type command struct {
	h      *names
	limits Limits
	ref    uint64 // what names calls it
	facts  []fact
	firsts [kinds]int32 // by kind: the place of the first fact of it in facts, plus 1; 0 is none
	counts [kinds]int32
}

// Commands is how many commands there are, counting calls that were never sent.
func (h *History) Commands() int {
	n := 0
	for i := range h.slots() {
		if h.commands[i] != h.commands[i+1] {
			n++
		}
	}
	return n
}

// slots is how many commands have an index; some may have no facts.
func (h *History) slots() int { return len(h.commands) - 2 }

// count says where to find facts by their kind.
func (c *command) count() {
	clear(c.firsts[:])
	clear(c.counts[:])
	for i := range c.facts {
		k := c.facts[i].kind
		if c.counts[k]++; c.firsts[k] == 0 {
			c.firsts[k] = int32(i) + 1
		}
	}
}

// first returns the first fact of a kind, nil if there is none.
func (c *command) first(k Kind) *fact {
	if i := c.firsts[k]; i > 0 {
		return &c.facts[i-1]
	}
	return nil
}

func (c *command) has(k Kind) bool { return c.counts[k] > 0 }

func (c *command) number(k Kind) int { return int(c.counts[k]) }

// cause is why it ended, empty for success or without an ending.
func (c *command) cause() string {
	if f := c.first(Ended); f != nil {
		return c.h.words.text(f.word)
	}
	return ""
}

// cached is what the platform took it for, or else what its caller wanted.
func (c *command) cached() bool {
	if f := c.first(Accepted); f != nil {
		return f.isCached()
	}
	for i := range c.facts {
		if k := c.facts[i].kind; k == Due || k == Sent {
			return c.facts[i].isCached()
		}
	}
	return false
}

// oneWay tells whether it is a message: no answer is awaited.
func (c *command) oneWay() bool { f := c.first(Accepted); return f != nil && f.isOneWay() }

// delivered tells whether it is a message, whose ending is that it has left.
func (c *command) delivered() bool { return c.oneWay() && c.has(Received) }

// out tells whether at last it was published and not recalled. It counts: in the instant in which a session comes and
// goes the order of the two is not known.
func (c *command) out() bool { return c.number(Published) > c.number(Recalled) }

// last returns the last fact of one of two kinds, nil if there is none.
func (c *command) last(k, or Kind) *fact {
	for i := len(c.facts) - 1; i >= 0; i-- {
		if f := &c.facts[i]; f.kind == k || f.kind == or {
			return f
		}
	}
	return nil
}

// limit is the end of the command's present wait: the deadline of its receipt or answer, or while it is not published
// the end of its lifetime in the cache or of its turn in the queue. ok is false for a command that was not accepted.
func (c *command) limit() (at int64, ok bool) {
	f := c.last(Published, Received)
	if !c.out() {
		f = c.last(Accepted, Recalled)
	}
	if f == nil {
		return 0, false
	}
	return f.limit, true
}

// closed tells whether the platform's close ended it.
func (c *command) closed() bool { return c.cause() == platform.ErrClosed.Error() }

// inTime is what the platform's timers wait beyond a limit, so that an answer at the limit itself still counts.
const inTime = int64(time.Nanosecond)

// pending tells whether an accepted command has no ending of its own: none at all, or the platform's close where its
// limit should have ended it before. A limit that lay ahead makes it no fault of the platform.
func (c *command) pending() bool {
	if !c.has(Ended) {
		return c.has(Accepted)
	}
	return c.closed() && c.overdue() > 0
}

// overdue is how long before its ending a command's limit had passed, beyond what timers may be late; 0 for none.
func (c *command) overdue() int64 {
	limit, ok := c.limit()
	over := c.first(Ended).at - limit
	if !ok || over <= inTime+int64(c.limits.Slack) {
		return 0
	}
	return over
}

func (c *command) endedAs(s platform.State) bool {
	f := c.first(Ended)
	return f != nil && f.state() == s
}

// noLoad sets the references that ref makes up apart from those that platform.IDs make.
const noLoad = byID | 1<<62

// ref is the reference of the command at an index, as good as the one that its facts had.
func (h *History) ref(index int) uint64 {
	if load, seq, ok := h.loadOf(index); ok {
		return uint64(tag(load, seq))
	}
	return noLoad | uint64(index)
}

// loadOf returns which load's a command is and its number there; ok is false for a command that no load sent.
func (h *History) loadOf(index int) (load int, seq uint64, ok bool) {
	if index < 0 || index >= h.first[len(h.loads)] {
		return 0, 0, false
	}
	load, found := slices.BinarySearch(h.first, index)
	if !found {
		load--
	}
	for h.first[load+1] == h.first[load] { // loads without commands begin at the same index
		load++
	}
	return load, uint64(index - h.first[load]), true
}

func offset(ns int64) time.Duration { return time.Duration(ns) }
