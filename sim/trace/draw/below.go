package draw

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// sum says where the time went: the hops by what was waited for, the longest first. They add up to the whole.
func (p *picture) sum() {
	type part struct {
		wait string
		took time.Duration
	}
	var parts []part
	for _, s := range p.l.Steps {
		if s.Took < time.Microsecond { // nothing, or what a virtual clock makes of "just after"
			continue
		}
		if s.Wait == "" {
			s.Wait = "afterwards"
		}
		i := slices.IndexFunc(parts, func(x part) bool { return x.wait == s.Wait })
		if i < 0 {
			parts = append(parts, part{wait: s.Wait})
			i = len(parts) - 1
		}
		parts[i].took += s.Took
	}
	if len(parts) < 2 {
		return
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.took, a.took) })
	p.Line()
	head := " " + p.Paint(columns.Cyan, columns.Left("TIME", 10))
	const most, waitWide = 4, 27
	bars := min(p.Width-11-waitWide-8-8-3, 40)
	for i, x := range parts {
		if i == most && len(parts) > most+1 {
			rest := time.Duration(0)
			for _, y := range parts[i:] {
				rest += y.took
			}
			x = part{fmt.Sprintf("%d other hops", len(parts)-most), rest}
		}
		share, bar := float64(x.took)/float64(p.l.Total), ""
		if bars >= 10 {
			bar = columns.Bar(share, bars)
		}
		p.Line(head, columns.Left(x.wait, waitWide), columns.Right(trace.Span(x.took), 8), columns.Right(report.FormatShare(share), 8), "  ", p.Paint(columns.Yellow, bar))
		head = columns.Blanks(11)
		if i == most {
			break
		}
	}
	until := "in all"
	if last := p.l.Steps[len(p.l.Steps)-1]; last.Kind == "late" {
		until = "until the late answer"
	}
	p.Line(head, p.Paint(columns.Dim, columns.Left(until, waitWide)+columns.Right(trace.Span(p.l.Total), 8)))
}

// around lists what else happened to the device: a dozen of the events, those that matter most.
func (p *picture) around() {
	p.Line()
	head := " " + p.Paint(columns.Cyan, columns.Left("AROUND", 10))
	shown := pick(p.l.Around, 12)
	for _, e := range shown {
		style := map[trace.Mark]string{trace.Bad: columns.Red, trace.Struck: columns.Yellow}[e.Mark]
		p.Wrap(head+columns.Right(trace.Offset(e.At), 9)+"  ", 22, style, e.Text)
		head = columns.Blanks(11)
	}
	switch more := len(p.l.Around) - len(shown); {
	case len(shown) == 0:
		p.Line(head, p.Paint(columns.Dim, "nothing else is known of "+p.l.Device))
	case more > 0:
		p.Line(head, columns.Blanks(11), p.Paint(columns.Dim, fmt.Sprintf("and %s more; --json has them all", report.FormatCount(int64(more)))))
	}
}

// pick keeps the events that matter most, in order: of equals, those nearest to when the command was due. What happened
// to the connection leaves a third of the room to what was in front.
func pick(events []trace.Event, most int) []trace.Event {
	order := slices.Clone(events)
	slices.SortStableFunc(order, func(a, b trace.Event) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.At.Abs(), b.At.Abs()))
	})
	if links := count(order, trace.OfLink); links > most*2/3 {
		room := min(count(order, trace.InFront), most/3)
		order = slices.Concat(order[:min(most-room, links)], order[links:links+room])
	}
	order = order[:min(most, len(order))]
	slices.SortStableFunc(order, func(a, b trace.Event) int { return cmp.Compare(a.At, b.At) })
	return order
}

func count(events []trace.Event, r trace.Rank) (n int) {
	for _, e := range events {
		if e.Rank == r {
			n++
		}
	}
	return n
}
