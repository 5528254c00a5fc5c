package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	results "fleetdrill/report/folder"
	"fleetdrill/report/page"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
	"fleetdrill/sim/trace/draw"
)

func reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Make report.html again from a run's results",
		Args:  cobra.ExactArgs(1),
		RunE:  func(c *cobra.Command, args []string) error { return reportAgain(c.OutOrStdout(), args[0]) },
	}
}

func reportAgain(w io.Writer, dir string) error {
	run, err := results.Read(dir)
	if err != nil {
		return exit{exitUsage, oneOf(dir, err)}
	}
	reading := showReading(os.Stderr)
	defer reading.stop()
	h, err := historyIn(dir, reading)
	if err != nil {
		return exit{exitUsage, err}
	}
	path := filepath.Join(dir, "report.html")
	err = writeFile(path, result{}, func(w io.Writer, _ result) error { return writePage(w, run, h) })
	reading.stop()
	if err == nil {
		_, err = fmt.Fprintln(w, path)
	}
	if err != nil {
		return exit{exitNoAnswer, err}
	}
	return nil
}

// historyIn reads a folder's history; nil if it has none, as when it was too large to keep.
func historyIn(dir string, r *reading) (*check.History, error) {
	if _, err := os.Stat(filepath.Join(dir, "history.jsonl")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return readHistory(dir, r)
}

// writePage writes report.html of a run, of now or of then. Without a history nobody knows examples.
func writePage(w io.Writer, run *results.Run, h *check.History, more ...page.Section) error {
	p := page.Page{Run: run, Sections: more}
	if s, err := scenarios.Parse("scenario.yaml", run.Scenario, nil); err == nil { // what an older program could read may be refused today
		p.About = s.About
	}
	section := page.Section{ID: "causes", Title: "Causes", Lead: "The folder has no history.jsonl: there are no examples."}
	if h != nil {
		var err error
		if section, err = causes(trace.New(h)); err != nil {
			return err
		}
	}
	p.Sections = append(p.Sections, section)
	return p.Write(w)
}

// writeComparisonPage writes the page of head's first run, with the comparison on top.
func writeComparisonPage(w io.Writer, c *report.Comparison) error {
	dir := c.Head.Runs[0]
	run, err := results.Read(dir)
	if err != nil {
		return err
	}
	reading := showReading(os.Stderr)
	defer reading.stop()
	h, err := historyIn(dir, reading)
	if err != nil {
		return err
	}
	return writePage(w, run, h, page.Comparison(c))
}

// mostExamples is how many commands the page draws: one of all that happened, of the first loads.
const mostExamples = 40

// causes is why calls were no success, with the life of one command for each.
func causes(t *trace.Trace) (page.Section, error) {
	s := section{page.Section{ID: "causes", Title: "Causes", Lead: "Why calls were no success. Each has one cause; an example of all that happened is drawn below, hop by hop."}}
	counts := t.Counts()
	if len(counts) == 0 {
		s.Lead = "Every call was a success."
		return s.Section, nil
	}
	table := page.Table{Head: []string{"load", "cause", "calls", "", "example"}, Num: []bool{false, false, true}}
	for _, n := range counts {
		for i, h := range n.Hows {
			what := h.How
			if i == 0 && len(n.Late) > 0 {
				q := report.QuantilesOf(slices.Clone(n.Late))
				what += fmt.Sprintf(" (of all late ones: p50 %s, p99 %s, max %s late)", report.FormatMicros(q.P50), report.FormatMicros(q.P99), report.FormatMicros(q.Max))
			}
			example, err := s.example(t, fmt.Sprintf("%s/%d", n.Load, h.Example))
			if err != nil {
				return s.Section, err
			}
			table.Rows = append(table.Rows, []page.Cell{{Text: n.Load}, {Text: strings.ReplaceAll(string(n.Cause), "_", " ")},
				{Text: report.FormatCount(int64(h.N))}, {Text: what}, example})
		}
	}
	s.Tables = []page.Table{table}
	return s.Section, nil
}

// section is a part of the page with lives in it.
type section struct{ page.Section }

// example draws a command and returns the cell that leads there; where there are many already, it names the command only.
func (s *section) example(t *trace.Trace, name string) (page.Cell, error) {
	if len(s.Texts) == mostExamples {
		return page.Cell{Text: name}, nil
	}
	load, seq, err := t.Find(name)
	if err != nil {
		return page.Cell{}, err
	}
	l, err := t.Life(load, seq)
	if err != nil {
		return page.Cell{}, err
	}
	var b strings.Builder
	err = draw.Life(&b, l, draw.Options{Width: 100})
	id := fmt.Sprintf("life-%d", len(s.Texts))
	s.Texts = append(s.Texts, page.Text{ID: id, Title: fmt.Sprintf("%s: %s", name, l.Ending.Why), Body: b.String()})
	return page.Cell{Text: name, To: id}, err
}
