package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
// kind is a row here. The small files that tell the verdict come first and the large ones late, so that a disk that gets
// full takes those it must. summary.json is the last, and is there only if the writing is over: a folder that has it is a
// whole result, or it says what is missing.
var writers = []writer[result]{
	{"scenario", "scenario.yaml", func(w io.Writer, r result) error { _, err := w.Write(r.scenario.Seeded()); return err }},
	{"junit", "junit.xml", func(w io.Writer, r result) error { return ci.WriteJUnit(w, r.summary, r.began) }},
	{"markdown", "summary.md", func(w io.Writer, r result) error { return ci.WriteMarkdown(w, r.summary) }},
	{"csv", "timeline.csv", func(w io.Writer, r result) error { return report.WriteTimeline(w, r.recorder) }},
	{"course", "course.json", func(w io.Writer, r result) error { return report.WriteCourse(w, r.course()) }},
	{"hlog", "latency.hlog", func(w io.Writer, r result) error { return report.WriteHDRLog(w, r.recorder, r.began) }},
	{"html", "report.html", func(w io.Writer, r result) error {
		return writePage(w, results.Of(r.summary, r.recorder, r.course(), r.scenario.Seeded(), r.began), r.history)
	}},
	{"history", "history.jsonl", func(w io.Writer, r result) error { return r.history.WriteJSONL(w) }},
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

// verdictFiles are those of them that tell the verdict, but for the last.
var verdictFiles = slices.DeleteFunc(slices.Clone(files), func(w writer[result]) bool { return w.kind != "junit" && w.kind != "markdown" })

// folder is where a run's results go. It is this run's alone from open to close.
type folder struct {
	dir  string
	lock *os.File
}

// openFolder makes sure, before anything runs, that the results will have a place, that nobody else writes there, and
// that nothing is lost there. With force an earlier result goes now: a run that dies must not leave it to be taken for
// its own.
func openFolder(dir string, force bool) (*folder, error) {
	f, err := lockFolder(dir, force)
	if err != nil {
		return nil, err
	}
	if err := clearResults(dir); err != nil {
		f.close()
		return nil, fmt.Errorf("--out: %w", err)
	}
	return f, nil
}

// lockFolder is openFolder, and what is there stays.
func lockFolder(dir string, force bool) (*folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("--out: %w; name another folder", err)
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
	if err := f.free(force); err != nil {
		f.close()
		return nil, fmt.Errorf("--out: %w", err)
	}
	return f, nil
}

// lockName is a file that is there while a run has the folder, and stays when it is killed.
const lockName = ".running"

// free says whether there is anything that nobody allowed to replace.
func (f *folder) free(force bool) error {
	entries, err := os.ReadDir(f.dir)
	switch {
	case err != nil:
		return err
	case len(entries) > 1 && !force: // one is the lock
		return fmt.Errorf("%s is not empty; name another folder, or add --force to replace the results in it", f.dir)
	}
	return nil
}

// clearResults takes away what a run, a hunt or a shrink left in a folder, and nothing else.
func clearResults(dir string) error {
	names := []string{failureName, huntName}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if minimalNames.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	for _, f := range files {
		names = append(names, f.file)
	}
	for _, name := range slices.Backward(names) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// write writes all files, each whole or not at all. One that cannot be written takes no other with it: the error names
// it, and so do the summary and what tells of it, for room for these is kept until the rest is written.
func (f *folder) write(r result) error {
	room := filepath.Join(f.dir, ".room")
	if os.WriteFile(room, make([]byte, roomSize), 0o666) != nil {
		os.Remove(room) // the small ones need it more
	}
	last := len(files) - 1
	lost := f.writeEach(files[:last], r)
	os.Remove(room)
	spoil(r.summary, lost)
	unsaid := f.writeEach(files[last:], r)
	spoil(r.summary, unsaid)
	if lost != nil {
		f.writeEach(verdictFiles, r) // again; one that cannot be written is as it was, or named already
	}
	return errors.Join(lost, unsaid)
}

// roomSize is more than the small files have together.
const roomSize = 64 << 10

// writeEach writes them all, whatever becomes of one, and tells the cause of the first that could not be written.
func (f *folder) writeEach(files []writer[result], r result) error {
	var lost []string
	var cause error
	for _, file := range files {
		if err := writeFile(filepath.Join(f.dir, file.file), r, file.write); err != nil {
			lost, cause = append(lost, file.file), cmp.Or(cause, err)
		}
	}
	if cause == nil {
		return nil
	}
	return fmt.Errorf("results in %s are not complete, %s could not be written: %w", f.dir, strings.Join(lost, ", "), cause)
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
