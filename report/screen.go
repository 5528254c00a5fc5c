package report

import "fleetdrill/report/columns"

// screen lays text out in columns. Every letter that it is given takes one column.
type screen struct{ *columns.Sheet }

// TextOptions says what the reader's terminal can do.
type TextOptions struct {
	Width int  // columns; 0 is 80, and less than 40 is taken as 40
	Color bool // ANSI colours
}

// narrowest is what every line can be folded into. Below wide there is no room for a table of all percentiles, and none
// for a margin with the names of sections.
const narrowest, wide = 40, 72

func newScreen(opt TextOptions) *screen {
	return &screen{columns.NewSheet(opt.Width, narrowest, opt.Color)}
}

func (s *screen) narrow() bool { return s.Width < wide }

// wrap writes text between a margin and the screen's edge; the first line has head in the margin.
func (s *screen) wrap(head string, margin int, text string) { s.Wrap(head, margin, "", text) }

// items writes short facts with dots between them. A fact is broken only where it is longer than a line.
func (s *screen) items(head string, margin int, list []string) {
	var line string
	used := 0
	var parts []string
	for _, item := range list {
		parts = append(parts, columns.Fold(item, s.Width-margin)...)
	}
	for _, item := range parts {
		n := columns.Width(item)
		switch {
		case used == 0:
		case used+3+n > s.Width-margin:
			s.Line(head, line)
			head, line, used = columns.Blanks(margin), "", 0
		default:
			line += s.Paint(columns.Dim, " · ")
			used += 3
		}
		line += item
		used += n
	}
	s.Line(head, line)
}
