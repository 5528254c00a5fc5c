package sweep

import (
	"fmt"
	"slices"
	"strings"

	"fleetdrill/report/columns"
)

// The gap between columns, the least that is left of one where words have to be broken, and by how many rows of a long table
// the widths are chosen.
const (
	between   = 2
	narrowest = 8
	telling   = 200
)

// end writes the rows of the table. Where groups begin with a title in the first column, and a line has no room for all
// columns, titles have lines of their own.
func (t *table) end(grouped bool) {
	if natural, _ := bounds(t.rows); grouped && t.Width > 0 && wide(natural) > t.Width {
		t.below()
	} else {
		widths := fit(t.rows, t.Width)
		for _, cells := range t.rows {
			t.printf("%s", lines(cells, widths))
		}
	}
	t.rows = nil
	t.printf("\n")
}

// below writes rows below the titles of their groups.
func (t *table) below() {
	const margin = "  "
	rest := make([][]string, len(t.rows))
	for i, cells := range t.rows {
		rest[i] = cells[1:]
	}
	widths, title := fit(rest, t.Width-len(margin)), t.rows[0][0]
	for i, cells := range t.rows {
		if cells[0] != "" && cells[0] != title {
			title = cells[0]
			t.printf("%s\n", title)
		}
		for line := range strings.Lines(lines(rest[i], widths)) {
			t.printf("%s%s", margin, line)
		}
	}
}

// fit is how wide each column of a table is: as wide as its cells; or where a line has no room for that, as wide as its words,
// and the rest goes where each column more saves the most lines. A room of 0 has no end.
func fit(rows [][]string, room int) []int {
	natural, widths := bounds(rows)
	if room == 0 || wide(natural) <= room {
		return natural
	}
	for wide(widths) > room {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= narrowest {
			return widths
		}
		widths[widest]--
	}
	for {
		column, by, most := 0, 0, 0.0
		for i, w := range widths {
			now := height(rows, i, w)
			for more := 1; more <= min(room-wide(widths), natural[i]-w); more++ {
				if saved := float64(now-height(rows, i, w+more)) / float64(more); saved > most {
					column, by, most = i, more, saved
				}
			}
		}
		if by == 0 {
			return widths
		}
		widths[column] += by
	}
}

// bounds are how wide the cells of each column are, and their words.
func bounds(rows [][]string) (cells, words []int) {
	for _, row := range rows {
		for i, c := range row {
			if i == len(cells) {
				cells, words = append(cells, 0), append(words, 0)
			}
			cells[i] = max(cells[i], columns.Width(c))
			for word := range strings.FieldsSeq(c) {
				words[i] = max(words[i], columns.Width(word))
			}
		}
	}
	return cells, words
}

// wide is how much a line takes.
func wide(widths []int) (n int) {
	for _, w := range widths {
		n += w + between
	}
	return n - between
}

// height is how many lines the cells of a column take, in a long table those of some rows.
func height(rows [][]string, column, width int) (n int) {
	for i := 0; i < len(rows); i += len(rows)/telling + 1 {
		n += len(folded(rows[i][column], width))
	}
	return n
}

func folded(cell string, width int) []string {
	if columns.Width(cell) <= width {
		return []string{cell}
	}
	return columns.Fold(cell, width)
}

// lines are a row: one line, or more where a cell is wider than its column.
func lines(cells []string, widths []int) string {
	var all [][]string
	most := 1
	for i, c := range cells {
		all = append(all, folded(c, widths[i]))
		most = max(most, len(all[i]))
	}
	var b strings.Builder
	for n := range most {
		line := ""
		for i, parts := range all {
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
