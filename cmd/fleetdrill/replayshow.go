package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/replay"
)

func (f replayFlags) show(w io.Writer, then recorded, r *replay.Report) error {
	if f.asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(struct {
			Scenario string        `json:"scenario"`
			Seed     uint64        `json:"seed"`
			Clock    string        `json:"recorded_clock"`
			Slack    time.Duration `json:"slack_ns"`
			Beyond   int           `json:"beyond_slack"`
			Stopped  *stopped      `json:"interrupted,omitempty"`
			*replay.Report
		}{then.scenario.Name, then.scenario.Seed, then.clock, f.slack, r.Beyond(f.slack), then.stop, r})
	}
	width := math.MaxInt // a file has room for long lines
	if term.IsTerminal(int(os.Stdout.Fd())) {
		width = textOptions(os.Stdout).Width
	}
	_, err := io.WriteString(w, f.text(then, r, width))
	return err
}

// text is what a terminal of that width shows.
func (f replayFlags) text(then recorded, r *replay.Report, width int) string {
	var b strings.Builder
	mark := " ✓ SAME  "
	if r.Differs(f.slack) {
		mark = " ✗ DIFFERENT  "
	}
	wrapped(&b, width, mark, []string{then.scenario.Name, fmt.Sprintf("seed %d", then.scenario.Seed), "recorded on the " + then.clock + " clock"})
	about := []string{fmt.Sprintf("%s of %s commands ended the same", count(int64(r.Same)), count(int64(r.Commands)))}
	if n := len(r.Differences); n > 0 {
		about = append(about, fmt.Sprintf("%s differ, of which %s had more than %s to spare", count(int64(n)), count(int64(r.Beyond(f.slack))),
			report.FormatDuration(f.slack)))
	}
	if r.Dropped > 0 {
		about = append(about, fmt.Sprintf("%s dropped then, not sent now", count(int64(r.Dropped))))
	}
	wrapped(&b, width, "   ", about)
	if then.stop != nil {
		wrapped(&b, width, "   ", []string{then.stop.String()})
	}
	for _, j := range r.Judged {
		sign := "   "
		if j.Differs {
			sign = " ✗ "
		}
		wrapped(&b, width, sign, []string{j.String()})
	}
	if then.summary == nil {
		wrapped(&b, width, "   ", []string{"summary.json cannot be read: whether rules and expectations failed again is not known"})
	}
	for _, d := range r.Differences {
		difference(&b, width, d, d.Beyond(f.slack))
	}
	if f.only != "" && r.Beyond(f.slack) > 0 {
		wrapped(&b, width, "   ", []string{"calls that --only leaves out shared links, queues and limits with these: without it they may end the same"})
	}
	if f.only != "" && then.clock == "real" && r.Throttled > 0 {
		wrapped(&b, width, "   ", []string{fmt.Sprintf("%s were refused at the limit of calls then, and are again: --only leaves out others that were counted",
			report.FormatCount(int64(r.Throttled)))})
	}
	return b.String()
}

// difference takes one line where that is wide enough. beyond says that the command had more to spare than is allowed.
func difference(w io.Writer, width int, d replay.Difference, beyond bool) {
	spare, sign := "nothing was close", "   "
	if d.SlackHas {
		spare = report.FormatDuration(d.Slack) + " to spare: " + d.Why
	}
	if beyond {
		sign = " ✗ "
	}
	name := fmt.Sprintf("%s%s/%d  %s", sign, d.Load, d.N, d.Device)
	line := fmt.Sprintf("%s  %s → %s  %s", name, d.Then, d.Now, spare)
	if columns.Width(line) <= width {
		fmt.Fprintln(w, line)
		return
	}
	fmt.Fprintln(w, name)
	parts := []string{d.Then + " → " + d.Now, spare}
	if columns.Width(parts[0]) > width-6 {
		parts = []string{d.Then, "→ " + d.Now, spare}
	}
	for _, part := range parts {
		fmt.Fprintf(w, "      %s\n", strings.Join(columns.Fold(part, width-6), "\n      "))
	}
}
