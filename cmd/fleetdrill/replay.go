package main

import (
	"context"
	"encoding/json"
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
}

func replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay DIR",
		Short: "Make a recorded run again in virtual time, and say whether it ended the same",
		Long: "Make the run of a results folder again in virtual time and compare how each command ended.\n\n" +
			"A run on the virtual clock is simply made again. Of one on the real clock it is recorded when each call reached the\n" +
			"platform, when devices came and went, when their answers and acknowledgements came, and how late the platform was: the\n" +
			"replay does the same at the same times.\n" +
			"A command that was within --slack of going the other way may differ; it is listed all the same.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return f.replay(args[0]) },
	}
	c.Flags().StringVar(&f.only, "only", "", "a load, a call such as reboot/17, a group, or a device such as meters-3")
	c.Flags().DurationVar(&f.slack, "slack", 5*time.Millisecond, "commands that were so close to another ending may differ")
	c.Flags().BoolVar(&f.asJSON, "json", false, "write JSON, for programs; durations are in nanoseconds")
	return c
}

func (f replayFlags) replay(dir string) error {
	if f.slack < 0 {
		return exit{exitUsage, errors.New("--slack: write 0s or more")}
	}
	then, err := readHistory(dir)
	if err != nil {
		return exit{exitUsage, err}
	}
	s, clock, err := virtually(filepath.Join(dir, "scenario.yaml"))
	switch {
	case err != nil:
	case !slices.Equal(loadNames(s), then.Loads()) || !slices.Equal(deviceNames(s), then.Devices()):
		err = fmt.Errorf("%s: scenario.yaml and history.jsonl are of different runs: their loads or devices are not the same", dir)
	default:
		s, err = replay.Only(s, then, f.only)
	}
	if err != nil {
		return exit{exitUsage, err}
	}
	d := newDrill(s)
	if clock == "real" {
		d.script = sim.NewScript(s, then)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		d.interrupted.Store(true)
		signal.Stop(signals) // a second one is for who does not want to wait
	}()
	inVirtualTime(func() { d.run(context.Background(), settle) }, func(broken error) int {
		return exitCode(f.finish(d, then, clock, broken))
	})
	return nil
}

// virtually reads a scenario for the virtual clock, and tells which it was for.
func virtually(file string) (s *scenarios.Scenario, clock string, err error) {
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

func (f replayFlags) finish(d *drill, then *check.History, clock string, broken error) error {
	if broken == nil {
		broken = d.err
	}
	switch {
	case broken != nil:
		return exit{exitNoAnswer, broken}
	case d.interrupted.Load():
		return exit{exitNoAnswer, fmt.Errorf("the replay was interrupted")}
	}
	r := replay.Compare(d.scenario, then, d.history)
	if r.Commands == 0 {
		return exit{exitNoAnswer, fmt.Errorf("no command was sent in the recorded run: there is nothing to compare")}
	}
	err := f.show(os.Stdout, d.scenario, clock, r)
	switch {
	case err != nil:
		return exit{exitNoAnswer, err}
	case r.Beyond(f.slack) > 0:
		return exit{code: exitFail}
	}
	return nil
}

func (f replayFlags) show(w io.Writer, s *scenarios.Scenario, clock string, r *replay.Report) error {
	beyond := r.Beyond(f.slack)
	if f.asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(struct {
			Scenario string        `json:"scenario"`
			Seed     uint64        `json:"seed"`
			Clock    string        `json:"recorded_clock"`
			Slack    time.Duration `json:"slack_ns"`
			Beyond   int           `json:"beyond_slack"`
			*replay.Report
		}{s.Name, s.Seed, clock, f.slack, beyond, r})
	}
	mark := " ✓ SAME  "
	if beyond > 0 {
		mark = " ✗ DIFFERENT  "
	}
	fmt.Fprintf(w, "%s%s · seed %d · recorded on the %s clock\n   %s of %s commands ended the same", mark, s.Name, s.Seed, clock,
		count(int64(r.Same)), count(int64(r.Commands)))
	if n := len(r.Differences); n > 0 {
		fmt.Fprintf(w, " · %s differ, of which %s had more than %s to spare", count(int64(n)), count(int64(beyond)), report.FormatDuration(f.slack))
	}
	if r.Dropped > 0 {
		fmt.Fprintf(w, " · %s dropped then, not sent now", count(int64(r.Dropped)))
	}
	fmt.Fprintln(w)
	for _, d := range r.Differences {
		spare := "nothing was close"
		if d.SlackHas {
			spare = report.FormatDuration(d.Slack) + " to spare"
		}
		if _, err := fmt.Fprintf(w, "   %s/%d  %s  %s → %s  %s\n", d.Load, d.N, d.Device, d.Then, d.Now, spare); err != nil {
			return err
		}
	}
	return nil
}
