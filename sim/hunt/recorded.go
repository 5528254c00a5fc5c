package hunt

import (
	"cmp"
	"slices"
	"strings"

	"fleetdrill/scenarios"
)

// Spelled is a scenario into which the times of an earlier run have been written.
type Spelled struct {
	Text []byte
	Lost []string // what of that run is not in it
}

// Lacks says what of the earlier run of the job the text has not, and how much that is known to matter. Whether the failure
// comes from it nobody knows. It is empty where there is nothing to say.
func (m *Minimal) Lacks() string {
	lost, alone := strings.Join(m.Lost, "; "), "this file alone does not fail so"
	switch {
	case m.untried:
		alone = "whether this file alone fails so is not known"
	case m.timed:
		alone += ", nor with the recorded times in it"
	}
	switch {
	case m.Then != "" && lost == "":
		return alone + ", and nothing is known to be missing"
	case m.Then != "":
		return alone + "; of the recorded run it lacks: " + lost
	case lost == "":
		return ""
	case m.asThen:
		return "not in it, and not needed: " + lost
	}
	return "not in it: " + lost
}

// recorded cuts down a run that has the times of an earlier one. While it has, only calls and devices are left out; then
// the times are left out, if the seed alone brings the failure, or are written into the scenario, which is cut down like
// any other from there on. It is false if a file alone does not fail so, or nobody knows.
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
	c.untried = c.ctx.Err() != nil || c.err != nil
	switch err = cmp.Or(err, c.err); {
	case c.ctx.Err() != nil:
		c.lost = []string{"its times, for the shrink was interrupted before they could be written into it"}
	case err != nil:
		why, _, _ := strings.Cut(err.Error(), "\n")
		c.lost = []string{"its times (" + why + ")"}
	default:
		c.timed = true
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
