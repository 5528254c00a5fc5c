package hunt

import (
	"cmp"
	"slices"

	"fleetdrill/scenarios"
)

// Spelled is a scenario into which the times of an earlier run have been written.
type Spelled struct {
	Text []byte
	Lost []string // what of that run is not in it
}

// recorded cuts down a run that has the times of an earlier one. While it has, only calls and devices are left out; then
// the times are left out, if the seed alone brings the failure, or are written into the scenario, which is cut down like
// any other from there on. It is false if the failure hangs on what no scenario says.
func (c *cutter) recorded(calls []Call) bool {
	slices.SortStableFunc(calls, func(a, b Call) int { return cmp.Compare(a.Load, b.Load) })
	all := len(calls)
	calls = c.calls(calls)
	c.Tell("calls: %d of %d, at the recorded times", len(calls), all)
	c.devices(calls)
	then := c.then
	c.then, c.known = "", map[string]bool{}
	if c.takes(c.draft) {
		c.Tell("the seed alone brings it: the recorded times do not matter")
		return true
	}
	s, err := c.Spell(c.draft.Text())
	if err == nil {
		var d *scenarios.Draft
		if d, err = scenarios.NewDraft(s.Text); err == nil && c.takes(d) {
			c.lost = s.Lost
			c.Tell("the recorded times are in the file now")
			return true
		}
	}
	c.then, c.lost = then, s.Lost
	switch {
	case c.ctx.Err() != nil:
		c.lost = []string{"what is not known, for the shrink was interrupted before the times could be written into it"}
	case err != nil:
		c.lost = []string{err.Error()}
	}
	return false
}

// takes is try where the answer is needed even though time is over.
func (c *cutter) takes(d *scenarios.Draft) bool {
	if c.ctx.Err() != nil || c.err != nil {
		return false
	}
	words, took := c.failure, c.took
	if r, ok := c.attempt(d); ok && c.sameEndings(r) {
		c.draft = d
		return true
	}
	c.failure, c.took = words, took
	return false
}
