package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// result is everything a run leaves.
type result struct {
	began    time.Time // on the run's clock
	scenario *scenarios.Scenario
	summary  *report.Summary
	recorder *report.Recorder
	history  *check.History
}

// files are what --out DIR holds. A new kind of report is a row here.
var files = []struct {
	name  string
	write func(io.Writer, result) error
}{
	{"scenario.yaml", func(w io.Writer, r result) error { _, err := w.Write(r.scenario.Text); return err }},
	{"history.jsonl", func(w io.Writer, r result) error { return r.history.WriteJSONL(w) }},
	{"latency.hlog", func(w io.Writer, r result) error { return report.WriteHDRLog(w, r.recorder, r.began) }},
	{"summary.json", func(w io.Writer, r result) error { return report.WriteJSON(w, r.summary) }},
}

// prepareOut makes sure, before anything runs, that the results will have a place, and that nothing is lost there.
func prepareOut(dir string, force bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("--out: %w", err)
	case len(entries) > 0 && !force:
		return fmt.Errorf("--out: %s is not empty; name another folder, or add --force to replace the results in it", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".fleetdrill-*")
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// writeOut writes all files, each whole or not at all, and reports every one that failed.
func writeOut(dir string, r result) error {
	var errs []error
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.name), r, f.write); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	return errors.Join(errs...)
}

func writeFile(path string, r result, write func(io.Writer, result) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".fleetdrill-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = errors.Join(write(w, r), w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
