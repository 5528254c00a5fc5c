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
	s.Wrap(" "+s.Paint(columns.Bold, c.Of)+"  ", 3+columns.Width(c.Of), columns.Dim, c.Doc)
	noun := "commands"
	if len(c.List) == 1 {
		noun = "command"
	}
	s.Line(" ", fmt.Sprintf("%s %s · %s succeeded · %s did not", report.FormatCount(int64(len(c.List))), noun,
		report.FormatCount(int64(len(c.List)-len(bad))), report.FormatCount(int64(len(bad)))))
	if len(c.List) == 0 {
		return s.Send(w)
	}
	s.Line()
	shown := c.List
	if len(shown) > mostCalls && len(bad) > 0 {
		shown = bad
	}
	shown = shown[:min(len(shown), mostCalls)]
	s.calls(shown, c.Of)
	if more := len(c.List) - len(shown); more > 0 {
		s.Line("   ", s.Paint(columns.Dim, fmt.Sprintf("and %s more; --json has them all", report.FormatCount(int64(more)))))
	}
	s.Line()
	s.Line(" See one command's life:")
	s.Line("   ", s.Paint(columns.Bold, c.Command+" "+shown[0].Name()))
	return s.Send(w)
}

func (s *sheet) calls(list []trace.Call, of string) {
	name, second := 7, 5
	column := func(c trace.Call) (text, style string) {
		switch {
		case c.Device != of:
			return c.Device, ""
		case c.Ending.Cause == trace.None:
			return "success", columns.Green
		}
		return string(c.Ending.Cause), columns.Red
	}
	for _, c := range list {
		text, _ := column(c)
		name, second = max(name, columns.Width(c.Name())), max(second, columns.Width(text))
	}
	s.Line(s.Paint(columns.Dim, columns.Right("DUE", 9)+"  "+columns.Left("COMMAND", name)))
	last := "" // what was told in full
	for _, c := range list {
		text, style := column(c)
		head := columns.Right(trace.Span(c.Due), 9) + "  " + s.Paint(columns.Bold, columns.Left(c.Name(), name)) + "  " + s.Paint(style, columns.Left(text, second)) + "  "
		why := c.Ending.Why
		switch {
		case c.Ending.Cause == trace.None:
			why = ""
		case why == last:
			why = "the same"
		default:
			last = why
		}
		if margin := 9 + 2 + name + 2 + second + 2; s.Width-margin >= 30 {
			s.Wrap(head, margin, "", why)
		} else {
			s.Line(head)
			s.Wrap(columns.Blanks(11), 11, "", why)
		}
	}
}
