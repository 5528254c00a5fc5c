package check

import "time"

// Limits is what the rules need to know of the run.
type Limits struct {
	CachedPerDevice int // cached commands that may wait in a lane at most; 0 is not checked
	// Of is the same for a device, by number, and a lane. nil: CachedPerDevice for all.
	Of func(device, lane int) int
	// Timeout is the time for its answer that each call of a load asks for; 0 where the platform has its own, or a receipt
	// comes first. nil: not known.
	Timeout func(load int) time.Duration
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
	Examples []string // three of the first commands, in words

	found []breach // of the examples, in their order
}

type breach struct {
	of   uint64
	text string
}

const examples = 3

// breach counts one, and keeps it as an example if its command is among the first that have one.
func (r *Result) breach(n *names, of uint64, err error) {
	r.Breaches++
	at := len(r.found)
	for at > 0 && r.found[at-1].of > of {
		at--
	}
	if at == examples {
		return
	}
	kept := append(r.found[:at:at], breach{of, n.called(of) + ": " + err.Error()})
	r.found = append(kept, r.found[at:min(len(r.found), examples-1)]...)
}

// Check applies all rules to a history. The results are in the order of Rules.
func Check(h *History, limits Limits) []Result {
	results, _ := h.judge(limits)
	return results
}

// Stats counts. Of limits it needs Slack.
func (h *History) Stats(limits Limits) Stats {
	_, stats := h.judge(limits)
	return stats
}

// judge lets the facts of the history pass once more.
func (h *History) judge(limits Limits) ([]Result, Stats) {
	s := newStream(h.names, limits)
	var next fact
	for f := range h.all {
		if next = *f; f.cmd != 0 {
			next.cmd = h.ref(int(f.cmd) - 1)
		}
		s.feed(&next)
	}
	return s.close()
}
