package report

import (
	"fmt"
	"io"

	"fleetdrill/report/columns"
)

// WriteText writes a run on one screen: the verdict and why, then what the numbers are, the most important first.
func WriteText(w io.Writer, s *Summary, opt TextOptions) error {
	t := &text{newScreen(opt), s}
	t.head()
	t.devices()
	for i := range s.Loads {
		t.load(&s.Loads[i])
	}
	t.timeouts()
	t.cache()
	t.push()
	t.checks()
	t.thresholds()
	t.harness()
	return t.Send(w)
}

type text struct {
	*screen
	s *Summary
}

// margin is where the content of a section begins. On a narrow screen it stands under the section's name.
func (t *text) margin() int {
	if t.narrow() {
		return 3
	}
	return 11
}

var verdicts = map[Verdict]struct{ mark, word, style string }{
	Pass:         {"✓", "PASS", "1;32"},
	Fail:         {"✗", "FAIL", "1;31"},
	Inconclusive: {"~", "INCONCLUSIVE", "1;33"},
}

func (t *text) head() {
	v := verdicts[t.s.Verdict]
	title := " " + v.mark + " " + v.word
	about := fmt.Sprintf("%s clock · seed %d · %s", t.s.Clock, t.s.Seed, FormatMicros(int64(t.s.Elapsed*1e6)))
	room := t.Width - len([]rune(title)) - len([]rune(about)) - 2
	if name := []rune(t.s.Scenario); len(name)+2 > room {
		t.wrap(t.Paint(v.style, title)+"  ", len([]rune(title))+2, t.s.Scenario)
		t.wrap("   ", 3, about)
	} else {
		t.Line(t.Paint(v.style, title), "  ", t.Paint(columns.Bold, columns.Left(t.s.Scenario, room)), t.Paint(columns.Dim, about))
	}
	for _, r := range t.s.Reasons {
		t.wrap("   ", 3, r)
	}
	t.Line()
}

// section returns what stands before the first line of a section. On a narrow screen its name has a line of its own.
func (t *text) section(name string) string {
	if t.narrow() {
		t.Line(" ", t.Paint("1;36", name))
		return columns.Blanks(t.margin())
	}
	return " " + t.Paint("1;36", columns.Left(name, t.margin()-1))
}

func (t *text) devices() {
	d := t.s.Devices
	items := []string{fmt.Sprintf("%s of %s connected", FormatCount(int64(d.Connected)), FormatCount(int64(d.Configured)))}
	if d.Connect > 0 && d.Connected > 0 {
		items = append(items, "in "+FormatMicros(int64(d.Connect*1e6)), FormatRate(float64(d.Connected)/d.Connect))
	}
	if d.BytesEach > 0 {
		items = append(items, FormatBytes(d.BytesEach)+" each")
	}
	t.items(t.section("DEVICES"), t.margin(), items)
	t.Line()
}

func (t *text) timeouts() {
	o := t.s.Timeouts
	items := t.some([]string{t.number(o.Fired, "fired"), t.number(o.PendingAfter, "pending")}, o.CutShort, "cut short")
	if q := o.Overshoot; q.Count > 0 {
		items = append(items, fmt.Sprintf("overshoot p50 %s", FormatMicros(q.P50)), "p99 "+FormatMicros(q.P99),
			"max "+FormatMicros(q.Max))
	}
	t.items(t.section("TIMEOUTS"), t.margin(), items)
	items = []string{t.number(o.LateReplies, "late"), t.number(o.DuplicateReplies, "duplicate"),
		t.number(o.UnknownReplies, "unknown"), t.number(o.ForeignReplies, "foreign"), t.number(o.GarbledReplies, "garbled")}
	t.items(t.section("REPLIES"), t.margin(), t.some(items, o.OwedReplies, "still owed"))
}

// some adds a number where there is one to tell.
func (t *text) some(items []string, n int64, what string) []string {
	if n == 0 {
		return items
	}
	return append(items, t.number(n, what))
}

func (t *text) number(n int64, what string) string {
	if n == 0 {
		return "– " + what
	}
	return FormatCount(n) + " " + what
}

func (t *text) cache() {
	c := t.s.Cache
	if c.Filled == 0 && c.Rejected == 0 {
		return
	}
	items := t.some([]string{t.number(c.Filled, "filled") + rateOf(c.FillRate)}, c.SentAtOnce, "sent at once")
	items = append(items, t.number(c.Drained, "drained")+rateOf(c.DrainRate), t.number(c.Expired, "expired"))
	items = t.some(t.some(t.some(items, c.TakenBack, "taken back"), c.Withdrawn, "withdrawn"), c.Waiting, "still waiting")
	items = append(items, t.number(c.Rejected, "rejected"))
	if c.Wait.Count > 0 {
		items = append(items, "wait p50 "+FormatMicros(c.Wait.P50), "p99 "+FormatMicros(c.Wait.P99),
			"max "+FormatMicros(c.Wait.Max))
	}
	t.items(t.section("CACHE"), t.margin(), items)
}

func (t *text) push() {
	p := t.s.Push
	if p == nil {
		return
	}
	items := []string{t.number(p.Told, "told"), t.number(p.Acknowledged, "acknowledged"), t.number(p.Lost, "lost")}
	items = append(t.some(items, p.Waiting, "still waiting"), t.number(p.Attempts, "attempts"))
	if p.Blocked > 0 {
		items = append(items, Plural(p.Blocked, "block", "blocks"))
	}
	t.items(t.section("PUSH"), t.margin(), items)
}

func rateOf(v float64) string {
	if v == 0 {
		return ""
	}
	return " at " + FormatRate(v)
}

func (t *text) checks() {
	var most int64
	head := t.section("CHECKS")
	for _, c := range t.s.Checks {
		most = max(most, c.Commands)
		if c.Breaches == 0 {
			continue
		}
		t.wrap(head+t.mark(false), t.margin()+2, fmt.Sprintf("%s: %s over %s", c.Rule,
			Plural(c.Breaches, "breach", "breaches"), Plural(c.Commands, "command", "commands")))
		head = columns.Blanks(t.margin())
		for _, e := range c.Examples {
			t.wrap(columns.Blanks(t.margin()+4), t.margin()+4, e)
		}
	}
	switch {
	case len(t.s.Checks) == 0:
		t.Line(head, "– nothing was checked")
	case t.s.Breaches() == 0:
		t.wrap(head+t.mark(true), t.margin()+2, fmt.Sprintf("%s over %s, no breach",
			Plural(len(t.s.Checks), "rule", "rules"), Plural(most, "command", "commands")))
	}
}

func (t *text) mark(ok bool) string {
	if ok {
		return t.Paint(columns.Green, "✓ ")
	}
	return t.Paint(columns.Red, "✗ ")
}

func (t *text) thresholds() {
	if len(t.s.Thresholds) == 0 {
		return
	}
	column := 0
	for _, r := range t.s.Thresholds {
		column = max(column, len([]rune(r.Expr)))
	}
	column = min(column, t.Width-t.margin()-14)
	head := t.section("EXPECT")
	for _, r := range t.s.Thresholds {
		t.threshold(head, column, r)
		head = columns.Blanks(t.margin())
	}
}

// threshold writes the value in its column, or where it does not fit, on a line of its own.
func (t *text) threshold(head string, column int, r ThresholdResult) {
	expr, value := columns.Left(r.Expr, column), columns.Right(r.Value, 9)
	if t.margin()+4+len([]rune(expr))+len([]rune(value)) <= t.Width {
		t.Line(head, t.mark(r.OK), expr, "  ", value)
		return
	}
	t.wrap(head+t.mark(r.OK), t.margin()+2, r.Expr)
	t.wrap(columns.Blanks(t.margin()+4), t.margin()+4, r.Value)
}

func (t *text) harness() {
	h := t.s.Harness
	items := []string{"lag p99 " + FormatMicros(h.LagP99), "GC pause " + FormatMicros(h.GCPauseMax),
		"CPU " + FormatShare(h.CPUShare), t.number(h.Dropped, "dropped"), FormatMicros(int64(h.Wall*1e6)) + " wall"}
	if h.Clamped > 0 {
		items = append(items, FormatCount(h.Clamped)+" out of range")
	}
	if h.Limited {
		items = append(items, "it was the limit")
	}
	t.items(t.section("HARNESS"), t.margin(), items)
}
