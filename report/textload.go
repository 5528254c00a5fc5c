package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fleetdrill/report/columns"
)

func (t *text) load(l *Load) {
	calls := Plural(l.Arrivals, "call", "calls")
	items := []string{strings.Join([]string{l.Dialect, l.Call, "via", l.Via}, " "), calls}
	if r, ok := l.Rate(); ok {
		items = append(items[:1], calls+" in "+FormatMicros(int64(l.Span*1e6)), FormatRate(r))
	}
	if head := t.margin() + max(len([]rune(l.Name)), 8) + 2; t.narrow() || head > t.Width/2 {
		t.wrap(t.section("LOAD"), t.margin(), l.Name)
		t.items(columns.Blanks(t.margin()), t.margin(), items)
	} else {
		t.items(t.section("LOAD")+t.Paint(columns.Bold, columns.Left(l.Name, 8))+"  ", head, items)
	}
	for _, o := range Outcomes {
		t.outcome(l, o)
	}
	t.counts("codes", l.Codes)
	t.causes(l)
	t.percentiles(l)
	t.Line()
}

func (t *text) outcome(l *Load, o Outcome) {
	n := l.Outcomes.Count(o)
	if n == 0 && o != OK {
		return
	}
	share := float64(n) / float64(max(l.Arrivals, 1))
	style := columns.Yellow
	switch o {
	case OK:
		style = columns.Green
	case Broken, Dropped:
		style = columns.Red
	}
	name := strings.ReplaceAll(o.String(), "_", " ")
	t.Line("   ", columns.Left(name, 12), columns.Right(FormatCount(n), 11), " ", columns.Right(FormatShare(share), 7), "  ",
		t.Paint(style, columns.Bar(share, min(t.Width-38, 60))))
}

// counts lists codes or causes, the most frequent first.
func (t *text) counts(what string, counts map[string]int64) {
	if len(counts) > 0 {
		t.items("   "+columns.Left(what, 15), 18, frequent(what, counts))
	}
}

// causes lists why calls were no success. Of a call that does not wait for the answer the caller may have been told ok.
func (t *text) causes(l *Load) {
	var bad int64
	for _, n := range l.Causes {
		bad += n
	}
	if bad == 0 {
		return
	}
	items := frequent("causes", l.Causes)
	if len(items) > 1 {
		items[0] = FormatCount(bad) + " no success: " + items[0]
	}
	if later := l.Outcomes.OK - (l.Arrivals - bad); later > 0 {
		items = append(items, FormatCount(later)+" of them after their caller was told ok")
	}
	t.items("   "+columns.Left("causes", 15), 18, items)
}

// frequent are counts in words, the most frequent first.
func frequent(what string, counts map[string]int64) (items []string) {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	const most = 8
	for i, n := range names {
		if i == most {
			items = append(items, fmt.Sprintf("%d other %s", len(names)-most, what))
			break
		}
		items = append(items, n+" × "+FormatCount(counts[n]))
	}
	return items
}

// described is one line of a table of percentiles, or on a narrow screen one column.
type described struct {
	name string
	q    Quantiles
}

var shownQuantiles = []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"}

func (q Quantiles) list() [7]int64 {
	return [...]int64{q.Min, q.Mean, q.P50, q.P90, q.P99, q.P999, q.Max}
}

// percentiles shows successes apart where there were others, too: a fast refusal makes no platform fast.
func (t *text) percentiles(l *Load) {
	if l.Latency.Count == 0 {
		return
	}
	rows := []described{{"latency", l.Latency}}
	if n := l.LatencyOK.Count; n > 0 && n != l.Latency.Count {
		rows = append(rows, described{"  ok only", l.LatencyOK})
	}
	if l.Lag.Max > 0 { // otherwise it is the latency
		rows = append(rows, described{"service", l.Service})
	}
	rows = append(rows, described{"lag", l.Lag})
	if t.narrow() {
		t.upright(rows)
		return
	}
	names := ""
	for _, n := range shownQuantiles {
		names += columns.Right(n, 8)
	}
	t.Line("   ", columns.Blanks(12), t.Paint(columns.Dim, names))
	for _, r := range rows {
		line := "   " + columns.Left(r.name, 12)
		for _, v := range r.q.list() {
			line += t.cell(r.q, v)
		}
		t.Line(line)
	}
}

// upright is the table turned by a quarter, 40 columns wide at most.
func (t *text) upright(rows []described) {
	names := ""
	for _, r := range rows {
		names += columns.Right(last(r.name, 7), 8)
	}
	t.Line("   ", columns.Blanks(5), t.Paint(columns.Dim, names))
	for i, n := range shownQuantiles {
		line := "   " + columns.Left(n, 5)
		for _, r := range rows {
			line += t.cell(r.q, r.q.list()[i])
		}
		t.Line(line)
	}
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

func (t *text) cell(q Quantiles, v int64) string {
	switch {
	case q.Count == 0:
		return t.Paint(columns.Dim, columns.Right("–", 8))
	case v == 0:
		return t.Paint(columns.Dim, columns.Right("0", 8))
	}
	return columns.Right(FormatMicros(v), 8)
}
