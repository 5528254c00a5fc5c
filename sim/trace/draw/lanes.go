package draw

import (
	"fmt"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// lanes are the four lines as they are between two steps. That of a caller that has its answer is over.
func (p *picture) lanes() []rune {
	row := []rune(columns.Blanks(3*p.gap + 1))
	for i := range trace.Lanes {
		row[i*p.gap] = '│'
		if p.away[i] || p.cut && trace.Lane(i) == trace.Device {
			row[i*p.gap] = '┊'
		}
	}
	if p.over {
		row[0] = ' '
	}
	return row
}

// wait is the time before a step, if it is worth lines: the one who has the command is thick, and so is a line between two
// when it is on its way from one to the other.
func (p *picture) wait(s *trace.Step) {
	lines := p.linesFor(s.Took)
	if lines == 0 || s.Wait == "" { // nobody waits any more
		return
	}
	parts := columns.Fold(p.waited(s), p.Width-p.textAt())
	lines = max(lines, len(parts))
	first := (lines - len(parts)) / 2
	for i := range lines {
		row := p.lanes()
		flies := s.Toward != s.Holder
		if p.flies = p.flies || flies; flies || s.Holder != trace.Nobody && !p.away[s.Holder] {
			row[(int(s.Holder)+int(s.Toward))*p.gap/2] = '┃'
		}
		if s.Took >= time.Hour && i == lines/2 {
			for l := range row {
				if row[l] != ' ' {
					row[l] = '≈'
				}
			}
		}
		words := ""
		if i >= first && i < first+len(parts) {
			words = parts[i-first]
		}
		p.row("", "", row, columns.Dim, words, "")
	}
}

// left says what is not drawn before a step.
func (p *picture) left(s *trace.Step) {
	if s.Left > 0 {
		p.row("", "", p.lanes(), "", fmt.Sprintf("… %s more connects and losses", report.FormatCount(int64(s.Left))), columns.Dim)
	}
}

// waited says how long and for what.
func (p *picture) waited(s *trace.Step) string {
	again := s.Wait == p.waiting
	p.waiting = s.Wait
	switch {
	case s.Holder == trace.Nobody && again:
		return trace.Span(s.Took) + " more"
	case s.Holder == trace.Nobody:
		return trace.Span(s.Took) + ": " + s.Wait
	case again:
		return trace.Span(s.Took) + " more " + s.Wait
	}
	return trace.Span(s.Took) + " " + s.Wait
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
	if s.Kind == "done" || s.Kind == "dropped" {
		p.over = true
	}
	p.stand(s)
	row := p.lanes()
	style := map[trace.Mark]string{trace.Bad: columns.Red, trace.Good: columns.Green, trace.Struck: columns.Yellow}[s.Mark]
	if s.Mark == trace.Deadline {
		for i := range row {
			if row[i] == ' ' {
				row[i] = '╌'
			}
		}
		p.row(trace.Span(s.At), hop(s), row, columns.Yellow, s.Text, columns.Yellow)
		return
	}
	p.arrow(row, s)
	p.row(trace.Span(s.At), hop(s), row, "", s.Text, style)
}

func hop(s *trace.Step) string { return "+" + trace.Span(s.Took) }

// arrow draws what a step does between the lanes.
func (p *picture) arrow(row []rune, s *trace.Step) {
	from, to := int(s.From)*p.gap, int(s.To)*p.gap
	if s.Mark == trace.Struck {
		row[(from+to)/2] = '!' // on the link, or at the lane
		return
	}
	for i := min(from, to) + 1; i < max(from, to); i++ {
		row[i] = '─'
		if i%p.gap == 0 {
			row[i] = '┼'
		}
	}
	mark := map[trace.Mark]rune{trace.Bad: '✗', trace.Good: '✓'}[s.Mark]
	if mark == 0 {
		mark = '●'
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

// onward are the steps with which a command goes straight to its device.
var onward = map[string]bool{"due": true, "sent": true, "accepted": true, "dequeued": true, "published": true, "written": true, "seen": true}

// together is how many of the next steps go onward in one instant: they take one line. On a virtual clock most lives begin
// so.
func together(steps []trace.Step) int {
	n := 0
	for n < len(steps) && onward[steps[n].Kind] && !steps[n].Aside && steps[n].Times == 1 && (n == 0 || steps[n].Took == 0) {
		n++
	}
	return max(n, 1)
}

// chain draws such steps.
func (p *picture) chain(steps []trace.Step) {
	p.stand(&steps[len(steps)-1])
	row := p.lanes()
	var words []string
	for i := range steps {
		p.arrow(row, &steps[i])
		words = append(words, steps[i].Text)
	}
	for _, s := range steps {
		row[int(s.To)*p.gap] = '●'
	}
	p.row(trace.Span(steps[0].At), hop(&steps[0]), row, "", strings.Join(words, ", "), "")
}

// row writes one line of the picture: times, lanes, words.
func (p *picture) row(at, hop string, lanes []rune, lanesStyle, words, style string) {
	for i, part := range columns.Fold(words, p.Width-p.textAt()) {
		if i > 0 {
			at, hop, lanes = "", "", p.lanes()
		}
		for _, r := range lanes {
			p.used[r] = true
		}
		p.Line(columns.Right(at, atWide), p.Paint(columns.Dim, columns.Right(hop, hopWide)), columns.Blanks(lanesAt-atWide-hopWide), p.Paint(lanesStyle, string(lanes)),
			columns.Blanks(2), p.Paint(style, part))
	}
}

// signs are what the legend explains, of those that are in the picture.
var signs = []struct {
	sign  rune
	words string
}{
	{'┃', "┃ has the command"},
	{'┊', "┊ away or down"},
	{'●', "● it happens here"},
	{'✓', "✓ went right"},
	{'✗', "✗ went wrong"},
	{'!', "! fault"},
	{'╌', "╌ deadline"},
	{'≈', "≈ hours"},
}

func (p *picture) legend() {
	var items []string
	for _, s := range signs {
		if s.sign == '┃' && p.flies {
			s.words += ", or it is on its way between two"
		}
		if s.sign == '┊' && p.cuts {
			s.words = "┊ away, down or its connection dead"
		}
		if p.used[s.sign] {
			items = append(items, s.words)
		}
	}
	p.Line()
	p.items(3, columns.Dim, append(items, "not to scale")...)
}
