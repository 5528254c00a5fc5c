package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
)

// runFlags are the options of `fleetdrill run`.
type runFlags struct {
	out         string
	force       bool
	seed, clock string
	sets        []string
	quiet       bool
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a scenario and judge it",
		Long:  "Run a scenario file, or a built-in scenario by its name, and judge it.\n\nBuilt-in scenarios:\n" + builtIns(),
		Args:  cobra.ExactArgs(1),
		RunE:  func(c *cobra.Command, args []string) error { return f.run(c.Context(), args[0]) },
	}
	c.Flags().StringVar(&f.out, "out", "", "write summary.json, history.jsonl, latency.hlog and scenario.yaml into this folder")
	c.Flags().BoolVar(&f.force, "force", false, "let --out replace the results in a folder that is not empty")
	c.Flags().StringVar(&f.seed, "seed", "", "draw other chances than the file's seed")
	c.Flags().StringVar(&f.clock, "clock", "", "real, or virtual: time jumps to the next event")
	c.Flags().StringArrayVar(&f.sets, "set", nil, "override a value: load.reboot.timeout=3s (repeatable)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "no progress, and one line at the end")
	return c
}

func builtIns() string {
	text := ""
	for _, b := range scenarios.BuiltIns() {
		text += fmt.Sprintf("  %-16s %s\n", b.Name, b.About)
	}
	return text
}

func (f runFlags) run(ctx context.Context, file string) error {
	sets := f.sets
	if f.seed != "" {
		sets = append(sets, "seed="+f.seed)
	}
	if f.clock != "" {
		sets = append(sets, "clock="+f.clock)
	}
	s, err := scenarios.Open(file, sets)
	if err != nil {
		return exit{exitUsage, err}
	}
	if f.out != "" {
		if err := prepareOut(f.out, f.force); err != nil {
			return exit{exitUsage, err}
		}
	}
	d := newDrill(s)
	stop := context.AfterFunc(ctx, func() { d.interrupted.Store(true) })
	defer stop()
	shown := show(os.Stderr, d, f.quiet)
	finish := func(failure error) error {
		shown.stop()
		return f.finish(d, failure)
	}
	if s.Clock == "virtual" {
		inVirtualTime(func() { d.run(context.Background(), settle) }, func(broken error) int { return exitCode(finish(broken)) })
	}
	d.run(ctx, nil)
	return finish(nil)
}

// finish tells what came out: the screen on stdout, the files in --out, the verdict as exit code.
func (f runFlags) finish(d *drill, broken error) error {
	if broken == nil {
		broken = d.err
	}
	if d.summary == nil {
		return exit{exitNoAnswer, broken}
	}
	if f.quiet {
		report.WriteLine(os.Stdout, d.summary)
	} else {
		report.WriteText(os.Stdout, d.summary, textOptions(os.Stdout))
	}
	if f.out != "" {
		if err := writeOut(f.out, d.result); err != nil {
			return exit{exitNoAnswer, fmt.Errorf("results in %s are not complete: %w", f.out, err)}
		}
	}
	switch {
	case broken != nil:
		return exit{exitNoAnswer, broken}
	case d.summary.Verdict == report.Fail:
		return exit{code: exitFail}
	case d.summary.Verdict != report.Pass:
		return exit{code: exitNoAnswer}
	}
	return nil
}

// drill is one run from assembly to judgement. run may be called in a bubble or outside.
type drill struct {
	progress    *sim.Progress
	interrupted atomic.Bool // by Ctrl-C, from outside the bubble
	listen      func(*scenarios.Scenario) (mqtt, api listener, err error)

	result
	err error
}

func newDrill(s *scenarios.Scenario) *drill {
	return &drill{result: result{scenario: s, recorder: report.NewRecorder(loadNames(s))}, progress: sim.NewProgress(s), listen: listen}
}

// tick is how often, in virtual time, a drill looks whether somebody interrupted it.
const tick = time.Second

func (d *drill) run(ctx context.Context, settle func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if settle != nil {
		watch := time.NewTicker(tick)
		defer watch.Stop()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-watch.C:
					if d.interrupted.Load() {
						cancel()
					}
				}
			}
		}()
	}
	d.err = d.drive(ctx, settle)
}

func (d *drill) drive(ctx context.Context, settle func()) error {
	d.began = time.Now()
	ledger := check.NewLedger(loadNames(d.scenario), deviceNames(d.scenario))
	mqtt, api, err := d.listen(d.scenario)
	if err != nil {
		return err
	}
	h, err := newHouse(d.scenario, ledger, mqtt, api)
	if err != nil {
		return err
	}
	measured, err := sim.Run(ctx, sim.Config{
		Scenario: d.scenario, Identities: h.identities, Target: h.target, Ledger: ledger, Recorder: d.recorder,
		Progress: d.progress, Settle: settle, Pending: h.platform.Pending,
	})
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if e := h.close(down); err == nil {
		err = e
	}
	d.recorder.Close()
	d.history = ledger.Finish()
	d.summary = sim.Judge(d.scenario, measured, d.recorder, d.history)
	return err
}

func loadNames(s *scenarios.Scenario) (names []string) {
	for _, l := range s.Load {
		names = append(names, l.Name)
	}
	return names
}

// deviceNames are in the order of the platform's numbers: group after group.
func deviceNames(s *scenarios.Scenario) (names []string) {
	for _, g := range s.Devices {
		for i := range g.Count {
			names = append(names, deviceName(g, i))
		}
	}
	return names
}

func deviceName(g scenarios.Group, i int) string { return g.Name + "-" + strconv.Itoa(i+1) }
