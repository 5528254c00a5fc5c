package beside

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"fleetdrill/report"
	"fleetdrill/report/columns"
)

// shown is how many different answers of a load have a place; the rest is counted.
const shown = 3

// line is one line of a cell of the table.
type line struct {
	text, style string   // style as ANSI has it; empty is none
	message     bool     // the vendor's words, which may be long
	parts       []string // what text is made of, where it may be broken into
}

// lines say what the callers of a load were told. named: the kind of call is to be said, too.
func (l Load) lines(named bool) (list []line) {
	if named && l.Call != "" {
		list = append(list, line{text: l.Call, style: columns.Dim})
	}
	var all, rest int64
	for _, a := range l.Answers {
		all += a.After.N
	}
	for i, a := range l.Answers {
		if i >= shown {
			rest += a.After.N
			continue
		}
		list = append(list, a.lines(all)...)
	}
	if rest > 0 {
		list = append(list, line{text: report.FormatCount(rest) + " others", style: columns.Dim})
	}
	if l.Rested.N > 0 {
		list = append(list, line{text: "sent " + l.Rested.String() + " later"})
	}
	if len(l.Answers) == 0 {
		list = append(list, line{text: "–", style: columns.Dim})
	}
	return list
}

func (a Answer) lines(all int64) []line {
	mark, style := "✗ ", columns.Red
	if a.Outcome == report.OK {
		mark, style = "✓ ", columns.Green
	}
	head := strings.ReplaceAll(a.Outcome.String(), "_", " ")
	if a.After.N < all {
		head += " " + report.FormatShare(float64(a.After.N)/float64(all))
	}
	list := []line{{text: mark + head + " " + a.After.when(), style: style}}
	if told := a.told(); len(told) > 0 {
		list = append(list, line{text: strings.Join(told, " · "), parts: told})
	}
	if a.Message != "" && a.Message != a.Code {
		list = append(list, line{text: a.Message, style: columns.Dim, message: true})
	}
	return list
}

// told is the status and the code, which some vendors do not have apart from it.
func (a Answer) told() (parts []string) {
	if a.Status > 0 {
		parts = append(parts, "HTTP "+strconv.Itoa(a.Status))
	}
	if a.Code != "" && a.Code != strconv.Itoa(a.Status) {
		parts = append(parts, a.Code)
	}
	return parts
}

func (s Span) when() string {
	if s.Max == 0 {
		return "at once"
	}
	return "after " + s.String()
}

func (s Span) String() string {
	least, most := report.FormatDuration(s.Min), report.FormatDuration(s.Max)
	if least == most {
		return most
	}
	return least + "–" + most
}

// The columns of a terminal.
const (
	narrowest = 18 // of a column; where there is no room for all, the table is in several parts
	most      = 44
	gap       = 2
	mostLines = 4 // of a message
)

// WriteText writes the runs as columns, with a row for each load.
func WriteText(w io.Writer, runs []Run, opt report.TextOptions) error {
	t := &table{width: opt.Width, color: opt.Color}
	if t.width <= 0 {
		t.width = 80
	}
	for _, name := range names(runs) {
		t.label = max(t.label, columns.Width(name), len(call(runs, name)))
	}
	t.label += 1 + gap
	fit := max(1, (t.width-t.label+gap)/(narrowest+gap))
	for len(runs) > 0 {
		n := min(fit, len(runs))
		t.part(runs[:n])
		runs = runs[n:]
	}
	_, err := io.WriteString(w, t.String())
	return err
}

type table struct {
	strings.Builder
	width, label int
	color        bool
}

// part writes as many runs as there is room for.
func (t *table) part(runs []Run) {
	column := min(most, (t.width-t.label+gap)/len(runs)-gap)
	heads := make([][]line, len(runs))
	for i, r := range runs {
		heads[i] = []line{{text: r.Name, style: columns.Cyan}}
	}
	t.row("", "", heads, column)
	t.WriteString(" " + columns.Paint(t.color, columns.Dim, strings.Repeat("─", t.label-1+len(runs)*(column+gap)-gap)) + "\n")
	for i, name := range names(runs) {
		if i > 0 {
			t.WriteString("\n")
		}
		same, cells := call(runs, name), make([][]line, len(runs))
		for j, r := range runs {
			cells[j] = r.load(name).lines(same == "")
		}
		t.row(name, same, cells, column)
	}
	t.WriteString("\n")
}

// row writes cells beside each other, under what they are about.
func (t *table) row(name, call string, cells [][]line, column int) {
	height := 0
	folded := make([][]line, len(cells))
	for i, c := range cells {
		folded[i] = foldAll(c, column)
		height = max(height, len(folded[i]))
	}
	labels := []line{{text: name, style: columns.Bold}, {text: call, style: columns.Dim}}
	for i := range max(height, 1) {
		var b strings.Builder
		b.WriteString(" ")
		t.put(&b, labels, i, t.label-1)
		for _, c := range folded {
			t.put(&b, c, i, column+gap)
		}
		t.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	if height < 2 && call != "" {
		t.WriteString(" " + columns.Paint(t.color, columns.Dim, call) + "\n")
	}
}

// put writes line i of a cell, if it has so many, and fills up its width.
func (t *table) put(b *strings.Builder, c []line, i, width int) {
	text, style := "", ""
	if i < len(c) {
		text, style = c[i].text, c[i].style
	}
	b.WriteString(columns.Paint(t.color, style, text) + columns.Blanks(width-columns.Width(text)))
}

// foldAll breaks the lines of a cell at its width. Long messages are cut.
func foldAll(c []line, width int) (list []line) {
	for _, l := range c {
		parts := columns.Fold(l.text, width)
		if len(parts) > 1 && len(l.parts) > 0 {
			parts = nil
			for _, p := range l.parts {
				parts = append(parts, columns.Fold(p, width)...)
			}
		}
		if l.message && len(parts) > mostLines {
			parts = parts[:mostLines]
			last := []rune(parts[mostLines-1])
			parts[mostLines-1] = string(last[:min(len(last), width-1)]) + "…"
		}
		for _, p := range parts {
			list = append(list, line{text: p, style: l.style})
		}
	}
	return list
}

// WriteMarkdown writes the runs as a table: a column for each, a row for each load.
func WriteMarkdown(w io.Writer, runs []Run) error {
	var b strings.Builder
	b.WriteString("| |")
	for _, r := range runs {
		b.WriteString(" " + escape(r.Name) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(runs)) + "\n")
	for _, name := range names(runs) {
		same := call(runs, name)
		b.WriteString("| **" + escape(name) + "**")
		if same != "" {
			b.WriteString("<br>" + same)
		}
		for _, r := range runs {
			var lines []string
			for _, l := range r.load(name).lines(same == "") {
				lines = append(lines, escape(l.text))
			}
			b.WriteString(" | " + strings.Join(lines, "<br>"))
		}
		b.WriteString(" |\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

var special = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "\n", " ")

func escape(s string) string { return special.Replace(s) }
