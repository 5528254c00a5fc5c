package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fleetdrill/report/ci"
	"fleetdrill/scenarios"
)

// output is one report beside those of --out: "-o kind=path".
type output[T any] struct {
	writer[T]
	path string
}

// parseOutputs reads the values of -o, and finds out before anything runs whether each place can be written.
func parseOutputs[T any](known []writer[T], list []string) ([]output[T], error) {
	var outs []output[T]
	for _, text := range list {
		o, err := parseOutput(known, text)
		if err != nil {
			return nil, fmt.Errorf("-o %s: %w", text, err)
		}
		if slices.ContainsFunc(outs, func(other output[T]) bool { return filepath.Clean(other.path) == filepath.Clean(o.path) }) {
			return nil, fmt.Errorf("-o %s: another report goes to the same file", text)
		}
		outs = append(outs, o)
	}
	return outs, nil
}

func parseOutput[T any](known []writer[T], text string) (output[T], error) {
	kind, path, ok := strings.Cut(text, "=")
	i := slices.IndexFunc(known, func(w writer[T]) bool { return w.kind == kind })
	if !ok || path == "" || i < 0 {
		return output[T]{}, fmt.Errorf("write kind=path, with a kind of %s", kinds(known))
	}
	o := output[T]{known[i], path}
	if special(path) {
		return o, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return o, errors.New("this is a folder: name a file")
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return o, fmt.Errorf("there is no folder %s: make it first", filepath.Dir(path))
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".fleetdrill-*")
	if err != nil {
		return o, err
	}
	probe.Close()
	return o, os.Remove(probe.Name())
}

func kinds[T any](known []writer[T]) string {
	var names []string
	for _, w := range known {
		names = append(names, w.kind)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// special tells whether a path is a device, a pipe or a link, or - for stdout: something to write to, not to replace.
func special(path string) bool {
	if path == "-" {
		return true
	}
	info, err := os.Lstat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// clear takes away what an earlier run left, so that nobody takes it for this one's.
func (o output[T]) clear() error {
	if special(o.path) {
		return nil
	}
	if err := os.Remove(o.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-o %s=%s: %w", o.kind, o.path, err)
	}
	return nil
}

// write writes the report, whole or not at all, but to a device or a pipe as it comes.
func (o output[T]) write(r T) error {
	write := func() error { return writeFile(o.path, r, o.writer.write) }
	if special(o.path) {
		write = func() error { return o.stream(r) }
	}
	if err := write(); err != nil {
		return fmt.Errorf("-o %s=%s could not be written: %w", o.kind, o.path, err)
	}
	return nil
}

// isStdout tells whether a path is this process's stdout. Opened again, a file there would lose what it has, or get it
// in the same place.
func isStdout(path string) bool {
	if path == "-" {
		return true
	}
	ours, err := os.Stdout.Stat()
	info, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(ours, info)
}

func (o output[T]) stream(r T) (err error) {
	if isStdout(o.path) {
		w := bufio.NewWriter(os.Stdout)
		return errors.Join(o.writer.write(w, r), w.Flush())
	}
	f, err := os.OpenFile(o.path, os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := o.writer.write(w, r); err != nil {
		return err
	}
	return w.Flush()
}

// codeQuality is where --annotate gitlab leaves its report: in the folder of --out, or else here.
const codeQuality = "gl-code-quality-report.json"

// annotate is what --annotate says; GitLab's annotations are one more output.
func annotate(kind, out string) ([]output[result], error) {
	switch kind {
	case "", "github":
		return nil, nil
	case "gitlab":
		o, err := parseOutput(writers, "codequality="+filepath.Join(out, codeQuality))
		return []output[result]{o}, err
	}
	return nil, fmt.Errorf("--annotate %s: write github or gitlab", kind)
}

// place is the scenario's file. A built-in has none.
func place(s *scenarios.Scenario) ci.Place {
	text, err := os.ReadFile(s.File)
	if err != nil {
		return ci.Place{}
	}
	p := ci.Place{File: filepath.ToSlash(s.File), Text: text}
	if root, err := os.Getwd(); err == nil && filepath.IsAbs(s.File) {
		if rel, err := filepath.Rel(root, s.File); err == nil && filepath.IsLocal(rel) {
			p.File = filepath.ToSlash(rel)
		}
	}
	return p
}
