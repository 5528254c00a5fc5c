package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
	"fleetdrill/sim/trace/draw"
)

func explainCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain DIR [COMMAND]",
		Short: "Say why commands were no success, and draw the life of one",
		Long: "Without COMMAND, list the endings of a run that are not success by cause, with one example each.\n" +
			"With one, such as reboot/1234 (the load and the number of the call), draw its life hop by hop.\n\n" +
			"DIR holds the results of a run: fleetdrill run FILE --out DIR.\n\nCauses:\n" + causeTable(),
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return explainRun(args[0], asJSON)
			}
			return explainOne(args[0], args[1], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs; durations are in nanoseconds")
	return c
}

func causeTable() string {
	text := ""
	for _, c := range trace.Causes {
		text += fmt.Sprintf("  %-17s %s\n", c, c.Doc())
	}
	return text
}

// explainRun lists the causes of a run.
func explainRun(dir string, asJSON bool) error {
	t, err := openTrace(dir)
	if err != nil {
		return err
	}
	counts := t.Counts()
	if asJSON {
		return writeExplained(struct {
			Calls  uint64        `json:"calls"`
			Causes []trace.Count `json:"causes"`
		}{t.Calls(), counts})
	}
	name, about := aboutRun(dir)
	r := draw.Run{Name: name, About: about, Calls: t.Calls(), Counts: counts, Command: "fleetdrill explain " + dir}
	return shown(draw.Causes(os.Stdout, r, drawOptions()))
}

// explainOne draws one command's life.
func explainOne(dir, name string, asJSON bool) error {
	t, err := openTrace(dir)
	if err != nil {
		return err
	}
	load, seq, err := t.Find(name)
	if err != nil {
		return exit{exitUsage, err}
	}
	life, err := t.Life(load, seq)
	if err != nil {
		return exit{exitUsage, err}
	}
	if asJSON {
		return writeExplained(life)
	}
	return shown(draw.Life(os.Stdout, life, drawOptions()))
}

// openTrace reads the history of a results folder.
func openTrace(dir string) (*trace.Trace, error) {
	h, err := readHistory(dir)
	if err != nil {
		return nil, exit{exitUsage, err}
	}
	return trace.New(h), nil
}

// readHistory reads what happened in a run from its results folder.
func readHistory(dir string) (*check.History, error) {
	path := filepath.Join(dir, "history.jsonl")
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, oneOf(dir, fmt.Errorf("%s: there is no history.jsonl in it; name a folder that fleetdrill run FILE --out DIR has written", dir))
	case err != nil:
		return nil, err
	}
	defer f.Close()
	h, err := check.ReadJSONL(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// aboutRun says what is known of a run beside its history, which does without.
func aboutRun(dir string) (name, about string) {
	f, err := os.Open(filepath.Join(dir, "summary.json"))
	if err != nil {
		return dir, ""
	}
	defer f.Close()
	s, err := report.ReadSummary(f)
	if err != nil {
		return dir, ""
	}
	return s.Scenario, fmt.Sprintf("%s clock · seed %d · %s", s.Clock, s.Seed, report.FormatDuration(time.Duration(s.Elapsed*float64(time.Second))))
}

func writeExplained(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	return shown(e.Encode(v))
}

// shown makes what could not be written an error of its own.
func shown(err error) error {
	if err != nil {
		return exit{exitNoAnswer, fmt.Errorf("the explanation could not be shown: %w", err)}
	}
	return nil
}

func drawOptions() draw.Options {
	opt := textOptions(os.Stdout)
	return draw.Options{Width: opt.Width, Color: opt.Color}
}
