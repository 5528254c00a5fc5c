package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/hunt"
)

func defaultJobs() int { return runtime.NumCPU() }

// showHunt shows how a hunt stands on w, or does not.
func showHunt(w *os.File, h *hunt.Hunt, quiet bool) *display {
	if quiet {
		return &display{end: make(chan struct{})}
	}
	return huntGauge(h).show(w)
}

// huntGauge tells of a hunt that begins now. Where time will be over before the seeds are, its bar shows the time.
func huntGauge(h *hunt.Hunt) gauge {
	begin := time.Now()
	seeds := func() (int64, int64) { return int64(h.Total().Runs), int64(h.Seeds) }
	return gauge{name: "hunt", unit: "seeds", at: seeds, state: func() string { return pace(h.Total()) },
		share: func() (int64, int64) {
			done, of := seeds()
			if past := time.Since(begin); h.For > 0 && past.Seconds()/h.For.Seconds() > float64(done)/float64(of) {
				return int64(past), int64(h.For)
			}
			return done, of
		}}
}

// pace is how fast a hunt is.
func pace(t hunt.Total) string {
	wall := t.Wall.Seconds()
	if wall <= 0 {
		return "starting"
	}
	text := fmt.Sprintf("%.0f runs/s, %s of virtual time a second", float64(t.Runs)/wall, report.FormatDuration((time.Duration(float64(t.Virtual) / wall)).Round(time.Second)))
	if t.Failed > 0 {
		text += fmt.Sprintf(", %d failed", t.Failed)
	}
	return text
}

// writeHunt says what a hunt has found and covered, on w, which is so many columns wide, and, with findings, in hunt.json
// beside their folders in dir.
func writeHunt(w io.Writer, width int, h *hunt.Hunt, found []keptFinding, dir string) error {
	t, name := h.Total(), fileName(h.Plans[0].Scenario)
	idle, doubtful := h.Silent()
	mark := " ✓ NOTHING FOUND  "
	switch silent := len(idle) + len(doubtful); {
	case len(found) > 0:
		mark = " ✗ FOUND  "
	case silent == len(h.Plans):
		mark = " ? NO RUN SAID ANYTHING  "
	case silent > 0:
		mark = " ? NOT EVERY CELL SAID ANYTHING  "
	case t.Runs < h.Seeds:
		mark = " ✓ NOTHING FOUND SO FAR  "
	}
	wrapped(w, width, mark, []string{name, report.Plural(t.Runs, "run", "runs") + " from seed " + strconv.FormatUint(h.From, 10), pace(t)})
	if t.Doubtful > 0 {
		fmt.Fprintf(w, "   %s of them say nothing: %s\n", count(int64(t.Doubtful)), t.Doubt)
	}
	if t.Twice > 0 && len(found) == 0 {
		fmt.Fprintf(w, "   %s made twice, and the same to the byte\n", report.Plural(t.Twice, "run", "runs"))
	}
	if t.Killed > 0 {
		wrapped(w, width, "   ", []string{report.Plural(t.Killed, "run", "runs") + " made again: the worker had been killed, by somebody or by the system for want of memory"})
	}
	if slow := slowest(t, h.Pool.Jobs); slow != nil {
		wrapped(w, width, "   slowest: ", slow)
	}
	for _, f := range found {
		if err := f.write(w, width); err != nil {
			return err
		}
	}
	if t.Runs > 0 {
		writeCovered(w, width, h, idle, len(found) == 0 || h.All)
	}
	if len(found) == 0 {
		return nil
	}
	return writeHuntFile(dir, h, found)
}

// writeCovered says what the runs had in them, and what not. The cells without a run are idle.
func writeCovered(w io.Writer, width int, h *hunt.Hunt, idle []string, unseen bool) {
	fmt.Fprintln(w)
	all := map[string]int{}
	for i, p := range h.Plans {
		seen := h.Seen(i)
		if len(seen) > 0 || len(h.Plans) == 1 {
			covered(w, width, p.Scenario.Cell, seen)
		}
		add(all, seen)
	}
	if len(h.Plans) > 1 && len(idle) > 0 {
		wrapped(w, width, " COVERED   ", []string{strings.Join(idle, ", ") + ": no run"})
	}
	if unseen {
		neverSeen(w, width, all)
	}
}

// write says what was found, and how to look at it.
func (f keptFinding) write(w io.Writer, width int) error {
	fmt.Fprintln(w)
	wrapped(w, width, fmt.Sprintf(" SEED%s    ", strings.TrimPrefix(hunt.SeedOf(f.Cell, f.Seed), "seed")), []string{f.Failure.String()})
	if f.Times > 1 {
		fmt.Fprintf(w, "   %s runs failed this way\n", count(int64(f.Times)))
	}
	fmt.Fprintf(w, "%s   fleetdrill run %s\n", f.often(), filepath.Join(f.dir, "scenario.yaml"))
	if f.Failure.Kind == hunt.Unlike {
		fmt.Fprintf(w, "   diff %s %s\n", filepath.Join(f.dir, "history.jsonl"), filepath.Join(f.dir, againDir, "history.jsonl"))
	}
	if m := aboutCall.FindStringSubmatch(f.Failure.Example); m != nil {
		fmt.Fprintf(w, "   fleetdrill explain %s %s/%s\n", f.dir, m[1], m[2])
	}
	if f.shrunk == nil {
		if f.Failure.Kind == hunt.Rule || f.Failure.Kind == hunt.Expectation {
			fmt.Fprintf(w, "   not cut down; to do that:\n   fleetdrill shrink %s\n", f.dir)
		}
		return nil
	}
	fmt.Fprintln(w)
	return writeMinimal(w, width, *f.shrunk)
}

// A run is worth a word if it took longer than this, in seconds, and so many times longer than the others do. Where it took
// longer than that on its own clock, that is the drain.
const (
	longRun   = 1
	manyTimes = 20
	longDrain = 2 * 3600
)

// aboutCall matches an example that names a call.
var aboutCall = regexp.MustCompile(`^([a-z][a-z0-9_-]*) ([0-9]+): `)

// slowest tells of the run that took longest, if that is worth a word.
func slowest(t hunt.Total, jobs int) []string {
	s := t.Slowest
	if s.Wall <= longRun || s.Wall <= manyTimes*t.Wall.Seconds()*float64(jobs)/float64(t.Runs) {
		return nil
	}
	words := []string{fmt.Sprintf("%s took %.1fs for %s of virtual time", hunt.SeedOf(s.Cell, s.Seed), s.Wall,
		report.FormatDuration(time.Duration(s.Virtual*float64(time.Second))))}
	if s.Virtual > longDrain {
		words = append(words, "a shorter drain may do, such as --set drain=1h")
	}
	return words
}

func add(to, seen map[string]int) {
	for item, n := range seen {
		to[item] += n
	}
}

// covered counts what was seen, by kind.
func covered(w io.Writer, width int, cell string, seen map[string]int) {
	all, never := byKind(hunt.Items()), byKind(hunt.Unseen(seen))
	var heads []string
	for _, kind := range []string{"state", "transition", "cause", "reason", "fact"} {
		heads = append(heads, fmt.Sprintf("%d of %d %ss", len(all[kind])-len(never[kind]), len(all[kind]), kind))
	}
	head := " COVERED   "
	if cell != "" {
		head += cell + ": "
	}
	wrapped(w, width, head, heads)
}

// neverSeen lists what was not seen, by kind.
func neverSeen(w io.Writer, width int, seen map[string]int) {
	never := byKind(hunt.Unseen(seen))
	for _, kind := range []string{"transition", "cause", "reason", "fact"} {
		if len(never[kind]) > 0 {
			wrapped(w, width, fmt.Sprintf("   never   %-13s", kind+"s"), never[kind])
		}
	}
}

func byKind(items []string) map[string][]string {
	kinds := map[string][]string{}
	for _, item := range items {
		kind, name, _ := strings.Cut(item, " ")
		kinds[kind] = append(kinds[kind], name)
	}
	return kinds
}

// wrapped writes a list with dots between its items behind a head, in lines that fit. An item is broken only where it is
// longer than a line.
func wrapped(w io.Writer, width int, head string, items []string) {
	margin := columns.Width(head)
	room := max(width-margin, 20)
	var lines []string
	for i, item := range items {
		if i < len(items)-1 {
			item += " ·"
		}
		for _, part := range columns.Fold(item, room) {
			if n := len(lines) - 1; n >= 0 && columns.Width(lines[n])+1+columns.Width(part) <= room {
				lines[n] += " " + part
			} else {
				lines = append(lines, part)
			}
		}
	}
	fmt.Fprintf(w, "%s%s\n", head, strings.Join(lines, "\n"+columns.Blanks(margin)))
}

func writeHuntFile(dir string, h *hunt.Hunt, found []keptFinding) error {
	type row struct {
		hunt.Finding
		Reproduce string `json:"reproduce"`
	}
	type coverage struct {
		Cell   string         `json:"cell,omitempty"` // of a matrix
		Seen   map[string]int `json:"seen"`
		Unseen []string       `json:"unseen"`
	}
	t := h.Total()
	all := struct {
		Scenario string  `json:"scenario"`
		From     uint64  `json:"from"`
		Seeds    int     `json:"seeds"`
		Wall     float64 `json:"wall_s"`
		Virtual  float64 `json:"virtual_s"`
		hunt.Total
		Findings []row `json:"findings"`
		coverage
		Cells []coverage `json:"cells,omitempty"`
	}{fileName(h.Plans[0].Scenario), h.From, h.Seeds, t.Wall.Seconds(), t.Virtual.Seconds(), t, nil, coverage{Seen: map[string]int{}}, nil}
	for i, p := range h.Plans {
		one := coverage{p.Scenario.Cell, h.Seen(i), hunt.Unseen(h.Seen(i))}
		if add(all.Seen, one.Seen); one.Cell != "" {
			all.Cells = append(all.Cells, one)
		}
	}
	all.Unseen = hunt.Unseen(all.Seen)
	for _, f := range found {
		f.Failure.Example, _, _ = strings.Cut(f.Failure.Example, "\n")
		all.Findings = append(all.Findings, row{f.Finding, "fleetdrill run " + filepath.Join(f.dir, "scenario.yaml")})
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, huntName), append(text, '\n'), 0o666)
}
