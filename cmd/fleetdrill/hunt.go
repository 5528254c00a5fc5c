package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/scenarios"
	"fleetdrill/sim/hunt"
)

// huntFlags are the options of `fleetdrill hunt`.
type huntFlags struct {
	seeds    int
	from     uint64
	length   time.Duration
	bound    time.Duration
	jobs     int
	all      bool
	small    bool
	noFaults bool
	noShrink bool
	out      string
	force    bool
	sets     []string
	expect   []string
	quiet    bool
}

func huntCommand() *cobra.Command {
	var f huntFlags
	c := &cobra.Command{
		Use:   "hunt FILE",
		Short: "Search for a seed and faults with which a scenario fails",
		Long: "Run a scenario in virtual time with one seed after another, and look for a broken invariant, an expectation that\n" +
			"does not hold, or a run that dies, hangs, or is not the same twice. Every other seed also places faults of its own;\n" +
			"such a run, and one that --small cuts down, is held to the invariants and to --expect alone. The cells of a matrix\n" +
			"share the seeds evenly, each from the first on; where one had no run and nothing is found, the hunt\n" +
			"ends with 3.\n\n" +
			"Built-in scenarios:\n" + builtIns(),
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args[0]) },
	}
	c.Flags().IntVar(&f.seeds, "seeds", 1000, "how many seeds")
	c.Flags().Uint64Var(&f.from, "from", 1, "the first seed")
	c.Flags().DurationVar(&f.length, "for", 0, "begin no run after this long, such as 10m; 0: no limit")
	c.Flags().DurationVar(&f.bound, "bound", bound, "a run that takes longer hangs, which is a finding; while the machine stands still nothing counts")
	c.Flags().IntVar(&f.jobs, "jobs", max(1, defaultJobs()), "processes at once")
	c.Flags().BoolVar(&f.all, "all", false, "go on after the first finding, and collect all ways to fail")
	c.Flags().BoolVar(&f.small, "small", false, "let each seed draw a small fleet with few calls")
	c.Flags().BoolVar(&f.noFaults, "no-faults", false, "place no faults beside those of the scenario")
	c.Flags().BoolVar(&f.noShrink, "no-shrink", false, "do not cut down what is found")
	c.Flags().StringVar(&f.out, "out", "", "folder for what is found (default NAME-hunt)")
	c.Flags().BoolVar(&f.force, "force", false, "let --out replace the findings in a folder that is not empty")
	c.Flags().StringArrayVar(&f.sets, "set", nil, "override a value: load.reboot.timeout=3s (repeatable)")
	c.Flags().StringArrayVar(&f.expect, "expect", nil, "what must hold in every run: 'reboot.broken.count == 0' (repeatable)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress")
	return c
}

func (f huntFlags) run(file string) error {
	cells, err := scenarios.OpenAll(file, f.sets)
	if err != nil {
		return exit{exitUsage, err}
	}
	if err := f.mistake(); err != nil {
		return exit{exitUsage, err}
	}
	var plans []*hunt.Plan
	for _, s := range cells {
		plan, err := hunt.NewPlan(s, f.small, !f.noFaults, f.expect)
		if err != nil {
			return exit{exitUsage, err}
		}
		plans = append(plans, plan)
	}
	if f.out == "" {
		f.out = fileName(cells[0]) + "-hunt"
	}
	_, absent := os.Stat(f.out)
	out, err := lockFolder(f.out, f.force)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer func() {
		out.close()
		if absent != nil {
			os.Remove(f.out) // if there is nothing in it
		}
	}()
	os.Remove(filepath.Join(f.out, huntName))
	for _, s := range cells {
		f.clear(s.Cell, file)
	}
	return f.hunt(plans)
}

// mistake is what is wrong with the options.
func (f huntFlags) mistake() error {
	switch {
	case f.seeds < 1:
		return errors.New("--seeds: write 1 or more")
	case f.jobs < 1 || f.jobs > 256:
		return errors.New("--jobs: write 1 to 256")
	case f.from > math.MaxUint64-uint64(f.seeds):
		return fmt.Errorf("--from: %d seeds from there on are more than there are; write less", f.seeds)
	case f.bound <= 0:
		return errors.New("--bound: write a time above 0")
	case f.length < 0:
		return errors.New("--for: write a time above 0")
	}
	return nil
}

// fileName is the name of a scenario without that of its cell.
func fileName(s *scenarios.Scenario) string { return strings.TrimSuffix(s.Name, "-"+s.Cell) }

// clear takes away what an earlier hunt found, as far as it can: what is in its way is told when it is. The folder of the
// file that is hunted in stays.
func (f huntFlags) clear(cell, file string) {
	seeds, _ := filepath.Glob(filepath.Join(f.out, cell, "seed-*"))
	for _, dir := range seeds {
		if filepath.Dir(filepath.Clean(file)) == dir {
			continue
		}
		for _, dir := range []string{filepath.Join(dir, againDir), dir} {
			clearResults(dir)
			os.Remove(dir) // unless somebody has put something else there
		}
	}
}

func (f huntFlags) hunt(plans []*hunt.Plan) error {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away must not take the findings with it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C is for who does not want to wait
	if err := tooShort(ctx, f.bound); err != nil {
		return err
	}
	pool := &hunt.Pool{Command: newWorker, Jobs: f.jobs, Bound: f.bound}
	defer pool.Close()
	h := &hunt.Hunt{Plans: plans, Pool: pool, From: f.from, Seeds: f.seeds, For: f.length, All: f.all}
	shown := showHunt(os.Stderr, h, f.quiet)
	err := h.Run(ctx)
	shown.stop()
	kept, e := f.keepAll(ctx, pool, plans, h.Findings())
	err = errors.Join(err, e)
	var text bytes.Buffer
	e = writeHunt(&text, textOptions(os.Stdout).Width, h, kept, f.out)
	_, unshown := os.Stdout.Write(text.Bytes())
	err = errors.Join(err, e, unshown)
	switch {
	case len(kept) > 0 && ctx.Err() != nil && err == nil:
		return exit{exitFail, errors.New("the hunt was interrupted: this is what it had found")}
	case len(kept) > 0:
		return exit{exitFail, err}
	case err != nil:
		return exit{exitNoAnswer, err}
	case ctx.Err() != nil:
		return exit{exitNoAnswer, errors.New("the hunt was interrupted")}
	}
	return unsaid(h)
}

// unsaid is what a hunt without findings tells nothing of.
func unsaid(h *hunt.Hunt) error {
	of := func(cells []string) string {
		if cells[0] == "" {
			return ""
		}
		return " of " + strings.Join(cells, ", ")
	}
	idle, doubtful := h.Silent()
	var why []error
	switch {
	case len(idle) == 0:
	case h.Seeds < len(h.Plans):
		why = append(why, fmt.Errorf("no run%s: the cells share the seeds; write --seeds %d or more", of(idle), len(h.Plans)))
	default:
		why = append(why, fmt.Errorf("no run%s: --for was over before; write more", of(idle)))
	}
	if len(doubtful) > 0 {
		why = append(why, fmt.Errorf("no run%s said anything: %s", of(doubtful), h.Total().Doubt))
	}
	if len(why) == 0 {
		return nil
	}
	return exit{exitNoAnswer, errors.Join(why...)}
}

// enoughBound is time enough for a run without calls, whatever the machine.
const enoughBound = time.Second

// tooShort refuses a bound that is no sign of a hang, for a run in which nothing happens needs most of it: what exceeds it
// would be cut down to nothing.
func tooShort(ctx context.Context, bound time.Duration) error {
	if bound >= enoughBound {
		return nil
	}
	pool := &hunt.Pool{Command: newWorker, Jobs: 1, Bound: bound / 2}
	defer pool.Close()
	r, err := pool.Run(ctx, hunt.Job{Text: "name: empty\nclock: virtual\ndevices: [{group: one, count: 1}]\n", Seed: 1})
	switch f, failed := r.Fails(); {
	case ctx.Err() != nil:
		return exit{exitNoAnswer, errors.New("interrupted before there was a run")}
	case err != nil:
		return exit{exitNoAnswer, err}
	case failed && f.Kind == hunt.Hang:
		return exit{exitUsage, fmt.Errorf("--bound: half of %v is too little even for a run without calls, so that what takes longer need not hang; write 1s or more", bound)}
	}
	return nil
}
