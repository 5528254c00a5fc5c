package draw

import (
	"fmt"
	"io"
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// Calls is what List shows.
type Calls struct {
	Of      string       // whose they are: a device, or a cause
	Doc     string       // more about that
	List    []trace.Call // in the order in which they were due
	Command string       // what to type to see one of them, without its name
}

// mostCalls is how many commands List shows.
const mostCalls = 20

// List writes a line or two a command. Where there are many it shows the first that are no success, or else the first.
func List(w io.Writer, c Calls, opt Options) error {
	s := newSheet(opt)
	bad := slices.DeleteFunc(slices.Clone(c.List), func(x trace.Call) bool { return x.Ending.Cause == trace.None })
	s.wrap(" "+s.paint(bold, c.Of)+"  ", 3+columns.Width(c.Of), dim, c.Doc)
	noun := "commands"
	if len(c.List) == 1 {
		noun = "command"
	}
	s.line(" ", fmt.Sprintf("%s %s · %s succeeded · %s did not", report.FormatCount(int64(len(c.List))), noun,
		report.FormatCount(int64(len(c.List)-len(bad))), report.FormatCount(int64(len(bad)))))
	if len(c.List) == 0 {
		return s.writeTo(w)
	}
	s.line()
	shown := c.List
	if len(shown) > mostCalls && len(bad) > 0 {
		shown = bad
	}
	shown = shown[:min(len(shown), mostCalls)]
	s.calls(shown, c.Of)
	if more := len(c.List) - len(shown); more > 0 {
		s.line("   ", s.paint(dim, fmt.Sprintf("and %s more; --json has them all", report.FormatCount(int64(more)))))
	}
	s.line()
	s.line(" See one command's life:")
	s.line("   ", s.paint(bold, c.Command+" "+shown[0].Name()))
	return s.writeTo(w)
}

func (s *sheet) calls(list []trace.Call, of string) {
	name, second := 7, 5
	column := func(c trace.Call) (text, style string) {
		switch {
		case c.Device != of:
			return c.Device, ""
		case c.Ending.Cause == trace.None:
			return "success", green
		}
		return string(c.Ending.Cause), red
	}
	for _, c := range list {
		text, _ := column(c)
		name, second = max(name, columns.Width(c.Name())), max(second, columns.Width(text))
	}
	s.line(s.paint(dim, columns.Right("DUE", 9)+"  "+columns.Left("COMMAND", name)))
	last := "" // what was told in full
	for _, c := range list {
		text, style := column(c)
		head := columns.Right(trace.Span(c.Due), 9) + "  " + s.paint(bold, columns.Left(c.Name(), name)) + "  " + s.paint(style, columns.Left(text, second)) + "  "
		why := c.Ending.Why
		switch {
		case c.Ending.Cause == trace.None:
			why = ""
		case why == last:
			why = "the same"
		default:
			last = why
		}
		if margin := 9 + 2 + name + 2 + second + 2; s.width-margin >= 30 {
			s.wrap(head, margin, "", why)
		} else {
			s.line(head)
			s.wrap(columns.Blanks(11), 11, "", why)
		}
	}
}
