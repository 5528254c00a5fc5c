package draw

import (
	"io"
	"strings"

	"fleetdrill/report/columns"
)

// Options say what the reader's terminal can do.
type Options struct {
	Width int  // columns; 0 is 80, and less than 60 is taken as 60
	Color bool // ANSI colours
}

const narrowest = 60

// sheet takes lines. Every letter takes one column.
type sheet struct {
	b     strings.Builder
	width int
	color bool
}

func newSheet(opt Options) *sheet {
	if opt.Width == 0 {
		opt.Width = 80
	}
	return &sheet{width: max(opt.Width, narrowest), color: opt.Color}
}

func (s *sheet) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, s.b.String())
	return err
}

// line writes parts and ends the line, without blanks at its end.
func (s *sheet) line(parts ...string) {
	s.b.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	s.b.WriteByte('\n')
}

// Colours, as ANSI has them.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "1;36"
)

func (s *sheet) paint(style, text string) string {
	if !s.color || text == "" || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// wrap writes text between a margin and the edge; the first line has head in the margin.
func (s *sheet) wrap(head string, margin int, style, text string) {
	for _, part := range columns.Fold(text, s.width-margin) {
		s.line(head, s.paint(style, part))
		head = columns.Blanks(margin)
	}
}

// items writes parts with dots between them, and breaks lines between parts where that is possible.
func (s *sheet) items(margin int, style string, parts ...string) {
	line := ""
	flush := func() {
		if line != "" {
			s.wrap(columns.Blanks(margin), margin, style, line)
		}
	}
	for _, part := range parts {
		switch longer := line + " · " + part; {
		case line == "":
			line = part
		case columns.Width(longer) <= s.width-margin:
			line = longer
		default:
			flush()
			line = part
		}
	}
	flush()
}
