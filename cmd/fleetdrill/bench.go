package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/report/compare"
	results "fleetdrill/report/folder"
	"fleetdrill/scenarios"
)

// benchFlags are the options of `fleetdrill bench`.
type benchFlags struct {
	compareFlags
	against, out string
	baseline     []string
	n            int
	budget       time.Duration
	sets, heads  []string
	force        bool
	selftest     bool
}

func benchCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "bench FILE --against BINARY | --baseline DIR | --head-set path=value",
		Short: "Run a scenario with two versions in turns, and compare them",
		Long: "Run a scenario with this version (head) and another one (base) in turns, base head head base, so that a machine that\n" +
			"gets slower hits both, and compare them. It ends early when the answer is clear or the time is up.\n\n" +
			"Without --against the base is this version itself: with --head-set that compares two settings.\n\n" +
			"The exit code is 0 for same and better, 1 for worse, 3 for inconclusive, and 2 for wrong usage.",
		Args: func(c *cobra.Command, args []string) error {
			if f.selftest {
				return cobra.NoArgs(c, args)
			}
			return cobra.ExactArgs(1)(c, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if f.selftest {
				return f.test()
			}
			return f.bench(args[0])
		},
	}
	f.flags(c)
	c.Flags().StringVar(&f.against, "against", "", "another build of fleetdrill, which is the base")
	c.Flags().StringSliceVar(&f.baseline, "baseline", nil, "results of earlier runs, which are the base: nothing is run in turns then")
	c.Flags().StringVar(&f.out, "out", "", "keep each run's results here, in base/ and head/, with the comparison")
	c.Flags().BoolVar(&f.force, "force", false, "let --out replace the results of an earlier bench")
	c.Flags().IntVarP(&f.n, "runs", "n", 12, "runs of each side, at the most")
	c.Flags().DurationVar(&f.budget, "budget", 0, "time for all runs: none begins that would end later")
	c.Flags().StringArrayVar(&f.sets, "set", nil, "override a value on both sides: load.reboot.timeout=3s (repeatable)")
	c.Flags().BoolVar(&f.selftest, "selftest", false, "is bench right on this machine? compare equal things and planted changes; takes --budget (15m), and goes on where one stopped with the same --out")
	c.Flags().StringArrayVar(&f.heads, "head-set", nil, "override a value for head alone (repeatable)")
	return c
}

func (f *benchFlags) bench(file string) error {
	b, err := f.prepare(file)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer b.close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C is for who does not want to wait
	c, err := b.measure(ctx)
	if err != nil {
		return exit{exitNoAnswer, err}
	}
	if f.out != "" {
		err = b.keep(c)
	}
	end := f.finish(c)
	switch {
	case ctx.Err() != nil:
		return exit{exitNoAnswer, errors.Join(err, errors.New("interrupted: the comparison is of the runs that were over"))}
	case err != nil:
		return exit{exitNoAnswer, err}
	}
	return end
}

// test is --selftest.
func (f *benchFlags) test() error {
	if f.budget == 0 {
		f.budget = 15 * time.Minute
	}
	log := io.Writer(os.Stderr)
	if f.quiet {
		log = io.Discard
	}
	self, err := os.Executable()
	if err != nil {
		return exit{exitNoAnswer, err}
	}
	s := newSelftest(log, 1000, f.budget, self)
	s.turns.tolerances = f.of
	if exists(filepath.Join(f.out, "selftest.yaml")) && f.out != "" {
		s.dir = f.out // more turns make a better answer
	} else if err := s.open(f.out, f.force); err != nil {
		return exit{exitUsage, err}
	}
	defer s.close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if err := s.run(ctx); err != nil {
		return exit{exitNoAnswer, err}
	}
	right, err := s.table(os.Stdout)
	switch {
	case err != nil:
		return exit{exitNoAnswer, fmt.Errorf("the table could not be shown: %w", err)}
	case !right:
		return exit{exitFail, nil}
	}
	return nil
}

// prepare finds everything that is wrong before anything runs.
func (f *benchFlags) prepare(file string) (*turns, error) {
	if err := f.parse(); err != nil {
		return nil, err
	}
	if f.n < 1 || f.n > 100 {
		return nil, fmt.Errorf("-n %d: write a number of 1 to 100", f.n)
	}
	if f.against != "" && len(f.baseline) > 0 {
		return nil, errors.New("--against and --baseline both say what the base is: write one of them")
	}
	if f.against == "" && len(f.baseline) == 0 && len(f.heads) == 0 {
		return nil, errors.New("nothing to compare with: write --against BINARY, --baseline DIR, or --head-set path=value")
	}
	s, err := scenarios.Open(file, append(f.sets, f.heads...))
	if err != nil {
		return nil, err
	}
	b := &turns{file: file, virtual: s.Clock == "virtual", most: f.n, budget: f.budget, log: os.Stderr, tolerances: f.of}
	if f.quiet {
		b.log = io.Discard
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b.base, b.head = side{name: "base", binary: self, sets: f.sets}, side{name: "head", binary: self, sets: append(f.sets, f.heads...)}
	if f.against != "" {
		if b.base.binary, err = binary(f.against); err != nil {
			return nil, fmt.Errorf("--against: %w", err)
		}
	}
	for _, name := range f.baseline {
		runs, _, err := readRuns([]string{name})
		if err != nil {
			return nil, fmt.Errorf("--baseline: %w", err)
		}
		for _, r := range runs {
			if !slices.ContainsFunc(s.Load, func(l scenarios.Load) bool { return r.Load(l.Name) != nil }) {
				return nil, fmt.Errorf("--baseline: %s has no load of %s: name results of the same scenario", r.Dir, file)
			}
		}
		b.base.runs, b.base.fixed = append(b.base.runs, runs...), true
	}
	return b, b.open(f.out, f.force)
}

// binary is a path that can be executed wherever this process is.
func binary(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir() || info.Mode()&0o111 == 0:
		return "", fmt.Errorf("%s is not a program", name)
	}
	return filepath.Abs(name)
}

// keep writes the comparison beside the runs.
func (b *turns) keep(c *report.Comparison) error {
	for _, w := range comparisonWriters {
		if w.file == "" {
			continue
		}
		if err := writeFile(filepath.Join(b.dir, w.file), compared{c, time.Now()}, w.write); err != nil {
			return fmt.Errorf("%s could not be written: %w", w.file, err)
		}
	}
	return nil
}

// compare compares what there is. Nobody looks more often than the plan says.
func (b *turns) compare(looks int) (*report.Comparison, error) {
	return compare.Runs(b.base.runs, b.head.runs, compare.Options{Tolerances: b.tolerances(b.head.runs), Looks: looks, Warnings: b.notes})
}

// settled tells whether further runs could not make a comparison more useful.
func settled(c *report.Comparison) bool {
	return c.Verdict == report.Worse || c.Count(report.Unclear) == 0
}

// side is one of the two versions, and its runs so far.
type side struct {
	name, binary string
	sets         []string
	fixed        bool // its runs are given
	runs         []*results.Run
}
