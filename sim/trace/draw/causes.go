package draw

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// Run is what Causes says of the run as a whole.
type Run struct {
	Name    string        // of the scenario
	About   string        // clock and seed, in words
	Calls   uint64        // all arrivals
	Told    int           // callers that were told ok
	Counts  []trace.Count // of trace.Trace, and so are Faults
	Faults  []*trace.Fault
	Broken  []Broken // rules
	Command string   // what to type to see one command, without its name
}

// Broken is a rule of the platform that did not hold. A command may break one and be a success.
type Broken struct{ Text, Command string } // how often, with an example; and the command of that, empty if it names none

// Causes lists the rules that were broken, and the endings that are not success: the most frequent cause first, and what
// happened in each, with one example. It ends with what to do next.
func Causes(w io.Writer, r Run, opt Options) error {
	s := newSheet(opt)
	causes := merge(r.Counts)
	total := 0
	for _, c := range causes {
		total += c.N
	}
	s.title(r, total)
	s.broken(r)
	if total == 0 {
		text := " every command is a success"
		if len(r.Broken) == 0 {
			text += ": there is nothing to explain"
		}
		s.Line(text)
		s.faults(r.Faults, nil)
		return s.Send(w)
	}
	bars := min(s.Width-1-17-9-9-2, 30)
	s.Line(" ", s.Paint(columns.Dim, columns.Left("CAUSE", 17)+columns.Right("CALLS", 9)+columns.Right("SHARE", 9)))
	name := 0
	for _, c := range causes {
		for _, h := range c.hows {
			name = max(name, columns.Width(h.name))
		}
	}
	for _, c := range causes {
		s.Line(" ", s.Paint(columns.Red, columns.Left(string(c.Cause), 17)), columns.Right(report.FormatCount(int64(c.N)), 9),
			columns.Right(report.FormatShare(float64(c.N)/float64(r.Calls)), 9), "  ", s.Paint(columns.Yellow, columns.Bar(float64(c.N)/float64(causes[0].N), bars)))
		s.Wrap("   ", 3, columns.Dim, c.Cause.Doc()+c.late())
		if len(c.loads) > 1 {
			s.items(3, columns.Dim, c.loads...)
		}
		for _, h := range c.hows {
			s.Wrap(columns.Right(report.FormatCount(int64(h.n)), 9)+"  "+s.Paint(columns.Bold, columns.Left(h.name, name))+"  ", 9+2+name+2, "", h.text)
		}
	}
	s.faults(r.Faults, r.Counts)
	s.Line()
	first := causes[0].hows[0]
	words, examples := " See one command's life, all of a device, all of a cause", []string{first.name, first.device, string(causes[0].Cause)}
	if worst := worstFault(r.Counts); worst != "" {
		which, _, _ := strings.Cut(worst, " ")
		words, examples = " See one command's life, all of a device, a cause, a fault", append(examples, "'"+which+"'") // shells know brackets
	}
	s.Line(words, ":")
	for _, example := range examples {
		s.Line("   ", s.Paint(columns.Bold, r.Command+" "+example))
	}
	return s.Send(w)
}

// title says how many calls there were. A caller that does not wait for the answer may be told ok by mistake.
func (s *sheet) title(r Run, failed int) {
	n := func(n int) string { return report.FormatCount(int64(n)) }
	s.Line(" ", s.Paint(columns.Bold, r.Name), "  ", s.Paint(columns.Dim, r.About))
	calls := " calls"
	if r.Calls == 1 {
		calls = " call"
	}
	did := fmt.Sprintf("%s%s · %s succeeded · %s did not", n(int(r.Calls)), calls, n(int(r.Calls)-failed), n(failed))
	if well := r.well(); well > 0 {
		did += fmt.Sprintf(" end well (%s succeeded after their caller had gone)", n(well))
	}
	s.Wrap(" ", 1, "", did)
	if later := r.Told - (int(r.Calls) - failed); later > 0 {
		s.Wrap(" ", 1, columns.Dim, fmt.Sprintf("%s callers were told ok; %s of those commands failed later", n(r.Told), n(later)))
	}
	s.Line()
}

func (s *sheet) broken(r Run) {
	for _, b := range r.Broken {
		s.Wrap(" "+s.Paint(columns.Red, "✗")+" ", 3, "", b.Text)
		if b.Command != "" {
			s.Line("   ", s.Paint(columns.Bold, r.Command+" "+b.Command))
		}
	}
	if len(r.Broken) > 0 {
		s.Line()
	}
}

// well is how many commands succeeded without their caller.
func (r *Run) well() (n int) {
	for _, c := range r.Counts {
		for _, h := range c.Hows {
			if h.Well() {
				n += h.N
			}
		}
	}
	return n
}

// cause is the counts of one cause over all loads.
type cause struct {
	trace.Count
	loads []string // with their counts
	hows  []how
}

// how is what happened, with the first command to which it did.
type how struct {
	text, name, device string
	n                  int
}

// late says how late late answers were.
func (c *cause) late() string {
	if len(c.Late) == 0 {
		return ""
	}
	at := func(q float64) string { return trace.Span(c.Late[int(q*float64(len(c.Late)-1))]) }
	if at(0) == at(1) {
		return ", by " + at(0)
	}
	return fmt.Sprintf(", by %s to %s; half of them by up to %s", at(0), at(1), at(0.5))
}

// merge adds the loads' counts up by cause, the most frequent first.
func merge(counts []trace.Count) []*cause {
	var list []*cause
	for _, n := range counts {
		i := slices.IndexFunc(list, func(c *cause) bool { return c.Cause == n.Cause })
		if i < 0 {
			list, i = append(list, &cause{Count: trace.Count{Cause: n.Cause}}), len(list)
		}
		list[i].add(n)
	}
	for _, c := range list {
		slices.Sort(c.Late)
		slices.SortStableFunc(c.hows, func(a, b how) int { return cmp.Compare(b.n, a.n) })
	}
	slices.SortStableFunc(list, func(a, b *cause) int { return cmp.Compare(b.N, a.N) })
	return list
}

func (c *cause) add(n trace.Count) {
	c.N += n.N
	c.Late = append(c.Late, n.Late...)
	c.loads = append(c.loads, fmt.Sprintf("%s %s", n.Load, report.FormatCount(int64(n.N))))
	for _, h := range n.Hows {
		i := slices.IndexFunc(c.hows, func(x how) bool { return x.text == h.How })
		if i < 0 {
			c.hows, i = append(c.hows, how{text: h.How, name: fmt.Sprintf("%s/%d", n.Load, h.Example), device: h.Device}), len(c.hows)
		}
		c.hows[i].n += h.N
	}
}
