package columns

import (
	"io"
	"strings"
)

// Styles, as ANSI has them.
const (
	Bold   = "1"
	Dim    = "2"
	Red    = "31"
	Green  = "32"
	Yellow = "33"
	Cyan   = "1;36" // and bold
)

// Sheet is a page that takes one line after another.
type Sheet struct {
	Width int  // columns
	Color bool // styles are written
	b     strings.Builder
}

// NewSheet makes a sheet for a terminal of so many columns; 0 is 80, and less than narrowest is taken as that.
func NewSheet(width, narrowest int, color bool) *Sheet {
	if width == 0 {
		width = 80
	}
	return &Sheet{Width: max(width, narrowest), Color: color}
}

// Send writes all lines to w.
func (s *Sheet) Send(w io.Writer) error {
	_, err := io.WriteString(w, s.b.String())
	return err
}

// Line adds parts as a line, without blanks at its end.
func (s *Sheet) Line(parts ...string) {
	s.b.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	s.b.WriteByte('\n')
}

// Paint gives a text a style, if the sheet has any.
func (s *Sheet) Paint(style, text string) string { return Paint(s.Color, style, text) }

// Paint gives a text a style, if it is to have colours.
func Paint(color bool, style, text string) string {
	if !color || text == "" || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// Wrap adds text between a margin and the edge; the first line has head in the margin.
func (s *Sheet) Wrap(head string, margin int, style, text string) {
	for _, part := range Fold(text, s.Width-margin) {
		s.Line(head, s.Paint(style, part))
		head = Blanks(margin)
	}
}
