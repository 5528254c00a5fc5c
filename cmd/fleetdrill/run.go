package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/report/ci"
	"fleetdrill/scenarios"
)

// runFlags are the options of `fleetdrill run`.
type runFlags struct {
	out         string
	force       bool
	seed, clock string
	sets        []string
	quiet       bool
	outputs     []string // -o
	annotate    string
	metrics     string // address

	outs []output[result] // outputs and annotate, read
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a scenario and judge it",
		Long:  "Run a scenario file, or a built-in scenario by its name, and judge it.\n\nBuilt-in scenarios:\n" + builtIns(),
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return f.run(args[0]) },
	}
	c.Flags().StringVar(&f.out, "out", "", "write all results into this folder: summary.json, junit.xml, summary.md and more")
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "write one report: kind=file, or kind=- for stdout (repeatable), kind is one of "+kinds(writers))
	c.Flags().StringVar(&f.metrics, "metrics", "", "serve Prometheus metrics at this address while it runs: 127.0.0.1:9464")
	c.Flags().StringVar(&f.annotate, "annotate", "", "annotate the change under test: github (on stdout) or gitlab (a code quality report beside the results)")
	c.Flags().BoolVar(&f.force, "force", false, "let --out replace the results in a folder that is not empty")
	c.Flags().StringVar(&f.seed, "seed", "", "draw other chances than the file's seed")
	c.Flags().StringVar(&f.clock, "clock", "", "real, or virtual: time jumps to the next event")
	c.Flags().StringArrayVar(&f.sets, "set", nil, "override a value: load.reboot.timeout=3s (repeatable)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress, and one line at the end")
	return c
}

func builtIns() string {
	text, wide := "", 0
	for _, b := range scenarios.BuiltIns() {
		wide = max(wide, len(b.Name))
	}
	for _, b := range scenarios.BuiltIns() {
		text += fmt.Sprintf("  %-*s  %s\n", wide, b.Name, b.About)
	}
	return text + fmt.Sprintf("\nand in the zoo, timeout bugs of the field that this platform does not have:\n  %s\n", strings.Join(scenarios.Zoo(), "\n  "))
}

func (f *runFlags) run(file string) error {
	sets := f.sets
	if f.seed != "" {
		sets = append(sets, "seed="+f.seed)
	}
	if f.clock != "" {
		sets = append(sets, "clock="+f.clock)
	}
	all, err := scenarios.OpenAll(file, sets)
	if err != nil {
		return exit{exitUsage, err}
	}
	if all[0].Cell != "" {
		return f.runMatrix(all)
	}
	if f.out != "" && filepath.Dir(file) == filepath.Clean(f.out) && minimalNames.MatchString(filepath.Base(file)) {
		return exit{exitUsage, fmt.Errorf("--out: %s is there, and goes with the results that it was made of; name another folder", file)}
	}
	out, err := f.places()
	if err != nil {
		return exit{exitUsage, err}
	}
	if !f.quiet {
		warn(os.Stderr, file, all[0])
	}
	return f.drill(newDrill(all[0]), out)
}

// places finds a place for every result before anything runs. What was there goes now.
func (f *runFlags) places() (out *folder, err error) {
	if f.outs, err = parseOutputs(writers, f.outputs); err != nil {
		return nil, err
	}
	if f.out != "" {
		if out, err = openFolder(f.out, f.force); err != nil {
			return nil, err
		}
	}
	more, err := annotate(f.annotate, f.out)
	f.outs = append(f.outs, more...)
	for _, o := range f.outs {
		err = errors.Join(err, o.clear())
	}
	if err != nil && out != nil {
		out.close()
	}
	return out, err
}

// drill runs d, until its end or the first Ctrl-C. A second Ctrl-C is for who does not want to wait: it ends the
// process as if nothing had been caught.
func (f runFlags) drill(d *drill, out *folder) error {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away must not take the results with it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { d.interrupted.Store(true); stop() })
	watched, err := serveMetrics(f.metrics, d.source())
	if err != nil {
		if out != nil {
			out.close()
		}
		return exit{exitUsage, err}
	}
	d.measured = watched != nil
	shown := show(os.Stderr, d, f.quiet)
	finish := func(broken error) error {
		shown.stop()
		defer watched.stop()
		return f.finish(d, out, broken)
	}
	if d.scenario.Clock == "virtual" {
		inVirtualTime(func() { d.run(context.Background(), settle) }, func(broken error) int { return exitCode(finish(broken)) })
	}
	d.run(ctx, nil)
	return finish(nil)
}

// finish tells what came out: the files in out, the screen on stdout, the verdict as exit code. What went wrong with
// the run or its files is part of the verdict that it shows.
func (f runFlags) finish(d *drill, out *folder, broken error) error {
	if broken == nil {
		broken = d.err
	}
	if out != nil {
		defer out.close()
	}
	if d.summary == nil {
		return exit{exitNoAnswer, broken}
	}
	spoil(d.summary, broken)
	if out != nil {
		broken = errors.Join(broken, out.write(d.result))
	}
	for _, o := range f.outs {
		failed := o.write(d.result)
		spoil(d.summary, failed)
		broken = errors.Join(broken, failed)
	}
	if err := f.show(d.result); err != nil {
		broken = errors.Join(broken, fmt.Errorf("the verdict could not be shown: %w", err))
	}
	switch {
	case d.summary.Verdict == report.Fail:
		return exit{exitFail, broken}
	case d.summary.Verdict != report.Pass || broken != nil:
		return exit{exitNoAnswer, broken}
	}
	return nil
}

// spoil makes a summary say what went wrong. A failure stays one.
func spoil(s *report.Summary, err error) {
	if err == nil {
		return
	}
	s.Reasons = append(s.Reasons, err.Error())
	if s.Verdict == report.Pass {
		s.Verdict = report.Inconclusive
	}
}

// showWhy says how to see why calls were no success.
func (f runFlags) showWhy(s *report.Summary) error {
	var bad int64
	for _, l := range s.Loads {
		for _, n := range l.Causes {
			bad += n
		}
	}
	if bad == 0 || f.out == "" {
		return nil
	}
	_, err := fmt.Printf("\n Why %s calls ended without success:\n   %s\n", report.FormatCount(bad), explaining(f.out))
	return err
}

func (f runFlags) show(r result) error {
	var err error
	if f.quiet {
		err = report.WriteLine(os.Stdout, r.summary)
	} else {
		err = errors.Join(report.WriteText(os.Stdout, r.summary, textOptions(os.Stdout)), f.showWhy(r.summary))
	}
	if f.annotate == "github" {
		err = errors.Join(err, ci.WriteGitHub(os.Stdout, r.summary, place(r.scenario)))
	}
	return err
}
