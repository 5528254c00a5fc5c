package check

import (
	"fmt"
	"time"
)

// Limits is what the rules need to know of the run.
type Limits struct {
	CachedPerDevice int // cached commands that may wait in a lane at most; 0 is not checked
	// Of is the same for a device, by number, and a lane. nil: CachedPerDevice for all.
	Of func(device, lane int) int
	// Slack is how late a timer may be when the platform closes: a command that the close ends within Slack of its limit
	// would still have ended by itself. 0 on a virtual clock, whose timers are never late.
	Slack time.Duration
}

func (l Limits) of(device int32, lane int) int {
	if l.Of == nil {
		return l.CachedPerDevice
	}
	return l.Of(int(device), lane)
}

// Result is what one rule found.
type Result struct {
	Rule     string
	Commands int      // that the rule is about
	Breaches int      // commands that broke it
	Examples []string // the first three, in words
}

// Check applies all rules. The results are in the order of Rules.
func Check(h *History, limits Limits) []Result {
	results := make([]Result, len(Rules))
	for i, r := range Rules {
		results[i].Rule = r.Name
	}
	for c := range h.each(limits) {
		for i := range Rules {
			if r := &Rules[i]; r.About(c) {
				results[i].look(h, c, r)
			}
		}
	}
	checkQueues(h, limits, results)
	for i := range Rules {
		if Rules[i].Stray != nil {
			results[i].lookAtStrays(h, &Rules[i])
		}
	}
	return results
}

func (r *Result) look(h *History, c *command, rule *Rule) {
	r.Commands++
	if rule.Command == nil {
		return
	}
	if err := rule.Command(c); err != nil {
		r.breach(h, c.index, err)
	}
}

// lookAtStrays shows a rule the facts that belong to no command.
func (r *Result) lookAtStrays(h *History, rule *Rule) {
	if !h.watched {
		return
	}
	for _, place := range h.byCommand[h.commands[h.slots()]:] {
		f := h.at(place)
		if err := rule.Stray(f); err != nil {
			r.Commands++
			r.breach(h, -1, fmt.Errorf("%s: %w", h.device(f.device), err))
		}
	}
}

// checkQueues lets the rules about queues see every device's facts, in one pass.
func checkQueues(h *History, limits Limits, results []Result) {
	for q, f := range h.queues() {
		for i := range Rules {
			if Rules[i].Queue == nil {
				continue
			}
			if err := Rules[i].Queue(q, f, limits); err != nil {
				results[i].breach(h, int(f.cmd)-1, err)
			}
		}
	}
}

const examples = 3

func (r *Result) breach(h *History, index int, err error) {
	r.Breaches++
	if len(r.Examples) < examples {
		r.Examples = append(r.Examples, h.name(index)+": "+err.Error())
	}
}
