package main

import (
	"context"
	"fmt"
	"time"

	"fleetdrill/sim/hunt"
)

// A hunt that stops at its first finding makes a few more runs, without faults of its own: what fails with every seed is no
// matter of chance, and where it is an expectation it may be a wrong one.
const (
	otherSeeds    = 5
	timeForOthers = 5 * time.Second
)

// others counts the runs with other seeds that fail as a finding does.
func (f huntFlags) others(ctx context.Context, pool *hunt.Pool, plans []*hunt.Plan, found hunt.Finding) (same, made int) {
	if f.all || found.Failure.Kind != hunt.Rule && found.Failure.Kind != hunt.Expectation {
		return 0, 0
	}
	begin := time.Now()
	for _, p := range plans {
		if p.Scenario.Cell != found.Cell {
			continue
		}
		plain, err := hunt.NewPlan(p.Scenario, f.small, false, f.expect)
		for seed := found.Seed + 1; err == nil && made < otherSeeds && time.Since(begin) < timeForOthers; seed++ {
			var j hunt.Job
			var r hunt.Result
			if j, err = plain.Job(seed); err != nil {
				break
			}
			if r, err = pool.Run(ctx, j); err != nil {
				break
			}
			made++
			if r.FailsAs(found.Failure) {
				same++
			}
		}
	}
	return same, made
}

// tellingSeeds is how many other runs it takes to say anything: one that is slow leaves time for fewer.
const tellingSeeds = 3

// often says how many other seeds fail so; nothing if none does, or few were tried.
func (f keptFinding) often() string {
	switch {
	case f.same == 0 || f.others < tellingSeeds:
		return ""
	case f.same < f.others:
		return fmt.Sprintf("   and %d of %d other seeds, without faults of their own\n", f.same, f.others)
	case f.Failure.Kind == hunt.Expectation:
		return fmt.Sprintf("   and all of %d other seeds: it may be the scenario that expects what cannot be\n", f.others)
	}
	return fmt.Sprintf("   and all of %d other seeds: it takes no luck\n", f.others)
}
