package report

import (
	"io"
	"strings"

	"fleetdrill/report/columns"
)

// screen lays text out in columns. Every letter that it is given takes one column.
type screen struct {
	b     strings.Builder
	width int
	color bool
}

// TextOptions says what the reader's terminal can do.
type TextOptions struct {
	Width int  // columns; 0 is 80, and less than 40 is taken as 40
	Color bool // ANSI colours
}

// narrowest is what every line can be folded into. Below wide there is no room for a table of all percentiles, and none
// for a margin with the names of sections.
const narrowest, wide = 40, 72

func newScreen(opt TextOptions) *screen {
	if opt.Width == 0 {
		opt.Width = 80
	}
	return &screen{width: max(opt.Width, narrowest), color: opt.Color}
}

func (s *screen) narrow() bool { return s.width < wide }

func (s *screen) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, s.b.String())
	return err
}

// line writes parts and ends the line, without blanks at its end.
func (s *screen) line(parts ...string) {
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
	cyan   = "36"
)

func (s *screen) paint(style, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// wrap writes text between a margin and the screen's edge; the first line has head in the margin.
func (s *screen) wrap(head string, margin int, text string) {
	for _, part := range columns.Fold(text, s.width-margin) {
		s.line(head, part)
		head = columns.Blanks(margin)
	}
}

// items writes short facts with dots between them. A fact is broken only where it is longer than a line.
func (s *screen) items(head string, margin int, list []string) {
	var line string
	used := 0
	var parts []string
	for _, item := range list {
		parts = append(parts, columns.Fold(item, s.width-margin)...)
	}
	for _, item := range parts {
		n := columns.Width(item)
		switch {
		case used == 0:
		case used+3+n > s.width-margin:
			s.line(head, line)
			head, line, used = columns.Blanks(margin), "", 0
		default:
			line += s.paint(dim, " · ")
			used += 3
		}
		line += item
		used += n
	}
	s.line(head, line)
}
