package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"fleetdrill/sim/hunt"
)

// failureName is the file with the last words of a run that came to no end, and huntName that with all findings.
const (
	failureName = "failure.txt"
	huntName    = "hunt.json"
)

// keepAll leaves each finding in the folder of its run, which several may share, cut down to a file of its own.
func (f huntFlags) keepAll(ctx context.Context, pool *hunt.Pool, plans []*hunt.Plan, found []hunt.Finding) (kept []keptFinding, err error) {
	sharing := map[string]int{}
	for _, finding := range found {
		k := keptFinding{Finding: finding, dir: filepath.Join(f.out, finding.Cell, "seed-"+strconv.FormatUint(finding.Seed, 10))}
		sharing[k.dir]++
		k.file = filepath.Join(k.dir, minimalOf(sharing[k.dir]))
		if sharing[k.dir] == 1 || finding.Failure.Kind == hunt.Unlike { // else its run is there as a whole
			err = errors.Join(err, k.about(f.keep(ctx, pool, &k)))
		}
		kept = append(kept, k)
	}
	for i := range kept { // only now, for what keeps a run clears its folder
		k := &kept[i]
		k.same, k.others = f.others(ctx, pool, plans, k.Finding)
		if f.noShrink || ctx.Err() != nil {
			continue
		}
		var e error
		k.shrunk, e = shrinkRun(ctx, pool, k.Job, &found[i].Failure, k.file, 0, teller(f.quiet))
		if e != nil && ctx.Err() != nil {
			e = errors.New("it was interrupted before it was cut down as far as it can be")
		}
		err = errors.Join(err, k.about(e))
	}
	return kept, err
}

// about says of which finding an error is.
func (k *keptFinding) about(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", hunt.SeedOf(k.Cell, k.Seed), err)
}

// minimalOf names the file of the nth finding in a folder, from 1.
func minimalOf(nth int) string {
	if nth == 1 {
		return minimalName
	}
	return fmt.Sprintf("minimal-%d.yaml", nth)
}

var minimalNames = regexp.MustCompile(`^minimal(-[0-9]+)?\.yaml$`)

// keptFinding is a finding with the folder that holds it.
type keptFinding struct {
	hunt.Finding
	dir    string
	file   string  // for what it is cut down to
	shrunk *shrunk // nil: it was not cut down

	same, others int // how many of so many other seeds fail so
}

// keep makes the run of a finding once more and leaves it in a folder of its own. One that cannot end leaves its
// scenario and its last words.
func (f huntFlags) keep(ctx context.Context, pool *hunt.Pool, k *keptFinding) error {
	if err := os.MkdirAll(k.dir, 0o777); err != nil {
		return err
	}
	job := k.Job
	job.Out = k.dir
	text, err := job.File()
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // whoever interrupts wants to see what was found
	switch k.Failure.Kind {
	case hunt.Rule, hunt.Expectation:
		err = leave(ctx, pool, job)
	case hunt.Unlike:
		k.Failure.Example, err = keepBoth(ctx, pool, job, k.Failure.Example)
	default:
		err = os.WriteFile(filepath.Join(k.dir, failureName), []byte(k.Failure.Example), 0o666)
	}
	return errors.Join(err, os.WriteFile(filepath.Join(k.dir, "scenario.yaml"), text, 0o666))
}

// leave makes a run that leaves everything in its folder.
func leave(ctx context.Context, pool *hunt.Pool, j hunt.Job) error {
	r, err := pool.Run(ctx, j)
	for _, f := range r.Failures {
		switch f.Kind {
		case hunt.Rule, hunt.Expectation:
		case hunt.Broken:
			err = errors.Join(err, errors.New(f.Example))
		default:
			err = errors.Join(err, fmt.Errorf("made again to be kept, it came to no end: %s", f))
		}
	}
	if r.Unkept != "" {
		err = errors.Join(err, errors.New(r.Unkept))
	}
	return err
}
