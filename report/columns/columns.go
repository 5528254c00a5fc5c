// Package columns lays text out for a terminal. Every letter is taken to be one column wide.
//
//	for _, line := range columns.Fold(text, 40) { … }   // lines of at most 40 columns
//	columns.Left(name, 20) + columns.Right(count, 8)    // cells of a table
//	columns.Bar(0.25, 40)                               // ██████████
//	s := columns.NewSheet(width, 40, color)             // a page of lines, in colours if the terminal has them
//	s.Line(s.Paint(columns.Bold, "LOAD"), " ", name)
//	err := s.Send(os.Stdout)
package columns

import (
	"strings"
	"unicode/utf8"
)

// Width is how many columns a text takes.
func Width(text string) int { return utf8.RuneCountInString(text) }

// Left fills a text up to n columns behind it.
func Left(text string, n int) string { return text + Blanks(n-Width(text)) }

// Right fills a text up to n columns before it.
func Right(text string, n int) string { return Blanks(n-Width(text)) + text }

// Blanks is n of them, none if n is below 0.
func Blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// Fold breaks text at blanks into lines of at most n columns, and a word that is longer at its own joints. There is
// always a line, if an empty one. n is 1 or more.
func Fold(text string, n int) []string {
	var lines []string
	var line string
	for _, word := range pieces(strings.Fields(text), n) {
		if line != "" && Width(line)+1+Width(word) > n {
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
					cut = Width(string(r[:n])[:i+1])
				}
			}
			list = append(list, string(r[:cut]))
			r = r[cut:]
		}
	}
	return list
}

// Bar draws a share in at most n columns, to an eighth of a column; what is not 0 can be seen.
func Bar(share float64, n int) string {
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
