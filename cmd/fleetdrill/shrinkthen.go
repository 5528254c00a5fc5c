package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/hunt"
	"fleetdrill/sim/spell"
)

// shrinkFirst cuts down the first of the jobs that fails in the first of the ways that comes again. Without ways any does. The
// error is that of the first way.
func shrinkFirst(ctx context.Context, jobs []hunt.Job, want []hunt.Failure, shrink func(hunt.Job, *hunt.Failure) (*shrunk, error)) (*shrunk, error) {
	ways := []*hunt.Failure{nil}
	if len(want) > 0 {
		ways = nil
	}
	for i := range want {
		ways = append(ways, &want[i])
	}
	var first error
	for _, way := range ways {
		for _, j := range jobs {
			m, err := shrink(j, way)
			if m != nil || ctx.Err() != nil || !errors.Is(err, errNoFailure) {
				return m, err
			}
			first = cmp.Or(first, err)
		}
		if way != nil {
			fmt.Fprintf(os.Stderr, "fleetdrill: note: in virtual time this does not come again: %s\n", way)
		}
	}
	return nil, first
}

// failedRun is the run of a results folder as jobs, the first of which to fail is to be cut down, and the ways in which it
// failed as far as one must come again: that is so for a run on the real clock, which need not fail in virtual time, or
// not so.
func failedRun(dir string, r *reading) (jobs []hunt.Job, want []hunt.Failure, err error) {
	file := filepath.Join(dir, "scenario.yaml")
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, oneOf(dir, noScenario(dir))
	case err != nil:
		return nil, nil, fmt.Errorf("%s is no folder of results: %w; name one that fleetdrill run FILE --out DIR has written", dir, err)
	}
	s, err := scenarios.Parse(file, text, nil)
	if err != nil {
		return nil, nil, err
	}
	plan, err := hunt.NewPlan(s, false, false, nil)
	if err != nil {
		return nil, nil, err
	}
	job, err := plan.Job(s.Seed)
	if err != nil {
		return nil, nil, err
	}
	_, err = os.Stat(filepath.Join(dir, historyFile))
	unknown := errors.Is(err, os.ErrNotExist)
	if s.Clock == "real" && unknown {
		fmt.Fprintf(os.Stderr, "fleetdrill: note: %s has no %s: its times on the real clock are not known, the run is made with its seed alone\n", dir, historyFile)
	}
	if s.Clock != "real" || unknown {
		return []hunt.Job{job}, nil, nil
	}
	then, err := readRecorded(dir, "", r)
	if err != nil {
		return nil, nil, err
	}
	again := job
	again.Then = dir
	return []hunt.Job{again, job}, failuresThen(then.summary), nil
}

// failuresThen are the ways in which a recorded run failed. That the machine was the limit then does not count now.
func failuresThen(s *report.Summary) []hunt.Failure {
	if s == nil {
		return nil
	}
	judged := *s
	if judged.Verdict == report.Inconclusive {
		judged.Verdict = report.Fail
	}
	list, _ := hunt.Failures(&judged)
	return list
}

// endingsThen is how commands ended in the run in dir, or nil.
func endingsThen(dir string) []string {
	if dir == "" {
		return nil
	}
	if s := summaryIn(dir); s != nil {
		return hunt.Endings(s)
	}
	return nil
}

// speller writes the times of the run in dir into the text of a scenario.
func speller(dir string) func([]byte) (hunt.Spelled, error) {
	return func(text []byte) (hunt.Spelled, error) {
		s, err := scenarios.Parse("draft", text, nil)
		if err != nil {
			return hunt.Spelled{}, err
		}
		h, err := readHistory(dir, nil)
		if err != nil {
			return hunt.Spelled{}, err
		}
		told, err := spell.Out(s, h)
		return hunt.Spelled(told), err
	}
}
