// Package draw shows commands' lives in a terminal.
//
//	draw.Life(os.Stdout, life, draw.Options{Width: 80})      // one command: a sequence diagram and what else happened
//	draw.Causes(os.Stdout, title, counts, draw.Options{})    // all endings that are not success, by cause
//
// The pictures need no colour, and fit any width from 60 columns on.
package draw

import (
	"io"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// Life draws one command's life: time runs down, a column is a party, an arrow is something that goes from one to the
// other, and a thick line waits. It is not to scale: waits take a few lines, however long they are.
func Life(w io.Writer, l *trace.Life, opt Options) error {
	p := newPicture(l, opt)
	p.head()
	p.names()
	for i := range l.Steps {
		s := &l.Steps[i]
		p.wait(s)
		p.step(s)
	}
	p.legend()
	p.sum()
	p.around()
	return p.writeTo(w)
}

// picture is a drawing in progress.
type picture struct {
	*sheet
	l      *trace.Life
	gap    int  // columns from lane to lane
	over   bool // the caller has its answer
	online bool // the device has a session
}

// Columns before the lanes: when, and how long after the step before.
const (
	atWide   = 8
	hopWide  = 9
	lanesAt  = atWide + hopWide + 5
	textWide = 22 // the least for words beside the lanes
)

func newPicture(l *trace.Life, opt Options) *picture {
	p := &picture{sheet: newSheet(opt), l: l}
	room := p.width - lanesAt - textWide - 4
	p.gap = min(max(room/3, 8), 18)
	if len(l.Steps) > 0 {
		p.online = l.Steps[0].Online
	}
	return p
}

// textAt is the column where words begin.
func (p *picture) textAt() int { return lanesAt + 3*p.gap + 4 }

func (p *picture) head() {
	e := p.l.Ending
	mark, style, word := "✗", "1;31", string(e.Cause)
	if e.Cause == trace.None {
		mark, style, word = "✓", "1;32", "success"
	}
	head := " " + mark + " " + p.l.Name() + "  " + word + "  "
	painted := " " + p.paint(style, mark) + " " + p.paint(bold, p.l.Name()) + "  " + p.paint(style, word) + "  "
	if e.Cause == trace.None {
		p.line(painted)
	} else {
		p.wrap(painted, columns.Width(head), "", e.Why)
	}
	items := p.l.Device + " · " + p.l.Call + " · due " + report.FormatDuration(p.l.Due) + " into the run"
	if p.l.Done > 0 {
		items += " · its caller waited " + report.FormatDuration(p.l.Done)
	}
	p.wrap("   ", 3, dim, items)
	p.line()
}

// names stands above the lanes.
func (p *picture) names() {
	row := []rune(columns.Blanks(p.width))
	put := func(at int, text string) {
		for i, r := range []rune(text) {
			if at+i >= 0 && at+i < len(row) {
				row[at+i] = r
			}
		}
	}
	put(atWide-2, "at")
	put(atWide+hopWide-3, "hop")
	for i, name := range trace.Lanes {
		put(lanesAt+i*p.gap-len(name)/2, name)
	}
	p.line(p.paint(dim, string(row)))
}

// lanes are the four lines as they are between two steps.
func (p *picture) lanes() []rune {
	row := []rune(columns.Blanks(3*p.gap + 1))
	for i := range trace.Lanes {
		row[i*p.gap] = '│'
	}
	if p.over {
		row[0] = '┊'
	}
	if !p.online {
		row[3*p.gap] = '┊'
	}
	return row
}

// wait is the time before a step, if it is worth lines: the one who has the command is thick.
func (p *picture) wait(s *trace.Step) {
	lines := p.linesFor(s.Took)
	if lines == 0 {
		return
	}
	if s.Wait == "" {
		return // nobody waits any more
	}
	text := report.FormatDuration(s.Took) + " " + s.Wait
	for i := range lines {
		row := p.lanes()
		row[int(s.Holder)*p.gap] = '┃'
		if s.Took >= time.Hour && i == lines/2 {
			for l := range trace.Lanes {
				row[l*p.gap] = '≈'
			}
		}
		words := ""
		if i == lines/2 {
			words = text
		}
		p.row("", "", row, dim, words, "")
	}
}

// linesFor is how many lines a wait takes: what is a twentieth of the whole or more can be seen.
func (p *picture) linesFor(took time.Duration) int {
	share := float64(took) / float64(max(p.l.Total, 1))
	switch {
	case share >= 0.5:
		return 3
	case share >= 0.2:
		return 2
	case share >= 0.05:
		return 1
	}
	return 0
}

// step is one line, and more if its words need them.
func (p *picture) step(s *trace.Step) {
	switch {
	case s.Kind == "done" || s.Kind == "dropped":
		p.over = true
	}
	p.online = s.Online
	row := p.lanes()
	if s.Mark == trace.Deadline {
		for i := range row {
			if row[i] == ' ' {
				row[i] = '╌'
			}
		}
		p.row(report.FormatDuration(s.At), hop(s), row, yellow, s.Text, yellow)
		return
	}
	p.arrow(row, s)
	at := report.FormatDuration(s.At)
	words := s.Text
	style := map[trace.Mark]string{trace.Bad: red, trace.Good: green}[s.Mark]
	p.row(at, hop(s), row, "", words, style)
}

func hop(s *trace.Step) string { return "+" + report.FormatDuration(s.Took) }

// arrow draws what a step does between the lanes.
func (p *picture) arrow(row []rune, s *trace.Step) {
	from, to := int(s.From)*p.gap, int(s.To)*p.gap
	for i := min(from, to) + 1; i < max(from, to); i++ {
		row[i] = '─'
		if i%p.gap == 0 {
			row[i] = '┼'
		}
	}
	mark := '●'
	switch s.Mark {
	case trace.Bad:
		mark = '✗'
	case trace.Good:
		mark = '✓'
	}
	switch {
	case from < to:
		row[from], row[to], row[to-1] = '├', mark, '▶'
	case from > to:
		row[from], row[to], row[to+1] = '┤', mark, '◀'
	default:
		row[to] = mark
	}
}

func (p *picture) legend() {
	p.line()
	p.wrap("   ", 3, dim, "┃ has the command · ┊ away, or waits no more · ✗ went wrong · not to scale")
}

// row writes one line of the picture: times, lanes, words.
func (p *picture) row(at, hop string, lanes []rune, lanesStyle, words, style string) {
	room := p.width - p.textAt()
	for i, part := range columns.Fold(words, room) {
		if i > 0 {
			at, hop, lanes = "", "", p.lanes()
		}
		p.line(columns.Right(at, atWide), p.paint(dim, columns.Right(hop, hopWide)), columns.Blanks(lanesAt-atWide-hopWide), p.paint(lanesStyle, string(lanes)),
			columns.Blanks(3), p.paint(style, part))
	}
}
