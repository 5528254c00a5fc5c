package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
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
	t.checks()
	t.thresholds()
	t.harness()
	return t.writeTo(w)
}

type text struct {
	*screen
	s *Summary
}

// margin is where the content of a section begins.
const margin = 11

var verdicts = map[Verdict]struct{ mark, word, style string }{
	Pass:         {"✓", "PASS", "1;32"},
	Fail:         {"✗", "FAIL", "1;31"},
	Inconclusive: {"~", "INCONCLUSIVE", "1;33"},
}

func (t *text) head() {
	v := verdicts[t.s.Verdict]
	title := " " + v.mark + " " + v.word
	about := fmt.Sprintf("%s clock · seed %d · %s", t.s.Clock, t.s.Seed, FormatMicros(int64(t.s.Elapsed*1e6)))
	room := t.width - len([]rune(title)) - len([]rune(about)) - 2
	t.line(t.paint(v.style, title), "  ", t.paint(bold, left(t.s.Scenario, room)), t.paint(dim, about))
	for _, r := range t.s.Reasons {
		t.wrap("   ", 3, r)
	}
	t.line()
}

func (t *text) section(name string) string { return " " + t.paint("1;36", left(name, margin-1)) }

func (t *text) devices() {
	d := t.s.Devices
	items := []string{fmt.Sprintf("%s of %s connected", FormatCount(int64(d.Connected)), FormatCount(int64(d.Configured)))}
	if d.Connect > 0 && d.Connected > 0 {
		items = append(items, "in "+FormatMicros(int64(d.Connect*1e6)), FormatRate(float64(d.Connected)/d.Connect))
	}
	if d.BytesEach > 0 {
		items = append(items, FormatBytes(d.BytesEach)+" each")
	}
	t.items(t.section("DEVICES"), margin, items)
	t.line()
}

func (t *text) load(l *Load) {
	calls := plural(l.Arrivals, "call", "calls")
	items := []string{strings.Join([]string{l.Dialect, l.Call, "via", l.Via}, " "), calls}
	if r, ok := l.Rate(); ok {
		items = append(items[:1], calls+" in "+FormatMicros(int64(l.Span*1e6)), FormatRate(r))
	}
	t.items(t.section("LOAD")+t.paint(bold, left(l.Name, 8))+"  ", margin+max(len([]rune(l.Name)), 8)+2, items)
	for _, o := range Outcomes {
		t.outcome(l, o)
	}
	t.codes(l)
	t.percentiles(l)
	t.line()
}

func (t *text) outcome(l *Load, o Outcome) {
	n := l.Outcomes.Count(o)
	if n == 0 && o != OK {
		return
	}
	share := float64(n) / float64(max(l.Arrivals, 1))
	style := yellow
	switch o {
	case OK:
		style = green
	case Broken, Dropped:
		style = red
	}
	name := strings.ReplaceAll(o.String(), "_", " ")
	t.line("   ", left(name, 12), right(FormatCount(n), 11), " ", right(FormatShare(share), 7), "  ",
		t.paint(style, bar(share, min(t.width-38, 60))))
}

// codes lists the vendor's codes, the most frequent first.
func (t *text) codes(l *Load) {
	if len(l.Codes) == 0 {
		return
	}
	var codes []string
	for c := range l.Codes {
		codes = append(codes, c)
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.Codes[b], l.Codes[a]), strings.Compare(a, b))
	})
	const most = 8
	var items []string
	for i, c := range codes {
		if i == most {
			items = append(items, fmt.Sprintf("%d other codes", len(codes)-most))
			break
		}
		items = append(items, c+" × "+FormatCount(l.Codes[c]))
	}
	t.items("   "+left("codes", 15), 18, items)
}

// percentiles shows successes apart where there were others, too: a fast refusal makes no platform fast.
func (t *text) percentiles(l *Load) {
	if l.Latency.Count == 0 {
		return
	}
	names := ""
	for _, n := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"} {
		names += right(n, 8)
	}
	t.line("   ", blanks(12), t.paint(dim, names))
	t.quantiles("latency", l.Latency)
	if n := l.LatencyOK.Count; n > 0 && n != l.Latency.Count {
		t.quantiles("  ok only", l.LatencyOK)
	}
	if l.Lag.Max > 0 { // otherwise it is the latency
		t.quantiles("service", l.Service)
	}
	t.quantiles("lag", l.Lag)
}

func (t *text) quantiles(name string, q Quantiles) {
	line := "   " + left(name, 12)
	for _, v := range []int64{q.Min, q.Mean, q.P50, q.P90, q.P99, q.P999, q.Max} {
		switch {
		case q.Count == 0:
			line += t.paint(dim, right("–", 8))
		case v == 0:
			line += t.paint(dim, right("0", 8))
		default:
			line += right(FormatMicros(v), 8)
		}
	}
	t.line(line)
}

func (t *text) timeouts() {
	o := t.s.Timeouts
	items := []string{t.number(o.Fired, "fired"), t.number(o.PendingAfter, "pending")}
	if q := o.Overshoot; q.Count > 0 {
		items = append(items, fmt.Sprintf("overshoot p50 %s", FormatMicros(q.P50)), "p99 "+FormatMicros(q.P99),
			"max "+FormatMicros(q.Max))
	}
	t.items(t.section("TIMEOUTS"), margin, items)
	t.items(t.section("REPLIES"), margin, []string{t.number(o.LateReplies, "late"), t.number(o.DuplicateReplies, "duplicate"),
		t.number(o.UnknownReplies, "unknown"), t.number(o.ForeignReplies, "foreign"), t.number(o.GarbledReplies, "garbled")})
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
	items := []string{t.number(c.Filled, "filled") + rateOf(c.FillRate), t.number(c.Drained, "drained") + rateOf(c.DrainRate),
		t.number(c.Expired, "expired"), t.number(c.Rejected, "rejected")}
	if c.Wait.Count > 0 {
		items = append(items, "wait p50 "+FormatMicros(c.Wait.P50), "p99 "+FormatMicros(c.Wait.P99),
			"max "+FormatMicros(c.Wait.Max))
	}
	t.items(t.section("CACHE"), margin, items)
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
		t.line(head, t.mark(false), t.paint(bold, c.Rule), ": ", plural(c.Breaches, "breach", "breaches"), " over ",
			plural(c.Commands, "command", "commands"))
		head = blanks(margin)
		for _, e := range c.Examples {
			t.wrap(blanks(margin+4), margin+4, e)
		}
	}
	switch {
	case len(t.s.Checks) == 0:
		t.line(head, "– nothing was checked")
	case t.s.Breaches() == 0:
		t.line(head, t.mark(true), plural(int64(len(t.s.Checks)), "rule", "rules"), " over ",
			plural(most, "command", "commands"), ", no breach")
	}
}

func (t *text) mark(ok bool) string {
	if ok {
		return t.paint(green, "✓ ")
	}
	return t.paint(red, "✗ ")
}

func (t *text) thresholds() {
	wide := 0
	for _, r := range t.s.Thresholds {
		wide = max(wide, len([]rune(r.Expr)))
	}
	wide = min(wide, t.width-margin-14)
	head := t.section("EXPECT")
	for _, r := range t.s.Thresholds {
		t.line(head, t.mark(r.OK), left(r.Expr, wide), "  ", right(r.Value, 9))
		head = blanks(margin)
	}
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
	t.items(t.section("HARNESS"), margin, items)
}
