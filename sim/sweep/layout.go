package sweep

import (
	"fmt"
	"slices"
	"strings"

	"fleetdrill/report/columns"
)

// The gap between columns, and the least that is left of one.
const (
	between   = 2
	narrowest = 8
)

// fit is how wide each column of a table is: as wide as its cells, or where a line has no room for that, the widest
// give way. A room of 0 has no end.
func fit(rows [][]string, room int) []int {
	var widths []int
	for _, cells := range rows {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns.Width(c))
		}
	}
	over := -room
	for _, w := range widths {
		over += w + between
	}
	for over -= between; room > 0 && over > 0; over-- {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
	}
	return widths
}

// lines are a row: one line, or more where a cell is wider than its column.
func lines(cells []string, widths []int) string {
	var folded [][]string
	height := 1
	for i, c := range cells {
		parts := []string{c}
		if columns.Width(c) > widths[i] {
			parts = columns.Fold(c, widths[i])
		}
		folded = append(folded, parts)
		height = max(height, len(parts))
	}
	var b strings.Builder
	for n := range height {
		line := ""
		for i, parts := range folded {
			part := ""
			if n < len(parts) {
				part = parts[n]
			}
			line += columns.Left(part, widths[i]+between)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// say writes a sentence in as many lines as it takes.
func (t *table) say(format string, args ...any) {
	const margin = "    "
	text := fmt.Sprintf(format, args...)
	if t.Width <= len(margin) || t.Markdown {
		t.printf("%s\n", text)
		return
	}
	t.printf("%s\n", strings.Join(columns.Fold(text, t.Width-len(margin)), "\n"+margin))
}
