package draw

import (
	"io"
	"strings"
	"unicode/utf8"
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
	for _, part := range fold(text, s.width-margin) {
		s.line(head, s.paint(style, part))
		head = blanks(margin)
	}
}

// fold breaks text at blanks into lines of at most n columns; a longer word is broken at n.
func fold(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for letters(word) > n {
			r := []rune(word)
			if line != "" {
				lines = append(lines, line)
			}
			lines, line, word = append(lines, string(r[:n])), "", string(r[n:])
		}
		switch {
		case line == "":
			line = word
		case letters(line)+1+letters(word) > n:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

func letters(text string) int { return utf8.RuneCountInString(text) }

func left(text string, n int) string  { return text + blanks(n-letters(text)) }
func right(text string, n int) string { return blanks(n-letters(text)) + text }
func blanks(n int) string             { return strings.Repeat(" ", max(n, 0)) }

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
