package compare

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// warn says what makes the two sides hard to compare. Nothing of it changes a verdict.
func (c *comparison) warn() {
	for _, w := range []struct {
		what string
		of   func(*folder.Run) string
	}{
		{"scenario", func(r *folder.Run) string { return r.Summary.Scenario }},
		{"clock", func(r *folder.Run) string { return r.Summary.Clock }},
		{"seed", func(r *folder.Run) string { return fmt.Sprint(r.Summary.Seed) }},
		{"machine", func(r *folder.Run) string {
			m := r.Summary.Harness.Machine
			return strings.TrimSpace(fmt.Sprintf("%s %d cores %s", m.OS, m.Cores, m.CPU))
		}},
		{"GOMAXPROCS", func(r *folder.Run) string { return fmt.Sprint(r.Summary.Harness.Machine.Procs) }},
		{"version of Go", func(r *folder.Run) string { return r.Summary.Harness.Machine.Go }},
	} {
		base, head := distinct(c.base, w.of), distinct(c.head, w.of)
		if len(base) > 1 || len(head) > 1 || base[0] != head[0] {
			c.warning("the %s is not the same: %s in base, %s in head", w.what, strings.Join(base, " and "), strings.Join(head, " and "))
		}
	}
	c.warnOfScenarios()
	c.warnOfOrder()
	c.warnOfRuns()
}

func (c *comparison) warning(format string, args ...any) {
	c.out.Warnings = append(c.out.Warnings, fmt.Sprintf(format, args...))
}

func distinct(runs []*folder.Run, of func(*folder.Run) string) []string {
	var list []string
	for _, r := range runs {
		if v := of(r); !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// warnOfScenarios is about files of one name with other contents. That a seed is another has been said.
func (c *comparison) warnOfScenarios() {
	name := c.head[0].Summary.Scenario
	for _, r := range slices.Concat(c.base, c.head) {
		if r.Summary.Scenario == name && r.Summary.Seed == c.head[0].Summary.Seed && !bytes.Equal(r.Scenario, c.head[0].Scenario) {
			c.warning("the scenario %s is not the same file in %s and in %s", name, r.Dir, c.head[0].Dir)
			break
		}
	}
	for _, side := range []struct {
		name        string
		runs, other []*folder.Run
	}{{"base", c.base, c.head}, {"head", c.head, c.base}} {
		for _, l := range side.runs[0].Loads {
			if slices.ContainsFunc(slices.Concat(side.runs, side.other), func(r *folder.Run) bool { return r.Load(l.Name) == nil }) {
				c.warning("load %s of %s is not in all runs: it is not compared", l.Name, side.name)
			}
		}
	}
}

// warnOfOrder is about machines that change while they are measured: with one side after the other that looks like a
// change.
func (c *comparison) warnOfOrder() {
	if c.virtual || len(c.base) < 2 || len(c.head) < 2 {
		return
	}
	base, head := times(c.base), times(c.head)
	if base[len(base)-1] < head[0] || head[len(head)-1] < base[0] {
		c.warning("one side was measured after the other, so a machine that changed in between looks like a change: " +
			"fleetdrill bench measures in turns")
	}
}

func times(runs []*folder.Run) []int64 {
	var list []int64
	for _, r := range runs {
		list = append(list, r.Began.Unix())
	}
	slices.Sort(list)
	return list
}

// warnOfRuns is about runs that say themselves that they are not to be believed, and about one run given twice.
func (c *comparison) warnOfRuns() {
	for _, side := range []struct {
		name string
		of   report.Side
	}{{"base", c.out.Base}, {"head", c.out.Head}} {
		if side.of.Limited == 0 {
			continue
		}
		what := "left out: inconclusive themselves"
		if c.virtual || c.nobody == side.name {
			what = "inconclusive themselves"
		}
		c.warning("%s of %s %s, because the machine or the load generator was the limit", many(side.of.Limited), side.name, what)
	}
	seen := map[string]bool{}
	for _, r := range slices.Concat(c.base, c.head) {
		if seen[r.Dir] {
			c.warning("%s is given more than once", r.Dir)
		}
		seen[r.Dir] = true
	}
}
