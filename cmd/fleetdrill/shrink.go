package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/hunt"
)

func shrinkCommand() *cobra.Command {
	var f shrinkFlags
	c := &cobra.Command{
		Use:   "shrink DIR",
		Short: "Cut a failed run down to the few devices and calls that it takes",
		Long: "Run the scenario of a results folder again and again in virtual time, with fewer calls, devices and faults and with\n" +
			"shorter times, as long as it fails the same way. What is left goes into " + minimalName + " in that folder. Of a run that fails\n" +
			"in several ways the first is cut down, and the others are named.\n\n" +
			"A run on the real clock is made again as fleetdrill replay does, at the times that were recorded; those that matter end\n" +
			"up in the file. What of it the file has not is named, and whether the file alone fails.\n\n" +
			"The same way is the same rule in the same words, or the same expectation and no new cause. An expectation about a share\n" +
			"may be left unmet for want of calls: hunt for a count, such as --expect 'reboot.timeout.count == 0', where you can.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return f.shrink(args[0]) },
	}
	c.Flags().DurationVar(&f.length, "for", hunt.DefaultShrink, "begin no attempt after this long")
	c.Flags().DurationVar(&f.bound, "bound", bound, "a run that takes longer hangs, which is a failure, too")
	c.Flags().BoolVar(&f.all, "all", false, "cut down each way in which the run fails, one after the other: the second goes into "+minimalOf(2)+", and so on")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress")
	return c
}

// shrinkFlags are the options of `fleetdrill shrink`.
type shrinkFlags struct {
	length, bound time.Duration
	all, quiet    bool
}

const minimalName = "minimal.yaml"

func (f shrinkFlags) shrink(dir string) error {
	switch {
	case f.length <= 0:
		return exit{exitUsage, errors.New("--for: write a time above 0")}
	case f.bound <= 0:
		return exit{exitUsage, errors.New("--bound: write a time above 0")}
	}
	var history *reading
	if !f.quiet {
		history = showReading(os.Stderr)
	}
	jobs, ways, err := failedRun(dir, history)
	history.stop()
	if err != nil {
		return exit{exitUsage, err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if err := tooShort(ctx, f.bound); err != nil {
		return err
	}
	pool := &hunt.Pool{Command: newWorker, Jobs: 1, Bound: f.bound}
	defer pool.Close()
	made, left, err := shrinkWays(ctx, ways, f.all, func(way *hunt.Failure, nth int) (*shrunk, error) {
		return shrinkFirst(ctx, jobs, func(j hunt.Job) (*shrunk, error) {
			return shrinkRun(ctx, pool, j, way, filepath.Join(dir, minimalOf(nth)), f.length, teller(f.quiet))
		})
	})
	none := len(made) == 0
	switch {
	case none && ctx.Err() != nil:
		return exit{exitNoAnswer, errors.New("the shrink was interrupted before there was anything to keep")}
	case none && ways[0] != nil && errors.Is(err, errNoFailure):
		return exit{exitNoAnswer, fmt.Errorf("%w; fleetdrill replay %s says which commands end otherwise", err, dir)}
	case none:
		return exit{exitNoAnswer, err}
	case ctx.Err() != nil:
		err = errors.New("the shrink was interrupted: this is what it had by then")
	case err != nil:
		err = fmt.Errorf("cut short: %w", err)
	}
	err = errors.Join(err, writeShrunk(os.Stdout, textOptions(os.Stdout).Width, dir, made, left))
	if err != nil {
		return exit{exitNoAnswer, err}
	}
	return nil
}

// bound is how long one run may take, on the wall clock.
const bound = 2 * time.Minute

// teller writes what a shrink achieves to stderr.
func teller(quiet bool) func(string, ...any) {
	if quiet {
		return func(string, ...any) {}
	}
	return func(format string, args ...any) { fmt.Fprintf(os.Stderr, "       shrink   "+format+"\n", args...) }
}

// shrunk is what a shrink left, and where.
type shrunk struct {
	hunt.Minimal
	file   string
	made   int             // runs of it
	same   int             // of these, those that failed the same way
	wall   time.Duration   // of one
	others []*hunt.Failure // other ways in which the run failed that was cut down
}

// The minimal scenario is made to fail again repeats times, and at least repeatsOfSlow times where that takes longer than
// timeForRepeats: one that hangs takes minutes each time.
const (
	repeats        = 20
	repeatsOfSlow  = 3
	timeForRepeats = 20 * time.Second
)

// errNoFailure is for a run that does not fail when it is made again.
var errNoFailure = errors.New("there is nothing to shrink")

// shrinkRun cuts a run down into a file. want is how it failed; nil: the run is made to find out. Without a shrunk there is
// an error; with one, an error says that it was cut short.
func shrinkRun(ctx context.Context, pool *hunt.Pool, j hunt.Job, want *hunt.Failure, file string, length time.Duration, tell func(string, ...any)) (*shrunk, error) {
	temp, err := os.MkdirTemp("", "fleetdrill-shrink-")
	if err != nil {
		return nil, noRoom(err)
	}
	defer os.RemoveAll(temp)
	run := pool.Run
	if want != nil && want.Kind == hunt.Unlike {
		run = pool.Twice
	}
	if want == nil {
		tell("the run is made again, to see it fail")
	} else {
		tell("the run is made again, to see it fail so: %s", want)
	}
	kept := j
	kept.Out = temp
	r, err := run(ctx, kept)
	if err != nil {
		return nil, err
	}
	failure, err := failureOf(r, want, j.Then != "")
	if err != nil {
		return nil, err
	}
	calls, err := callsOf(filepath.Join(temp, "history.jsonl"))
	if err != nil && r.Unkept != "" {
		err = noRoom(errors.New(r.Unkept))
	}
	if err != nil {
		switch failure.Kind {
		case hunt.Rule, hunt.Expectation, hunt.Unlike:
			return nil, err
		}
		calls = hunt.CallsOf(j) // a run without an end leaves no history
	}
	m, err := hunt.Shrink{Run: run, For: length, Tell: tell, Name: filepath.Base(file), Spell: speller(j.Then), Endings: endingsThen(j.Then)}.Shrink(ctx, j, failure, calls)
	if m.Text == nil {
		return nil, err
	}
	out := &shrunk{Minimal: m, file: file, others: waysOf(r.Failures, failure)}
	whole := func(w io.Writer, text []byte) error { _, err := w.Write(text); return err }
	if e := writeFile(out.file, m.Text, whole); e != nil {
		return nil, fmt.Errorf("%s: %w; make room there, this was to be in it:\n%s", out.file, e, m.Text)
	}
	out.repeat(ctx, run)
	return out, err
}

// failureOf is how a run that was made again failed, in the way that is wanted if one is; a rule may be broken in other words.
// recorded tells whether it had the times of the earlier run.
func failureOf(r hunt.Result, want *hunt.Failure, recorded bool) (hunt.Failure, error) {
	first, failed := r.Fails()
	for _, f := range r.Failures {
		if want != nil && f.Way() == want.Way() {
			return f, nil
		}
	}
	for _, f := range r.Failures {
		if want != nil && f.Kind == hunt.Rule && want.Kind == hunt.Rule && f.Name == want.Name {
			return f, nil
		}
	}
	how := "in virtual time"
	if recorded {
		how = "in virtual time, at the times that it had,"
	}
	switch {
	case failed && want == nil:
		return first, nil
	case failed:
		return first, fmt.Errorf("made again %s the run fails, but not as it did (%s): %s; %w", how, want, first, errNoFailure)
	case want != nil:
		return first, fmt.Errorf("made again %s the run does not fail (it did: %s); %w", how, want, errNoFailure)
	case len(r.Doubts) > 0:
		return first, fmt.Errorf("%s the run says nothing: %s; %w", how, r.Doubts[0], errNoFailure)
	}
	return first, fmt.Errorf("the run does not fail %s: %w", how, errNoFailure)
}

// noRoom says what to do about a temporary folder that cannot be written.
func noRoom(err error) error {
	return fmt.Errorf("the run that is to be cut down has to be kept for a while: %w; make room there, or let TMPDIR name another folder", err)
}

// repeat makes the minimal scenario fail again, in processes old and new, until ctx ends.
func (m *shrunk) repeat(ctx context.Context, run func(context.Context, hunt.Job) (hunt.Result, error)) {
	s, err := scenarios.Parse(m.file, m.Text, nil)
	if err != nil {
		return
	}
	begin := time.Now()
	for m.made < repeats && (m.made < repeatsOfSlow || time.Since(begin) < timeForRepeats) {
		r, err := run(ctx, hunt.Job{Text: string(m.Text), Seed: s.Seed})
		if err != nil {
			return
		}
		m.made++
		m.wall = time.Since(begin) / time.Duration(m.made)
		if r.FailsAs(m.Failure) {
			m.same++
		}
	}
}

// callsOf reads which calls a run made.
func callsOf(file string) ([]hunt.Call, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, err := check.ReadJSONL(f)
	if err != nil {
		return nil, err
	}
	var calls []hunt.Call
	var facts []check.Fact
	for i, name := range h.Loads() {
		for n := range h.Calls(i) {
			facts = h.Facts(i, n, facts[:0])
			c := hunt.Call{Load: name, N: int(n)}
			for _, f := range facts {
				if f.Kind == check.Due && f.Device > 0 {
					c.Device = h.Devices()[f.Device-1]
				}
				c.Bad = c.Bad || f.Kind == check.Done && f.Outcome != platform.OK
			}
			if c.Device != "" {
				calls = append(calls, c)
			}
		}
	}
	return calls, nil
}
