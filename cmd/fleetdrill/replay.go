package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/hunt"
	"fleetdrill/sim/replay"
)

// replayFlags are the options of `fleetdrill replay`.
type replayFlags struct {
	only   string
	slack  time.Duration
	asJSON bool
	out    string
	force  bool
}

func replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay DIR",
		Short: "Make a recorded run again in virtual time, and say whether it ended the same",
		Long: "Make the run of a results folder again in virtual time and compare how each command ended.\n\n" +
			"A run on the virtual clock is simply made again, up to where it was interrupted. Of one on the real clock it is recorded\n" +
			"when each call reached the platform, when devices came and went, when their answers and acknowledgements came, and how\n" +
			"late the platform was: the replay does the same at the same times.\n" +
			"A command that was within --slack of going the other way may differ, and so may what waited behind it; it is listed all the\n" +
			"same, with what was so close. One that had more to spare has a ✗ before it. Rules that were broken and expectations that were\n" +
			"missed have to fail again, or it is another run, too; but not what was measured on the real clock.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return f.replay(args[0]) },
	}
	c.Flags().StringVar(&f.only, "only", "", "a load, a call such as reboot/17, a group, or a device such as meters-3")
	c.Flags().DurationVar(&f.slack, "slack", 5*time.Millisecond, "commands that were so close to another ending may differ")
	c.Flags().BoolVar(&f.asJSON, "json", false, "write JSON, for programs; durations are in nanoseconds")
	c.Flags().StringVar(&f.out, "out", "", "write the results of the replay into this folder, for explain; the times of a run on the real clock stay in DIR")
	c.Flags().BoolVar(&f.force, "force", false, "let --out replace the results in a folder that is not empty")
	return c
}

func (f replayFlags) replay(dir string) error {
	if f.slack < 0 {
		return exit{exitUsage, errors.New("--slack: write 0s or more")}
	}
	reading := showReading(os.Stderr)
	defer reading.stop()
	then, err := readRecorded(dir, f.only, reading)
	if err != nil {
		return exit{exitUsage, err}
	}
	out, err := f.place(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	d := newDrill(then.scenario)
	if then.clock == "real" {
		d.script = sim.NewScript(then.scenario, then.history)
	} else {
		d.stop = then.stop
	}
	reading.stop()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		d.interrupted.Store(true)
		signal.Stop(signals) // a second one is for who does not want to wait
	}()
	shown := show(os.Stderr, d, false)
	inVirtualTime(func() { d.run(context.Background(), settle) }, func(broken error) int {
		shown.stop()
		return exitCode(f.finish(d, then, out, broken))
	})
	return nil
}

// place finds a place for the results, which is not where the recorded ones are.
func (f replayFlags) place(dir string) (*folder, error) {
	if f.out == "" {
		return nil, nil
	}
	there, err := os.Stat(f.out)
	here, e := os.Stat(dir)
	if err == nil && e == nil && os.SameFile(there, here) {
		return nil, fmt.Errorf("--out: %s has the run that is replayed; name another folder", f.out)
	}
	return openFolder(f.out, f.force)
}

// recorded is a run that is there already, or a part of it.
type recorded struct {
	history  *check.History
	summary  *report.Summary // nil if it cannot be read
	scenario *scenarios.Scenario
	clock    string   // it ran on; the scenario's is the virtual one
	stop     *stopped // nil: it was not interrupted
}

// readRecorded reads a results folder.
func readRecorded(dir, only string, reading *reading) (r recorded, err error) {
	if r.history, err = readHistory(dir, reading); err != nil {
		return r, err
	}
	r.summary = summaryIn(dir)
	if r.scenario, r.clock, err = virtually(filepath.Join(dir, "scenario.yaml")); err != nil {
		return r, err
	}
	if !slices.Equal(loadNames(r.scenario), r.history.Loads()) || !slices.Equal(deviceNames(r.scenario), r.history.Devices()) {
		return r, fmt.Errorf("%s: scenario.yaml and history.jsonl are of different runs: their loads or devices are not the same; put back the one that belongs to the other, or run the scenario again", dir)
	}
	if r.summary != nil && r.summary.Seed != r.scenario.Seed {
		return r, fmt.Errorf("%s: scenario.yaml and summary.json are of different runs: the seed is %d in one and %d in the other; write seed: %[3]d into scenario.yaml",
			dir, r.scenario.Seed, r.summary.Seed)
	}
	if r.scenario, err = replay.Only(r.scenario, r.history, only); err == nil {
		r.stop = stopOf(r.scenario, r.history, r.summary)
	}
	return r, err
}

func noScenario(dir string) error {
	return fmt.Errorf("%s: there is no scenario.yaml in it, which says what was run: put it back, or name the folder that fleetdrill run FILE --out DIR has written", dir)
}

// virtually reads a scenario for the virtual clock, and tells which it was for.
func virtually(file string) (s *scenarios.Scenario, clock string, err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, "", noScenario(filepath.Dir(file))
	}
	if s, err = scenarios.Open(file, nil); err != nil {
		return nil, "", err
	}
	plan, err := hunt.NewPlan(s, false, false, nil)
	if err != nil {
		return nil, "", err
	}
	j, err := plan.Job(s.Seed)
	if err != nil {
		return nil, "", err
	}
	clock = s.Clock
	s, err = scenarios.Parse(file, []byte(j.Text), nil)
	return s, clock, err
}

func (f replayFlags) finish(d *drill, then recorded, out *folder, broken error) error {
	if out != nil {
		defer out.close()
	}
	if broken == nil {
		broken = d.err
	}
	switch {
	case broken != nil:
		return exit{exitNoAnswer, broken}
	case d.interrupted.Load():
		return exit{exitNoAnswer, fmt.Errorf("the replay was interrupted")}
	}
	r := replay.Compare(d.scenario, then.history, d.history)
	if then.summary != nil {
		r.Judged = replay.Verdicts(then.summary, d.summary, f.only != "")
	}
	if r.Commands == 0 {
		return exit{exitNoAnswer, errors.New("no command was sent in the recorded run: there is nothing to compare")}
	}
	var lost error
	if out != nil {
		lost = out.write(d.result)
	}
	err := errors.Join(f.show(os.Stdout, then, r), lost)
	switch {
	case err != nil:
		return exit{exitNoAnswer, err}
	case r.Differs(f.slack):
		return exit{code: exitFail}
	}
	return nil
}
