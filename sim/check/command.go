package check

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"fleetdrill/platform"
)

// command is the view of one command that rules get. Its facts are in order and good until the rule returns.
type command struct {
	h     *History
	index int
	facts []fact
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

// each yields every command, in the order of loads and numbers.
func (h *History) each() iter.Seq[*command] {
	return func(yield func(*command) bool) {
		c := command{h: h}
		for i := range h.slots() {
			if c.read(i); len(c.facts) > 0 && !yield(&c) {
				return
			}
		}
	}
}

func (c *command) read(index int) {
	c.index, c.facts = index, c.facts[:0]
	for _, place := range c.h.byCommand[c.h.commands[index]:c.h.commands[index+1]] {
		c.facts = append(c.facts, *c.h.at(place))
	}
}

// first returns the first fact of a kind, nil if there is none.
func (c *command) first(k Kind) *fact {
	for i := range c.facts {
		if c.facts[i].kind == k {
			return &c.facts[i]
		}
	}
	return nil
}

func (c *command) has(k Kind) bool { return c.first(k) != nil }

func (c *command) number(k Kind) int {
	n := 0
	for i := range c.facts {
		if c.facts[i].kind == k {
			n++
		}
	}
	return n
}

// cause is why it ended, empty for success or without an ending.
func (c *command) cause() string {
	if f := c.first(Ended); f != nil {
		return c.h.words.text(f.word)
	}
	return ""
}

func (c *command) cached() bool {
	for i := range c.facts {
		if k := c.facts[i].kind; k == Accepted || k == Due || k == Sent {
			return c.facts[i].isCached()
		}
	}
	return false
}

func (c *command) endedAs(s platform.State) bool {
	f := c.first(Ended)
	return f != nil && f.state() == s
}

// name is how examples call a command.
func (h *History) name(index int) string {
	if load, seq, ok := h.loadOf(index); ok {
		return fmt.Sprintf("%s %d", h.loads[load], seq)
	}
	return "a command of no load"
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
