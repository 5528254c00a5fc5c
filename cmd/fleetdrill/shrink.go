package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/hunt"
)

func shrinkCommand() *cobra.Command {
	var length, limit time.Duration
	var quiet bool
	c := &cobra.Command{
		Use:   "shrink DIR",
		Short: "Cut a failed run down to the few devices and calls that it takes",
		Long: "Run the scenario of a results folder again and again in virtual time, with fewer calls, devices and faults and with\n" +
			"shorter times, as long as it fails the same way. What is left goes into " + minimalName + " in that folder.\n\n" +
			"A run on the real clock is made again as fleetdrill replay does, at the times that were recorded; those that matter end\n" +
			"up in the file. What of it the file has not is named, and whether the file alone fails.\n\n" +
			"The same way is the same rule in the same words, or the same expectation and no new cause. An expectation about a share\n" +
			"may be left unmet for want of calls: hunt for a count, such as --expect 'reboot.timeout.count == 0', where you can.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return shrinkFolder(args[0], length, limit, quiet) },
	}
	c.Flags().DurationVar(&length, "for", hunt.DefaultShrink, "begin no attempt after this long")
	c.Flags().DurationVar(&limit, "bound", bound, "a run that takes longer hangs, which is a failure, too")
	c.Flags().BoolVar(&quiet, "quiet", false, "no progress")
	return c
}

const minimalName = "minimal.yaml"

func shrinkFolder(dir string, length, limit time.Duration, quiet bool) error {
	switch {
	case length <= 0:
		return exit{exitUsage, errors.New("--for: write a time above 0")}
	case limit <= 0:
		return exit{exitUsage, errors.New("--bound: write a time above 0")}
	}
	var history *reading
	if !quiet {
		history = showReading(os.Stderr)
	}
	jobs, want, err := failedRun(dir, history)
	history.stop()
	if err != nil {
		return exit{exitUsage, err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if err := tooShort(ctx, limit); err != nil {
		return err
	}
	pool := &hunt.Pool{Command: newWorker, Jobs: 1, Bound: limit}
	defer pool.Close()
	m, err := shrinkFirst(ctx, jobs, want, func(j hunt.Job, want *hunt.Failure) (*shrunk, error) {
		return shrinkRun(ctx, pool, j, want, filepath.Join(dir, minimalName), length, teller(quiet))
	})
	switch {
	case m == nil && ctx.Err() != nil:
		return exit{exitNoAnswer, errors.New("the shrink was interrupted before there was anything to keep")}
	case m == nil && len(want) > 0 && errors.Is(err, errNoFailure):
		return exit{exitNoAnswer, fmt.Errorf("%w; fleetdrill replay %s says which commands end otherwise", err, dir)}
	case m == nil:
		return exit{exitNoAnswer, err}
	case ctx.Err() != nil:
		err = errors.New("the shrink was interrupted: this is what it had by then")
	case err != nil:
		err = fmt.Errorf("cut short: %w", err)
	}
	if e := writeMinimal(os.Stdout, *m); e != nil {
		err = errors.Join(err, e)
	}
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
	file string
	made int           // runs of it
	same int           // of these, those that failed the same way
	wall time.Duration // of one
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
	tell("the run is made again, to see it fail")
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
	out := &shrunk{Minimal: m, file: file}
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

// writeMinimal shows what is left of a run.
func writeMinimal(w io.Writer, m shrunk) error {
	head := fmt.Sprintf("to %s and %s in %s", report.Plural(m.Devices, "device", "devices"), report.Plural(m.Calls, "call", "calls"), report.Plural(m.Attempts, "run", "runs"))
	if m.made > 0 {
		head += fmt.Sprintf(" · fails %d of %d times · %.0f ms a run", m.same, m.made, float64(m.wall.Microseconds())/1000)
	}
	head += fmt.Sprintf(" · %s bytes", report.FormatCount(int64(len(m.Text))))
	if lacks := m.Lacks(); lacks != "" {
		head += "\n   " + lacks
	}
	if m.Then != "" {
		head += "\n   fleetdrill replay " + m.Then
	}
	if len(m.Text) > hunt.MostBytes {
		head += fmt.Sprintf("\n   it could not be made smaller than %s bytes", report.FormatCount(hunt.MostBytes))
	}
	if m.wall > hunt.MostTime {
		head += fmt.Sprintf("\n   no run of it could be made shorter than %v: this one takes %.1fs", hunt.MostTime, m.wall.Seconds())
	}
	if m.Unfinished {
		head += "\n   time was over before everything was tried"
		if filepath.Base(m.file) == minimalName { // a folder's first failure is what shrink cuts down
			head += fmt.Sprintf("; to try more:\n   fleetdrill shrink %s --for 10m", filepath.Dir(m.file))
		}
	}
	_, err := fmt.Fprintf(w, " SHRUNK    %s\n   fleetdrill run %s\n\n%s", head, m.file, indent(string(m.Text)))
	return err
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("   " + line)
	}
	return b.String()
}
