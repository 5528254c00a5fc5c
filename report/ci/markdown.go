package ci

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"fleetdrill/report"
)

// A comment on a pull request holds 65,536 characters. Where a list has more rows than this the rest is counted.
const mostRows = 60

var marks = map[report.Verdict]string{report.Pass: "✅ pass", report.Fail: "❌ fail", report.Inconclusive: "⚠️ inconclusive"}

// WriteMarkdown writes a run for a comment on a pull request: the verdict with its reasons, the loads and the
// expectations in sight, and all other numbers folded.
func WriteMarkdown(w io.Writer, s *report.Summary) error {
	m := &markdown{}
	m.line("### ", marks[s.Verdict], " · ", escape(s.Scenario))
	m.line()
	for _, r := range cut(s.Reasons) {
		m.line("- ", escape(r))
	}
	if len(s.Reasons) > 0 {
		m.line()
	}
	m.loads(s)
	m.thresholds(s)
	m.folded("Outcomes, codes and causes", func() { m.outcomes(s) })
	m.folded("Timeouts, replies and the cache", func() { m.platform(s) })
	m.folded(fmt.Sprintf("%d invariants, %s", len(s.Checks), report.Plural(s.Breaches(), "breach", "breaches")), func() { m.checks(s) })
	m.folded("The harness itself", func() { m.harness(s) })
	m.line("<sub>", fmt.Sprintf("%s of %s devices · %s clock · seed %d · %s", report.FormatCount(int64(s.Devices.Connected)),
		report.FormatCount(int64(s.Devices.Configured)), s.Clock, s.Seed, micros(s.Elapsed)), "</sub>")
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

type markdown struct{ strings.Builder }

func (m *markdown) line(parts ...string) { m.WriteString(strings.Join(parts, "") + "\n") }

// table writes a table; columns after the first `left` ones are numbers.
func (m *markdown) table(left int, head []string, rows [][]string) {
	rule := slices.Repeat([]string{"---"}, len(head))
	for i := left; i < len(rule); i++ {
		rule[i] = "--:"
	}
	m.line("| ", strings.Join(head, " | "), " |")
	m.line("|", strings.Join(rule, "|"), "|")
	for i, r := range rows {
		if i == mostRows {
			m.line(fmt.Sprintf("| … and %d more |", len(rows)-mostRows))
			break
		}
		m.line("| ", strings.Join(r, " | "), " |")
	}
	m.line()
}

func (m *markdown) folded(title string, inside func()) {
	m.line("<details><summary>", title, "</summary>")
	m.line()
	inside()
	m.line("</details>")
	m.line()
}

func (m *markdown) loads(s *report.Summary) {
	var rows [][]string
	for i := range s.Loads {
		l := &s.Loads[i]
		rate := "–"
		if r, ok := l.Rate(); ok {
			rate = report.FormatRate(r)
		}
		rows = append(rows, append([]string{"**" + escape(l.Name) + "**", report.FormatCount(l.Arrivals), rate, share(l.Outcomes.OK, l.Arrivals)},
			durations(l.Latency, l.Latency.P50, l.Latency.P90, l.Latency.P99, l.Latency.P999, l.Latency.Max)...))
	}
	m.table(1, []string{"load", "calls", "rate", "ok", "p50", "p90", "p99", "p99.9", "max"}, rows)
}

func (m *markdown) thresholds(s *report.Summary) {
	if len(s.Thresholds) == 0 {
		return
	}
	var rows [][]string
	for _, t := range s.Thresholds {
		rows = append(rows, []string{tick(t.OK), code(t.Expr), escape(t.Value)})
	}
	m.table(2, []string{"", "expected", "measured"}, rows)
}

func (m *markdown) outcomes(s *report.Summary) {
	head := []string{"load"}
	for _, o := range report.Outcomes {
		head = append(head, strings.ReplaceAll(o.String(), "_", " "))
	}
	var rows, codes, causes, latency [][]string
	for i := range s.Loads {
		l := &s.Loads[i]
		row := []string{escape(l.Name)}
		for _, o := range report.Outcomes {
			row = append(row, report.FormatCount(l.Outcomes.Count(o)))
		}
		rows = append(rows, row)
		for _, c := range byNumber(l.Codes) {
			codes = append(codes, []string{escape(l.Name), code(c), report.FormatCount(l.Codes[c]), share(l.Codes[c], l.Arrivals)})
		}
		for _, c := range byNumber(l.Causes) {
			causes = append(causes, []string{escape(l.Name), escape(strings.ReplaceAll(c, "_", " ")), report.FormatCount(l.Causes[c]), share(l.Causes[c], l.Arrivals)})
		}
		for _, q := range []struct {
			name string
			q    report.Quantiles
		}{{"ok only", l.LatencyOK}, {"service", l.Service}, {"lag", l.Lag}} {
			latency = append(latency, append([]string{escape(l.Name), q.name}, durations(q.q, q.q.P50, q.q.P90, q.q.P99, q.q.P999, q.q.Max)...))
		}
	}
	m.table(1, head, rows)
	m.table(2, []string{"load", "code", "calls", "share"}, codes)
	if len(causes) > 0 {
		m.table(2, []string{"load", "cause of no success", "calls", "share"}, causes)
	}
	m.table(2, []string{"load", "", "p50", "p90", "p99", "p99.9", "max"}, latency)
}

func (m *markdown) platform(s *report.Summary) {
	t, c := s.Timeouts, s.Cache
	over := durations(t.Overshoot, t.Overshoot.P50, t.Overshoot.P99, t.Overshoot.Max)
	m.counts(pair{"timeouts fired", t.Fired}, pair{"pending", t.PendingAfter}, pair{"cut short", t.CutShort},
		pair{"late replies", t.LateReplies}, pair{"duplicate", t.DuplicateReplies}, pair{"unknown", t.UnknownReplies},
		pair{"foreign", t.ForeignReplies}, pair{"garbled", t.GarbledReplies}, pair{"owed", t.OwedReplies})
	m.line("Overshoot: p50 ", over[0], " · p99 ", over[1], " · max ", over[2])
	m.line()
	if p := s.Push; p != nil {
		m.counts(pair{"states to push", p.Told}, pair{"acknowledged", p.Acknowledged}, pair{"lost", p.Lost},
			pair{"still waiting", p.Waiting}, pair{"attempts", p.Attempts}, pair{"blocks", p.Blocked})
	}
	if c.Filled+c.Rejected == 0 {
		return
	}
	m.counts(pair{"cached", c.Filled}, pair{"sent at once", c.SentAtOnce}, pair{"drained", c.Drained}, pair{"expired", c.Expired},
		pair{"taken back", c.TakenBack}, pair{"withdrawn", c.Withdrawn}, pair{"still waiting", c.Waiting}, pair{"rejected", c.Rejected})
	wait := durations(c.Wait, c.Wait.P50, c.Wait.P99, c.Wait.Max)
	m.line("Filled at ", report.FormatRate(c.FillRate), ", drained at ", report.FormatRate(c.DrainRate), " a device. Wait: p50 ", wait[0],
		" · p99 ", wait[1], " · max ", wait[2])
	m.line()
}

type pair struct {
	name string
	n    int64
}

// counts is a table of one row.
func (m *markdown) counts(list ...pair) {
	var head, row []string
	for _, p := range list {
		head, row = append(head, p.name), append(row, report.FormatCount(p.n))
	}
	m.table(0, head, [][]string{row})
}

func (m *markdown) checks(s *report.Summary) {
	var rows [][]string
	for _, c := range s.Checks {
		rows = append(rows, []string{tick(c.Breaches == 0), code(c.Rule), report.FormatCount(c.Commands), report.FormatCount(c.Breaches)})
	}
	m.table(2, []string{"", "rule", "commands", "breaches"}, rows)
}

func (m *markdown) harness(s *report.Summary) {
	h := s.Harness
	limited, pause, cpu := "no", report.FormatMicros(h.GCPauseMax), report.FormatShare(h.CPUShare)
	if h.Limited {
		limited = "**yes**"
	}
	if s.Clock == "virtual" {
		pause, cpu = "–", "–"
	}
	m.table(0, []string{"lag p99", "dropped", "longest GC pause", "CPU", "wall time", "was the limit"}, [][]string{{report.FormatMicros(h.LagP99),
		report.FormatCount(h.Dropped), pause, cpu, micros(h.Wall), limited}})
}
