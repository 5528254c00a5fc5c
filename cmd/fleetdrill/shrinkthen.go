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

// shrinkWays cuts a run down in the first of the ways that comes again, or in all that do, and returns those that were not
// tried. A nil way is any; it leaves the others in which the run fails. Without a shrunk there is an error, that of the first
// way; with some it says that the last was cut short, or why there is none after it.
func shrinkWays(ctx context.Context, ways []*hunt.Failure, all bool, shrink func(way *hunt.Failure, nth int) (*shrunk, error)) (made []*shrunk, left []*hunt.Failure, err error) {
	var first error
	for len(ways) > 0 && (all || len(made) == 0) {
		way, rest := ways[0], ways[1:]
		m, err := shrink(way, len(made)+1)
		if m != nil {
			made, ways = append(made, m), rest
			if way == nil {
				ways = m.others
			}
		}
		switch {
		case ctx.Err() != nil || err != nil && !errors.Is(err, errNoFailure):
			return made, ways, err
		case m != nil:
			continue
		case way != nil:
			fmt.Fprintf(os.Stderr, "fleetdrill: note: in virtual time this does not come again: %s\n", way)
		}
		ways, first = rest, cmp.Or(first, err)
	}
	if len(made) > 0 {
		return made, ways, nil
	}
	return nil, nil, first
}

// shrinkFirst cuts down the first of the jobs that fails. The error is that of the first.
func shrinkFirst(ctx context.Context, jobs []hunt.Job, shrink func(hunt.Job) (*shrunk, error)) (*shrunk, error) {
	var first error
	for _, j := range jobs {
		m, err := shrink(j)
		if m != nil || ctx.Err() != nil || !errors.Is(err, errNoFailure) {
			return m, err
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// failedRun is the run of a results folder as jobs, the first of which to fail is to be cut down, and the ways in which it
// failed, one of which must come again; nil: any will do. A run on the real clock need not fail in virtual time, or not so.
func failedRun(dir string, r *reading) (jobs []hunt.Job, ways []*hunt.Failure, err error) {
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
		return []hunt.Job{job}, []*hunt.Failure{nil}, nil
	}
	then, err := readRecorded(dir, "", r)
	if err != nil {
		return nil, nil, err
	}
	again := job
	again.Then = dir
	return []hunt.Job{again, job}, failuresThen(then.summary), nil
}

// failuresThen are the ways in which a recorded run failed, or nil, which is any. That the machine was the limit then does not
// count now.
func failuresThen(s *report.Summary) []*hunt.Failure {
	if s == nil {
		return []*hunt.Failure{nil}
	}
	judged := *s
	if judged.Verdict == report.Inconclusive {
		judged.Verdict = report.Fail
	}
	list, _ := hunt.Failures(&judged)
	if len(list) == 0 {
		return []*hunt.Failure{nil}
	}
	return waysOf(list)
}

// waysOf are failures, one of each way.
func waysOf(list []hunt.Failure, but ...hunt.Failure) (ways []*hunt.Failure) {
	seen := map[string]bool{}
	for _, f := range but {
		seen[f.Way()] = true
	}
	for i := range list {
		if way := list[i].Way(); !seen[way] {
			seen[way] = true
			ways = append(ways, &list[i])
		}
	}
	return ways
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
