package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/report/ci"
	"fleetdrill/report/compare"
	results "fleetdrill/report/folder"
	"fleetdrill/scenarios"
)

// compareFlags are the options of `fleetdrill compare`, and of every command that ends with a comparison.
type compareFlags struct {
	outputs    []string
	annotate   string
	tolerances []string
	quiet      bool

	outs []output[compared]
	own  report.Tolerances // of --tolerance
}

// compared is a comparison, ready to be written.
type compared struct {
	*report.Comparison
	at time.Time
}

// comparisonWriters are the kinds of report on a comparison.
var comparisonWriters = []writer[compared]{
	{"json", "compare.json", func(w io.Writer, c compared) error { return report.WriteComparisonJSON(w, c.Comparison) }},
	{"markdown", "compare.md", func(w io.Writer, c compared) error { return ci.WriteComparisonMarkdown(w, c.Comparison) }},
	{"junit", "compare.xml", func(w io.Writer, c compared) error { return ci.WriteComparisonJUnit(w, c.Comparison, c.at) }},
	{"html", "report.html", func(w io.Writer, c compared) error { return writeComparisonPage(w, c.Comparison) }},
	{"text", "", func(w io.Writer, c compared) error {
		return report.WriteComparison(w, c.Comparison, report.TextOptions{Width: 80})
	}},
}

func compareCommand() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare BASE HEAD | compare BASE... -- HEAD...",
		Short: "Compare two sets of result folders: better, worse, same or inconclusive",
		Long: "Compare what runs before a change (base) and after it (head) have left with --out.\n\n" +
			"BASE and HEAD are folders of one run, or folders of such folders; several are divided by commas, named with\n" +
			"a pattern in quotes ('out/base-*'), or stand on both sides of --.\n\n" +
			"The exit code is 0 for same and better, 1 for worse, 3 for inconclusive, and 2 for wrong usage.",
		Args: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); dash < 0 && len(args) != 2 || dash == 0 || dash == len(args) && dash > 0 {
				return errors.New("compare needs two sets of results: BASE HEAD, or BASE... -- HEAD... for several folders")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			dash := c.ArgsLenAtDash()
			if dash < 0 {
				dash = 1
			}
			return f.compare(args[:dash], args[dash:])
		},
	}
	f.flags(c)
	return c
}

func (f *compareFlags) flags(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "write one report: kind=file, or kind=- for stdout (repeatable), kind is one of "+kinds(comparisonWriters))
	c.Flags().StringVar(&f.annotate, "annotate", "", "annotate the change under test: github (on stdout)")
	c.Flags().StringArrayVar(&f.tolerances, "tolerance", nil, "the least change that matters, instead of the scenario's: p99=10% (repeatable)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "one line at the end")
}

// parse reads the options. Nothing has been done when they are wrong.
func (f *compareFlags) parse() (err error) {
	if f.outs, err = parseOutputs(comparisonWriters, f.outputs); err != nil {
		return err
	}
	if f.annotate != "" && f.annotate != "github" {
		return fmt.Errorf("--annotate %s: write github", f.annotate)
	}
	f.own = report.Tolerances{}
	for _, text := range f.tolerances {
		name, value, _ := strings.Cut(text, "=")
		i := slices.IndexFunc(report.Gauges, func(g report.Gauge) bool { return g.Name == name })
		if i < 0 {
			return fmt.Errorf("--tolerance %s: write name=value, with a name of %s", text, gauges())
		}
		if f.own[name], err = report.Gauges[i].Parse(value); err != nil {
			return fmt.Errorf("--tolerance %s: %w", text, err)
		}
	}
	return nil
}

func gauges() string {
	var names []string
	for _, g := range report.Gauges {
		names = append(names, g.Name)
	}
	return strings.Join(names, ", ")
}

func (f *compareFlags) compare(base, head []string) error {
	if err := f.parse(); err != nil {
		return exit{exitUsage, err}
	}
	var sides [2][]*results.Run
	var notes []string
	for i, names := range [][]string{base, head} {
		runs, left, err := readRuns(names)
		if err != nil {
			return exit{exitUsage, err}
		}
		sides[i], notes = runs, append(notes, left...)
	}
	if head := sides[1][0]; head.Scenario != nil {
		if _, err := scenarios.Parse(filepath.Join(head.Dir, results.ScenarioFile), head.Scenario, nil); err != nil {
			notes = append(notes, "tolerances are the defaults, for this version cannot read the scenario of head: "+err.Error())
		}
	}
	c, err := compare.Runs(sides[0], sides[1], compare.Options{Tolerances: f.of(sides[1]), Warnings: notes})
	if err != nil {
		return exit{exitUsage, err}
	}
	return f.finish(c)
}

// of are the tolerances of the scenario that head ran, with those of --tolerance instead where there are any.
func (f *compareFlags) of(head []*results.Run) report.Tolerances {
	all := report.Tolerances{}
	if s, err := scenarios.Parse(results.ScenarioFile, head[0].Scenario, nil); err == nil {
		for name, t := range s.Compare {
			all[name] = t
		}
	}
	for name, t := range f.own {
		all[name] = t
	}
	return all
}

// finish writes a comparison everywhere, and makes its verdict the exit code.
func (f *compareFlags) finish(c *report.Comparison) error {
	var broken error
	for _, o := range f.outs {
		broken = errors.Join(broken, o.write(compared{c, time.Now()}))
	}
	if err := f.show(c); err != nil {
		broken = errors.Join(broken, fmt.Errorf("the verdict could not be shown: %w", err))
	}
	switch {
	case c.Verdict == report.Worse:
		return exit{exitFail, broken}
	case c.Verdict == report.Unclear || broken != nil:
		return exit{exitNoAnswer, broken}
	}
	return nil
}

func (f *compareFlags) show(c *report.Comparison) error {
	if f.annotate == "github" {
		if err := ci.WriteComparisonGitHub(os.Stdout, c); err != nil {
			return err
		}
	}
	if f.quiet {
		return report.WriteComparisonLine(os.Stdout, c)
	}
	return report.WriteComparison(os.Stdout, c, textOptions(os.Stdout))
}

// readRuns reads all results that are meant by names. left says which folders hold none, where others beside them do.
func readRuns(names []string) (runs []*results.Run, left []string, err error) {
	for _, name := range names {
		for _, part := range strings.Split(name, ",") {
			dirs, without, err := resultFolders(part)
			if err != nil {
				return nil, nil, err
			}
			left = append(left, without...)
			for _, dir := range dirs {
				r, err := results.Read(dir)
				if err != nil {
					return nil, nil, err
				}
				runs = append(runs, r)
			}
		}
	}
	return runs, left, nil
}

// resultFolders are the folders of runs that a name means: itself, those in it, or those that it matches.
func resultFolders(name string) (dirs, left []string, err error) {
	found := []string{name}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		if found, err = filepath.Glob(name); err != nil || len(found) == 0 || found[0] == name {
			return nil, nil, fmt.Errorf("%q names no folder with results: name one that fleetdrill run --out has written, or a folder of such", name)
		}
	}
	for _, dir := range found {
		if hasResults(dir) {
			dirs = append(dirs, dir)
			continue
		}
		if err := oneOf(dir, nil); err != nil {
			return nil, nil, err
		}
		inside, _ := filepath.Glob(filepath.Join(dir, "*")) // the pattern is right
		for _, sub := range inside {
			if info, err := os.Stat(sub); err != nil || !info.IsDir() {
				continue
			}
			if hasResults(sub) {
				dirs = append(dirs, sub)
			} else {
				left = append(left, fmt.Sprintf("%s has no %s, so it is left out: its run was killed or is not over", sub, results.SummaryFile))
			}
		}
	}
	if base, head := filepath.Join(name, "base"), filepath.Join(name, "head"); len(dirs) == 0 && exists(base) && exists(head) {
		return nil, nil, fmt.Errorf("%s is what bench left: name its sides, %s or %s", name, base, head)
	}
	if len(dirs) == 0 {
		_, err := results.Read(name)
		return nil, nil, err
	}
	return dirs, left, nil
}

func hasResults(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, results.SummaryFile))
	return err == nil
}
