package draw

import (
	"fmt"
	"io"
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// Run is what Causes says of the run as a whole.
type Run struct {
	Name    string        // of the scenario
	About   string        // clock and seed, in words
	Calls   uint64        // all arrivals
	Counts  []trace.Count // of trace.Trace
	Command string        // what to type to see one command, without its name
}

// Causes lists the endings that are not success, the most frequent cause first, with one example each and what to do
// next.
func Causes(w io.Writer, r Run, opt Options) error {
	s := newSheet(opt)
	causes := merge(r.Counts)
	total := 0
	for _, c := range causes {
		total += c.N
	}
	s.line(" ", s.paint(bold, r.Name), "  ", s.paint(dim, r.About))
	s.line(" ", fmt.Sprintf("%s calls · %s succeeded · %s did not", report.FormatCount(int64(r.Calls)),
		report.FormatCount(int64(r.Calls)-int64(total)), report.FormatCount(int64(total))))
	s.line()
	if total == 0 {
		s.line(" every command is a success: there is nothing to explain")
		return s.writeTo(w)
	}
	example := 7
	for _, c := range causes {
		example = max(example, columns.Width(c.name()))
	}
	bars := min(s.width-1-17-9-9-2-2-example, 30)
	s.line(" ", s.paint(dim, columns.Left("CAUSE", 17)+columns.Right("CALLS", 9)+columns.Right("SHARE", 9)+"  "+columns.Blanks(bars)+"  EXAMPLE"))
	for _, c := range causes {
		share := float64(c.N) / float64(r.Calls)
		s.line(" ", s.paint(red, columns.Left(string(c.Cause), 17)), columns.Right(report.FormatCount(int64(c.N)), 9),
			columns.Right(report.FormatShare(share), 9), "  ", s.paint(yellow, columns.Left(columns.Bar(float64(c.N)/float64(causes[0].N), max(bars, 0)), bars)), "  ", s.paint(bold, c.name()))
		s.wrap("   ", 3, dim, c.Cause.Doc()+c.late()+c.of())
	}
	s.line()
	s.line(" See one command's life:")
	s.line("   ", s.paint(bold, r.Command+" "+causes[0].name()))
	return s.writeTo(w)
}

// cause is the counts of one cause over all loads.
type cause struct {
	trace.Count
	loads []string // with their counts, where there are several
}

func (c *cause) name() string { return fmt.Sprintf("%s/%d", c.Load, c.Example) }

// late says how late late answers were.
func (c *cause) late() string {
	if len(c.Late) == 0 {
		return ""
	}
	at := func(q float64) string { return trace.By(c.Late[int(q*float64(len(c.Late)-1))]) }
	if at(0) == at(1) {
		return ", by " + at(0)
	}
	return fmt.Sprintf(", by %s to %s; half of them by up to %s", at(0), at(1), at(0.5))
}

// of says which loads it was.
func (c *cause) of() string {
	if len(c.loads) < 2 {
		return ""
	}
	text := " ("
	for i, l := range c.loads {
		if i > 0 {
			text += ", "
		}
		text += l
	}
	return text + ")"
}

// merge adds the loads' counts up by cause, the most frequent first.
func merge(counts []trace.Count) []*cause {
	var list []*cause
	for _, n := range counts {
		i := slices.IndexFunc(list, func(c *cause) bool { return c.Cause == n.Cause })
		if i < 0 {
			c := &cause{Count: n}
			c.Late = slices.Clone(n.Late)
			list, i = append(list, c), len(list)
		} else {
			c := list[i]
			c.N += n.N
			c.Late = append(c.Late, n.Late...)
		}
		list[i].loads = append(list[i].loads, fmt.Sprintf("%s %s", n.Load, report.FormatCount(int64(n.N))))
	}
	for _, c := range list {
		slices.Sort(c.Late)
	}
	slices.SortStableFunc(list, func(a, b *cause) int { return b.N - a.N })
	return list
}
