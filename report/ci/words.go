package ci

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"fleetdrill/report"
)

// escape makes a text what it is, not Markdown and not a new cell or line.
func escape(text string) string {
	var b strings.Builder
	for _, r := range plain(text) {
		if strings.ContainsRune("\\`*_{}[]<>#|~@&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code is a text in the type of code. In a table a | ends a cell even there, and a ` cannot be written.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", "\\|").Replace(plain(text)) + "`"
}

// plain is one line without what no screen shows.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, oneLine(text))
}

func tick(ok bool) string {
	if ok {
		return "✅"
	}
	return "❌"
}

// cut keeps the first rows of a list and counts the rest.
func cut(list []string) []string {
	if len(list) <= mostRows {
		return list
	}
	return append(slices.Clone(list[:mostRows]), fmt.Sprintf("… and %d more", len(list)-mostRows))
}

func share(n, of int64) string {
	if of == 0 {
		return "–"
	}
	return report.FormatShare(float64(n) / float64(of))
}

func micros(seconds float64) string { return report.FormatMicros(int64(seconds * 1e6)) }

// durations are some of q's, or dashes where q has none.
func durations(q report.Quantiles, us ...int64) []string {
	var list []string
	for _, v := range us {
		text := "–"
		if q.Count > 0 {
			text = report.FormatMicros(v)
		}
		list = append(list, text)
	}
	return list
}

// byNumber lists codes, the most frequent first.
func byNumber(codes map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(codes), func(a, b string) int {
		return cmp.Or(cmp.Compare(codes[b], codes[a]), strings.Compare(a, b))
	})
}
