package report

import (
	"io"
	"strings"
	"unicode/utf8"
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

// left fills text up to n columns behind it, right before it.
func left(text string, n int) string  { return text + blanks(n-utf8.RuneCountInString(text)) }
func right(text string, n int) string { return blanks(n-utf8.RuneCountInString(text)) + text }

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// wrap writes text between a margin and the screen's edge; the first line has head in the margin.
func (s *screen) wrap(head string, margin int, text string) {
	for _, part := range Fold(text, s.width-margin) {
		s.line(head, part)
		head = blanks(margin)
	}
}

// Fold breaks text at blanks into lines of at most n columns, and a word that is longer at its own joints.
func Fold(text string, n int) []string {
	var lines []string
	var line string
	for _, word := range pieces(strings.Fields(text), n) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > n {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// pieces breaks the words that are longer than n columns behind a dot, a dash or a slash, or where there is none, at n.
func pieces(words []string, n int) []string {
	var list []string
	for _, word := range words {
		for r := []rune(word); len(r) > 0; {
			cut := len(r)
			if cut > n {
				cut = n
				if i := strings.LastIndexAny(string(r[:n]), "._-/"); i >= 0 {
					cut = utf8.RuneCountInString(string(r[:n])[:i+1])
				}
			}
			list = append(list, string(r[:cut]))
			r = r[cut:]
		}
	}
	return list
}

// items writes short facts with dots between them. A fact is broken only where it is longer than a line.
func (s *screen) items(head string, margin int, list []string) {
	var line string
	used := 0
	var parts []string
	for _, item := range list {
		parts = append(parts, Fold(item, s.width-margin)...)
	}
	for _, item := range parts {
		n := utf8.RuneCountInString(item)
		switch {
		case used == 0:
		case used+3+n > s.width-margin:
			s.line(head, line)
			head, line, used = blanks(margin), "", 0
		default:
			line += s.paint(dim, " · ")
			used += 3
		}
		line += item
		used += n
	}
	s.line(head, line)
}

// bar draws a share in at most n columns, to an eighth of a column; what is not 0 can be seen.
func bar(share float64, n int) string {
	eighths := int(share*float64(n)*8 + 0.5)
	if eighths == 0 && share > 0 {
		eighths = 1
	}
	b := strings.Repeat("█", eighths/8)
	if r := eighths % 8; r > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[r-1])
	}
	return b
}
