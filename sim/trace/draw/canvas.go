package draw

import "fleetdrill/report/columns"

// Options say what the reader's terminal can do.
type Options struct {
	Width int  // columns; 0 is 80, and less than 60 is taken as 60
	Color bool // ANSI colours
}

const narrowest = 60

// sheet takes lines.
type sheet struct{ *columns.Sheet }

func newSheet(opt Options) *sheet { return &sheet{columns.NewSheet(opt.Width, narrowest, opt.Color)} }

// items writes parts with dots between them, and breaks lines between parts where that is possible.
func (s *sheet) items(margin int, style string, parts ...string) {
	line := ""
	flush := func() {
		if line != "" {
			s.Wrap(columns.Blanks(margin), margin, style, line)
		}
	}
	for _, part := range parts {
		switch longer := line + " · " + part; {
		case line == "":
			line = part
		case columns.Width(longer) <= s.Width-margin:
			line = longer
		default:
			flush()
			line = part
		}
	}
	flush()
}
