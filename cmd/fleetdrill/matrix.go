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
	"strings"
	"sync/atomic"
	"syscall"

	"fleetdrill/report/beside"
	results "fleetdrill/report/folder"
	"fleetdrill/scenarios"
)

// matrix is a run of the scenarios of one file, one after another.
type matrix struct {
	flags   runFlags
	cells   []*scenarios.Scenario
	out     *folder   // for what is about all of them; nil: nowhere
	folders []*folder // by cell

	ctx     context.Context       // until Ctrl-C
	now     atomic.Pointer[drill] // the one that runs
	columns []beside.Run
}

// matrixFile is, in --out DIR, the table that the screen shows.
const matrixFile = "matrix.md"

// oneOf says that a folder is a matrix's or a hunt's, where one run's is wanted; otherwise it is what was found instead.
func oneOf(dir string, otherwise error) error {
	for _, of := range []struct{ mark, what, runs string }{
		{matrixFile, "the results of several scenarios: name one of them", "*/" + results.SummaryFile},
		{huntName, "what a hunt found: name one of its runs", "seed-*/scenario.yaml"},
		{huntName, "what a hunt found: name one of its runs", "*/seed-*/scenario.yaml"}, // of a matrix
	} {
		names, _ := filepath.Glob(filepath.Join(dir, of.runs))
		if _, err := os.Stat(filepath.Join(dir, of.mark)); err != nil || len(names) == 0 {
			continue
		}
		for i := range names {
			names[i] = filepath.Dir(names[i])
		}
		return fmt.Errorf("%s holds %s, %s", dir, of.what, strings.Join(names, " or "))
	}
	return otherwise
}

// runMatrix runs all cells, tells how each ended, and shows side by side what they told their callers. The worst ending
// is that of the whole: a failure, then a run that says nothing, then a pass.
func (f *runFlags) runMatrix(cells []*scenarios.Scenario) error {
	if len(f.outputs) > 0 || f.annotate != "" {
		return exit{exitUsage, fmt.Errorf("-o and --annotate are for one result, and the matrix of %s gives %d: use --out, or pick a cell with --set matrix=%s",
			cells[0].File, len(cells), cells[0].Cell)}
	}
	m := &matrix{flags: *f, cells: cells, folders: make([]*folder, len(cells))}
	if err := m.places(); err != nil {
		m.close()
		return exit{exitUsage, err}
	}
	signal.Ignore(syscall.SIGPIPE) // as for one run
	var stop func()
	m.ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(m.ctx, func() {
		if d := m.now.Load(); d != nil {
			d.interrupted.Store(true)
		}
		stop()
	})
	if slices.ContainsFunc(cells, func(s *scenarios.Scenario) bool { return s.Clock == "virtual" }) {
		inBubbles(func(open func(func()) error) int { return exitCode(m.run(open)) })
	}
	return m.run(nil)
}

// places finds a folder for the table and one for each cell, before anything runs.
func (m *matrix) places() (err error) {
	if m.flags.out == "" {
		return nil
	}
	if m.out, err = openFolder(m.flags.out, m.flags.force); err != nil {
		return err
	}
	for i, s := range m.cells {
		if m.folders[i], err = openFolder(filepath.Join(m.flags.out, s.Cell), m.flags.force); err != nil {
			return err
		}
	}
	return nil
}

// close gives back the folders that are still held.
func (m *matrix) close() {
	for _, f := range append(slices.Clone(m.folders), m.out) {
		if f != nil {
			f.close()
		}
	}
}

// run runs the cells; open runs something in a bubble.
func (m *matrix) run(open func(func()) error) error {
	defer m.close()
	var ends []error
	for i, s := range m.cells {
		broken, err := false, error(nil)
		if m.ctx.Err() == nil {
			broken, err = m.cell(i, open)
		} else {
			err = exit{exitNoAnswer, fmt.Errorf("%s was not run", s.Name)}
		}
		ends = append(ends, err)
		if broken { // a bubble that broke may not be the last thing on this clock
			ends = append(ends, exit{exitNoAnswer, errors.New("the cells that follow were not run")})
			break
		}
	}
	if err := m.tell(); err != nil {
		ends = append(ends, exit{exitNoAnswer, err})
	}
	return worst(ends)
}

// cell runs one of them; broken: its bubble did not hold.
func (m *matrix) cell(i int, open func(func()) error) (broken bool, err error) {
	d, t := newDrill(m.cells[i]), newTranscript()
	d.transcript = t
	m.now.Store(d)
	d.interrupted.Store(m.ctx.Err() != nil)
	if !m.flags.quiet {
		fmt.Fprintf(os.Stderr, "%s:\n", d.scenario.Name)
	}
	shown := show(os.Stderr, d, m.flags.quiet)
	var failure error
	if d.scenario.Clock == "virtual" {
		failure = open(func() { d.run(context.Background(), settle) })
	} else {
		d.run(m.ctx, nil)
	}
	shown.stop()
	line := m.flags
	line.quiet = true
	m.columns = append(m.columns, t.column(d))
	out := m.folders[i]
	m.folders[i] = nil // finish gives it back
	return failure != nil, line.finish(d, out, failure)
}

// tell shows the table, and writes it.
func (m *matrix) tell() error {
	var err error
	if !m.flags.quiet {
		fmt.Println()
		err = beside.WriteText(os.Stdout, m.columns, textOptions(os.Stdout))
	}
	if m.out == nil {
		return err
	}
	return errors.Join(err, writeFile(filepath.Join(m.out.dir, matrixFile), result{}, func(w io.Writer, _ result) error {
		return beside.WriteMarkdown(w, m.columns)
	}))
}

// worst is the worst of several ends, with what all of them say.
func worst(ends []error) error {
	code, said := exitPass, []error(nil)
	for _, err := range ends {
		var end exit
		if err == nil || !errors.As(err, &end) {
			continue
		}
		if code != exitFail {
			code = end.code
		}
		if end.err != nil {
			said = append(said, end.err)
		}
	}
	if code == exitPass {
		return nil
	}
	return exit{code, errors.Join(said...)}
}
