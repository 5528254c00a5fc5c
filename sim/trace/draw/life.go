// Package draw shows commands' lives in a terminal.
//
//	draw.Life(os.Stdout, life, draw.Options{Width: 80})      // one command: a sequence diagram and what else happened
//	draw.Causes(os.Stdout, run, draw.Options{})              // all endings that are not success, by cause
//	draw.List(os.Stdout, list, draw.Options{})               // the commands of one device or one cause
//
// The pictures need no colour, and fit any width from 60 columns on.
package draw

import (
	"io"
	"slices"
	"strings"

	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// Life draws one command's life: time runs down, a column is a party, an arrow is something that goes from one to the
// other, and a thick line waits. It is not to scale: waits take a few lines, however long they are.
func Life(w io.Writer, l *trace.Life, opt Options) error {
	p := newPicture(l, opt)
	p.head()
	p.names()
	for i := 0; i < len(l.Steps); {
		n := together(l.Steps[i:])
		p.wait(&l.Steps[i])
		p.left(&l.Steps[i])
		if n > 1 {
			p.chain(l.Steps[i : i+n])
		} else {
			p.step(&l.Steps[i])
		}
		i += n
	}
	p.legend()
	p.sum()
	p.around()
	return p.Send(w)
}

// picture is a drawing in progress.
type picture struct {
	*sheet
	l       *trace.Life
	gap     int                    // columns from lane to lane
	over    bool                   // the caller has its answer
	away    [len(trace.Lanes)]bool // the device has no session; what a fault has taken away
	waiting string                 // what the last wait was for
	cut     bool                   // the device's connection is dead
	cuts    bool                   // it was for some lines
	flies   bool                   // a message was on its way for some lines
	used    map[rune]bool          // signs in the picture
}

// Columns before the lanes: when, and how long after the step before.
const (
	atWide   = 8
	hopWide  = 9
	lanesAt  = atWide + hopWide + 4
	textWide = 32 // for words beside the lanes, where there is room
	tight    = 8  // the least from lane to lane
)

func newPicture(l *trace.Life, opt Options) *picture {
	p := &picture{sheet: newSheet(opt), l: l, used: map[rune]bool{}}
	p.gap = min(max((p.Width-lanesAt-textWide-3)/3, tight), 16)
	if len(l.Steps) > 0 {
		p.stand(&l.Steps[0])
	}
	return p
}

// stand takes over from a step who is away.
func (p *picture) stand(s *trace.Step) {
	for i := range p.away {
		p.away[i] = slices.Contains(s.Down, trace.Lane(i))
	}
	p.away[trace.Device] = !s.Online
	p.cut = s.Cut
	p.cuts = p.cuts || s.Cut
}

// textAt is the column where words begin.
func (p *picture) textAt() int { return lanesAt + 3*p.gap + 3 }

func (p *picture) head() {
	e := p.l.Ending
	mark, style, word := "✗", "1;31", string(e.Cause)
	if e.Cause == trace.None {
		mark, style, word = "✓", "1;32", "success"
	}
	head := " " + mark + " " + p.l.Name() + "  " + word + "  "
	painted := " " + p.Paint(style, mark) + " " + p.Paint(columns.Bold, p.l.Name()) + "  " + p.Paint(style, word) + "  "
	if e.Cause == trace.None {
		p.Line(painted)
	} else {
		p.Wrap(painted, columns.Width(head), "", e.Why)
	}
	items := []string{p.l.Device, strings.TrimSpace(p.l.Dialect + " " + p.l.Call), "due " + trace.Span(p.l.Due) + " into the run"}
	if slices.ContainsFunc(p.l.Steps, func(s trace.Step) bool { return s.Kind == "done" }) {
		items = append(items, "its caller waited "+trace.Span(p.l.Done))
	}
	p.items(3, columns.Dim, items...)
	p.Line()
}

// names stands above the lanes.
func (p *picture) names() {
	row := []rune(columns.Blanks(p.Width))
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
	p.Line(p.Paint(columns.Dim, string(row)))
}
