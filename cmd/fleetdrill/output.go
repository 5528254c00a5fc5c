package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/ci"
	results "fleetdrill/report/folder"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// result is everything a run leaves.
type result struct {
	began    time.Time // on the run's clock
	scenario *scenarios.Scenario
	summary  *report.Summary
	recorder *report.Recorder
	course   func() *report.Course // counted when somebody asks
	history  *check.History
}

// writers are the kinds of report: what "-o kind=path" writes, and where it has a file name, what --out DIR holds. A new
// kind is a row here. summary.json is the last, and is there only if all others are: a folder that has it is a whole
// result.
var writers = []writer[result]{
	{"scenario", "scenario.yaml", func(w io.Writer, r result) error { _, err := w.Write(r.scenario.Text); return err }},
	{"history", "history.jsonl", func(w io.Writer, r result) error { return r.history.WriteJSONL(w) }},
	{"hlog", "latency.hlog", func(w io.Writer, r result) error { return report.WriteHDRLog(w, r.recorder, r.began) }},
	{"csv", "timeline.csv", func(w io.Writer, r result) error { return report.WriteTimeline(w, r.recorder) }},
	{"course", "course.json", func(w io.Writer, r result) error { return report.WriteCourse(w, r.course()) }},
	{"junit", "junit.xml", func(w io.Writer, r result) error { return ci.WriteJUnit(w, r.summary, r.began) }},
	{"markdown", "summary.md", func(w io.Writer, r result) error { return ci.WriteMarkdown(w, r.summary) }},
	{"html", "report.html", func(w io.Writer, r result) error {
		return writePage(w, results.Of(r.summary, r.recorder, r.course(), r.scenario.Text, r.began), r.history)
	}},
	{"bench", "", func(w io.Writer, r result) error { return ci.WriteBench(w, r.summary) }},
	{"codequality", "", func(w io.Writer, r result) error { return ci.WriteCodeQuality(w, r.summary, place(r.scenario)) }},
	{"text", "", func(w io.Writer, r result) error {
		return report.WriteText(w, r.summary, report.TextOptions{Width: 80})
	}},
	{"json", "summary.json", func(w io.Writer, r result) error { return report.WriteJSON(w, r.summary) }},
}

// writer writes one kind of report on a T.
type writer[T any] struct {
	kind, file string
	write      func(io.Writer, T) error
}

// files are the writers of --out DIR, in order.
var files = slices.DeleteFunc(slices.Clone(writers), func(w writer[result]) bool { return w.file == "" })

// folder is where a run's results go. It is this run's alone from open to close.
type folder struct {
	dir  string
	lock *os.File
}

// openFolder makes sure, before anything runs, that the results will have a place, that nobody else writes there, and
// that nothing is lost there. With force an earlier result goes now: a run that dies must not leave it to be taken for
// its own.
func openFolder(dir string, force bool) (*folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	f := &folder{dir, lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("--out: another run is writing into %s; name another folder", dir)
	}
	if err := f.clear(force); err != nil {
		f.close()
		return nil, fmt.Errorf("--out: %w", err)
	}
	return f, nil
}

// lockName is a file that is there while a run has the folder, and stays when it is killed.
const lockName = ".running"

func (f *folder) clear(force bool) error {
	entries, err := os.ReadDir(f.dir)
	switch {
	case err != nil:
		return err
	case len(entries) > 1 && !force: // one is the lock
		return fmt.Errorf("%s is not empty; name another folder, or add --force to replace the results in it", f.dir)
	}
	for i := len(files) - 1; i >= 0; i-- {
		if err := os.Remove(filepath.Join(f.dir, files[i].file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// write writes all files, each whole or not at all, and stops at the first that fails.
func (f *folder) write(r result) error {
	for _, file := range files {
		if err := writeFile(filepath.Join(f.dir, file.file), r, file.write); err != nil {
			return fmt.Errorf("results in %s are not complete, %s could not be written: %w", f.dir, file.file, err)
		}
	}
	return nil
}

// close gives the folder back.
func (f *folder) close() {
	os.Remove(f.lock.Name())
	f.lock.Close()
}

func writeFile[T any](path string, r T, write func(io.Writer, T) error) (err error) {
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
	for _, step := range []func() error{
		func() error { return write(w, r) }, w.Flush, func() error { return f.Chmod(0o644) }, f.Close,
	} {
		if err = step(); err != nil {
			f.Close()
			return err
		}
	}
	return os.Rename(f.Name(), path)
}
