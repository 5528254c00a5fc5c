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
		if err := writeMinimal(w, *m); err != nil {
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
func writeMinimal(w io.Writer, m shrunk) error {
	head := fmt.Sprintf("to %s and %s in %s", report.Plural(m.Devices, "device", "devices"), report.Plural(m.Calls, "call", "calls"), report.Plural(m.Attempts, "run", "runs"))
	if m.made > 0 {
		head += fmt.Sprintf(" · fails %d of %d times · %.0f ms a run", m.same, m.made, float64(m.wall.Microseconds())/1000)
	}
	head += fmt.Sprintf(" · %s bytes", report.FormatCount(int64(len(m.Text))))
	if lacks := m.Lacks(); lacks != "" {
		head += "\n   " + lacks
	}
	if m.Then != "" {
		head += "\n   fleetdrill replay " + m.Then
	}
	if len(m.Text) > hunt.MostBytes {
		head += fmt.Sprintf("\n   it could not be made smaller than %s bytes", report.FormatCount(hunt.MostBytes))
	}
	if m.wall > hunt.MostTime {
		head += fmt.Sprintf("\n   no run of it could be made shorter than %v: this one takes %.1fs", hunt.MostTime, m.wall.Seconds())
	}
	if m.Unfinished {
		head += "\n   time was over before everything was tried"
		all := ""
		if filepath.Base(m.file) != minimalName {
			all = " --all"
		}
		head += fmt.Sprintf("; to try more:\n   fleetdrill shrink %s%s --for 10m", filepath.Dir(m.file), all)
	}
	_, err := fmt.Fprintf(w, " SHRUNK    %s\n   fleetdrill run %s\n\n%s", head, m.file, indent(string(m.Text)))
	return err
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("   " + line)
	}
	return b.String()
}
