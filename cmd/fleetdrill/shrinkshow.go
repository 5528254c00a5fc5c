package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/hunt"
)

// writeShrunk shows what is left of the run in dir, for each way to fail that was cut down, and names those that were not.
func writeShrunk(w io.Writer, width int, dir string, made []*shrunk, left []*hunt.Failure) error {
	for i, m := range made {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := writeMinimal(w, width, *m); err != nil {
			return err
		}
	}
	if len(left) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	for i, f := range left {
		head := " ALSO      "
		if i > 0 {
			head = columns.Blanks(len(head))
		}
		wrapped(w, width, head, []string{f.String()})
	}
	_, err := fmt.Fprintf(w, "   to cut these down, too:\n   fleetdrill shrink %s --all\n", dir)
	return err
}

// writeMinimal shows what is left of a run.
func writeMinimal(w io.Writer, width int, m shrunk) error {
	left := fmt.Sprintf("to %s and %s in %s", report.Plural(m.Devices, "device", "devices"), report.Plural(m.Calls, "call", "calls"), report.Plural(m.Attempts, "run", "runs"))
	items := []string{left}
	if m.made > 0 {
		items = append(items, fmt.Sprintf("fails %d of %d times", m.same, m.made), fmt.Sprintf("%.0f ms a run", float64(m.wall.Microseconds())/1000))
	}
	wrapped(w, width, " SHRUNK    ", append(items, fmt.Sprintf("%s bytes", report.FormatCount(int64(len(m.Text))))))
	if lacks := m.Lacks(); lacks != "" {
		wrapped(w, width, "   ", []string{lacks})
	}
	head := ""
	if m.Then != "" {
		head += "   fleetdrill replay " + m.Then + "\n"
	}
	if len(m.Text) > hunt.MostBytes {
		head += fmt.Sprintf("   it could not be made smaller than %s bytes\n", report.FormatCount(hunt.MostBytes))
	}
	if m.wall > hunt.MostTime {
		head += fmt.Sprintf("   no run of it could be made shorter than %v: this one takes %.1fs\n", hunt.MostTime, m.wall.Seconds())
	}
	if m.Unfinished {
		head += "   time was over before everything was tried"
		all := ""
		if filepath.Base(m.file) != minimalName {
			all = " --all"
		}
		head += fmt.Sprintf("; to try more:\n   fleetdrill shrink %s%s --for 10m\n", filepath.Dir(m.file), all)
	}
	_, err := fmt.Fprintf(w, "%s   fleetdrill run %s\n\n%s", head, m.file, indent(string(m.Text)))
	return err
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("   " + line)
	}
	return b.String()
}
