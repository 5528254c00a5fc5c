package report

import (
	"fmt"
	"io"
	"strings"

	"fleetdrill/report/columns"
)

// WriteComparison writes a comparison on one screen: the verdict and why, then each figure of both sides.
func WriteComparison(w io.Writer, c *Comparison, opt TextOptions) error {
	t := &compareText{newScreen(opt), c}
	t.head()
	t.warnings()
	t.figures()
	t.foot()
	return t.Send(w)
}

type compareText struct {
	*screen
	c *Comparison
}

var changes = map[Change]struct{ mark, word, style string }{
	Better:  {"✓", "BETTER", "1;32"},
	Same:    {"=", "SAME", "1;32"},
	Worse:   {"✗", "WORSE", "1;31"},
	Unclear: {"?", "INCONCLUSIVE", "1;33"},
}

func (t *compareText) head() {
	v := changes[t.c.Verdict]
	title := " " + v.mark + " " + v.word
	about := fmt.Sprintf("%s, base %d · %s clock", Plural(len(t.c.Head.Runs), "run", "runs"), len(t.c.Base.Runs), t.c.Clock)
	room := t.Width - columns.Width(title) - columns.Width(about) - 2
	if columns.Width(t.c.Scenario)+2 > room {
		t.wrap(t.Paint(v.style, title)+"  ", columns.Width(title)+2, t.c.Scenario)
		t.wrap("   ", 3, about)
	} else {
		t.Line(t.Paint(v.style, title), "  ", t.Paint(columns.Bold, columns.Left(t.c.Scenario, room)), t.Paint(columns.Dim, about))
	}
	for _, r := range t.c.Reasons {
		t.wrap("   ", 3, r)
	}
	t.Line()
}

func (t *compareText) warnings() {
	for _, w := range t.c.Warnings {
		t.wrap(t.Paint(columns.Yellow, " ! "), 3, w)
	}
	if len(t.c.Warnings) > 0 {
		t.Line()
	}
}

func (t *compareText) figures() {
	for i, f := range t.c.Figures {
		if i == 0 || f.Load != t.c.Figures[i-1].Load {
			if i > 0 {
				t.Line()
			}
			t.caption(f.Load)
		}
		t.figure(&f)
	}
}

// tabular is the least width for the columns of a figure: its name, both sides, the change, its interval, the verdict.
// A narrower screen has two or three lines of them.
const tabular = 80

func (t *compareText) caption(load string) {
	if load == "" {
		load = "whole run"
	}
	if t.Width < tabular {
		t.Line(" ", t.Paint("1;36", load))
		return
	}
	name := columns.Fold(load, 16)
	for _, part := range name[:len(name)-1] {
		t.Line(" ", t.Paint("1;36", part))
	}
	t.Line(" ", t.Paint("1;36", columns.Left(name[len(name)-1], 16)), t.Paint(columns.Dim, columns.Right("base", 9)+columns.Right("head", 9)+columns.Right("change", 9)+"   95% interval"))
}

func (t *compareText) figure(f *Contrast) {
	v := changes[f.Verdict]
	change, interval := f.FormatChange(f.Change), f.Interval()
	if f.Noise {
		change = "~"
	}
	verdict := t.Paint(v.style, v.mark+" "+string(f.Verdict))
	if f.Verdict == Same {
		verdict = t.Paint(columns.Dim, v.mark+" same")
	}
	base, head := f.Sides()
	if t.Width < tabular {
		t.Line("   ", columns.Left(f.Title(), 22), " ", verdict)
		t.Line("     ", strings.Join([]string{base, "→", head, " ", change}, " "))
		if interval != "" {
			t.Line("     ", t.Paint(columns.Dim, interval))
		}
		return
	}
	t.Line("   ", columns.Left(f.Title(), 14), columns.Right(base, 9), columns.Right(head, 9), columns.Right(change, 9), "   ",
		t.Paint(columns.Dim, columns.Left(interval, 18)), verdict)
}

// Interval writes the interval of the change with one unit; empty: there is none.
func (k *Contrast) Interval() string {
	if k.Low == nil || k.High == nil {
		return ""
	}
	low, high := k.FormatChange(*k.Low), k.FormatChange(*k.High)
	for _, unit := range []string{"%", "pp"} {
		if short, ok := strings.CutSuffix(low, unit); ok && strings.HasSuffix(high, unit) {
			low = short
		}
	}
	return low + "…" + high
}

func (t *compareText) foot() {
	t.Line()
	for _, s := range t.c.Skipped {
		t.wrap(" – ", 3, "not judged: "+s)
	}
	t.wrap(" ", 1, t.Paint(columns.Dim, fmt.Sprintf("~ may be chance. Equal things are called worse or better in %s of all comparisons at most.",
		FormatShare(t.c.Alpha))))
}

// WriteComparisonLine writes a comparison in one line: the verdict, and why.
func WriteComparisonLine(w io.Writer, c *Comparison) error {
	text := fmt.Sprintf("%s: %s", c.Scenario, c.Verdict)
	if len(c.Reasons) > 0 {
		text += ": " + strings.Join(c.Reasons, "; ")
	}
	if len(c.Warnings) > 0 {
		text += "; but " + strings.Join(c.Warnings, "; ")
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
