package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
		Use:   "explain DIR [COMMAND|DEVICE|GROUP|CAUSE|FAULT|LOAD]",
		Short: "Say why commands were no success, and draw the life of one",
		Long:  howToExplain + "\nCauses:\n" + causeTable(),
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := args[0]
			if filepath.Base(dir) == historyFile {
				dir = filepath.Dir(dir)
			}
			if len(args) == 1 {
				return explainRun(dir, asJSON)
			}
			return explainOne(dir, args[1], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs; durations are in nanoseconds")
	return c
}

const historyFile = "history.jsonl"

const howToExplain = `With DIR alone, list the endings of a run that are not success: by cause, and in
each by what happened, with one example. With a command, such as reboot/1234
(the load, and the number of the call, from 0), draw its life hop by hop. With
a device, a group of them, a cause or a load, list the commands; with a fault,
such as 'faults[2]' or half_open, those that it is to blame for.

DIR holds the results of a run: fleetdrill run FILE --out DIR.

In the picture time runs down, not to scale. "at" counts from when the command
was due, "hop" from the line above; hops add up to the whole. The lanes are the
caller (who makes the HTTP call), the platform, its MQTT broker and the device.
Where the caller's lane ends it has its answer.

  due, sent          when the schedule wanted the call; when the caller made it
  accepted           the platform has the call, and owes the command an ending
  queued             commands for one device go one after another, and it waits
  has its turn       it waits no longer
  rests in the cache a cached command waits until its device is there
  written            handed to the device's connection
  acknowledged       MQTT's receipt: the device has it. It is no answer
  answer taken       the platform has matched the answer to its command
  deadline           the end of its timeout, which counts from the step it names
  (11915)            the code that the vendor's API gave the caller
  faults[2]          the third fault of scenario.yaml in DIR, with its settings
                     in brackets; ! between two lanes: it strikes the link
  edge               a fault that moves answers to just before or just after
                     the deadline

TIME adds the hops up by what was waited for. AROUND is what else happened to
the device: a time with − is before the command was due.
`

func causeTable() string {
	text := ""
	for _, c := range trace.Causes {
		text += fmt.Sprintf("  %-17s %s\n", c, c.Doc())
	}
	return text
}

// explainRun lists the causes of a run.
func explainRun(dir string, asJSON bool) error {
	reading := showReading(os.Stderr)
	defer reading.stop()
	t, err := openTrace(dir, reading)
	if err != nil {
		return err
	}
	counts, told, broken := t.Counts(), t.Told(), []report.Check{}
	reading.stop()
	s := summaryIn(dir)
	if s != nil {
		broken = s.BrokenRules()
	}
	if asJSON {
		return writeExplained(struct {
			Calls  uint64         `json:"calls"`
			Causes []trace.Count  `json:"causes"`
			Faults []*trace.Fault `json:"faults"`
			Broken []report.Check `json:"broken_rules"`
		}{t.Calls(), counts, t.Faults(), broken})
	}
	name, about := dir, ""
	if s != nil {
		name, about = s.Scenario, fmt.Sprintf("%s clock · seed %d · %s", s.Clock, s.Seed, trace.Span(time.Duration(s.Elapsed*float64(time.Second))))
	}
	r := draw.Run{Name: name, About: about, Calls: t.Calls(), Told: told, Counts: counts, Faults: t.Faults(), Broken: drawnRules(broken), Command: explaining(dir)}
	return shown(draw.Causes(os.Stdout, r, drawOptions()))
}

// drawnRules are rules that were broken, each with a command that broke it.
func drawnRules(broken []report.Check) (list []draw.Broken) {
	for _, c := range broken {
		b := draw.Broken{Text: c.Breach()}
		for _, example := range c.Examples {
			if m := aboutCall.FindStringSubmatch(example); m != nil && b.Command == "" {
				b.Command = m[1] + "/" + m[2]
			}
		}
		list = append(list, b)
	}
	return list
}

// explaining is what to type to explain the results of a folder.
func explaining(dir string) string {
	if strings.ContainsAny(dir, " \t'\"\\$&|;<>()*?`!#~") {
		dir = "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	}
	return "fleetdrill explain " + dir
}

// explainOne draws one command's life, or lists the commands of a device or a cause.
func explainOne(dir, name string, asJSON bool) error {
	reading := showReading(os.Stderr)
	defer reading.stop()
	t, err := openTrace(dir, reading)
	if err != nil {
		return err
	}
	lists := listedBy(t, name)
	reading.stop()
	if len(lists) > 0 {
		return shown(explainCalls(os.Stdout, lists, explaining(dir), asJSON))
	}
	load, seq, err := t.Find(name)
	if err != nil {
		return exit{exitUsage, err}
	}
	life, err := t.Life(load, seq)
	if err != nil {
		return exit{exitUsage, err}
	}
	life.Dialect = dialectOf(summaryIn(dir), load)
	if asJSON {
		return writeExplained(life)
	}
	return shown(draw.Life(os.Stdout, life, drawOptions()))
}

// openTrace reads the history of a results folder.
func openTrace(dir string, r *reading) (*trace.Trace, error) {
	h, err := readHistory(dir, r)
	if err != nil {
		return nil, exit{exitUsage, err}
	}
	return trace.New(h), nil
}

// readHistory reads what happened in a run from its results folder. r may be nil.
func readHistory(dir string, r *reading) (*check.History, error) {
	path := filepath.Join(dir, historyFile)
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && summaryIn(dir) != nil:
		return nil, fmt.Errorf("%s: there is no history.jsonl in it: it found no room, or somebody took it away; run %s again",
			dir, filepath.Join(dir, "scenario.yaml"))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, oneOf(dir, fmt.Errorf("%s: there is no history.jsonl in it; name a folder that fleetdrill run FILE --out DIR has written", dir))
	case err != nil:
		return nil, err
	}
	defer f.Close()
	h, err := check.ReadJSONL(r.of(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// summaryIn is the summary of a results folder, nil if it cannot be read: the history does without.
func summaryIn(dir string) *report.Summary {
	f, err := os.Open(filepath.Join(dir, "summary.json"))
	if err != nil {
		return nil
	}
	defer f.Close()
	s, err := report.ReadSummary(f)
	if err != nil {
		return nil
	}
	return s
}

// dialectOf is a load's, as far as a summary says.
func dialectOf(s *report.Summary, load string) string {
	if s != nil {
		for _, l := range s.Loads {
			if l.Name == load {
				return l.Dialect
			}
		}
	}
	return ""
}

func writeExplained(v any) error { return shown(indented(os.Stdout, v)) }

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(v)
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
