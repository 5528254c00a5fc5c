package page

import (
	"fmt"
	"strings"

	"fleetdrill/report"
)

// Comparison is the section that says how the run's set compares with another: it belongs to the top.
func Comparison(c *report.Comparison) Section {
	s := Section{ID: "compare", Top: true, Title: "Against the base: " + string(c.Verdict),
		Lead: fmt.Sprintf("%s of head, %s of base. ~ may be chance: equal things are called worse or better in %s of all comparisons at most.",
			runs(c.Head), runs(c.Base), report.FormatShare(c.Alpha))}
	s.Notes = append(append(s.Notes, c.Reasons...), c.Warnings...)
	marks := map[report.Change]string{report.Worse: "bad", report.Better: "good", report.Unclear: "doubt"}
	s.Word, s.Mark = verdictWords[c.Verdict], marks[c.Verdict]
	t := Table{Head: []string{"load", "figure", "base", "head", "change", "95% interval", "matters from", "verdict"},
		Num: []bool{false, false, true, true, true, true, true}}
	for i := range c.Figures {
		f := &c.Figures[i]
		change := f.FormatChange(f.Change)
		if f.Noise {
			change = "~"
		}
		base, head := f.Sides()
		t.Rows = append(t.Rows, []Cell{{Text: f.Load}, {Text: f.Title()}, {Text: base}, {Text: head}, {Text: change, Mark: marks[f.Verdict]},
			{Text: f.Interval()}, {Text: f.FormatLimit()}, {Text: string(f.Verdict), Mark: marks[f.Verdict]}})
	}
	s.Tables = []Table{t}
	if n := len(c.Skipped); n > 0 {
		s.Texts = []Text{{Title: fmt.Sprintf("Not judged: %d", n), Body: strings.Join(c.Skipped, "\n")}}
	}
	for _, k := range c.Curves {
		s.Figures = append(s.Figures, Figure{Title: k.Load + ", by percentile", Lines: []Line{
			{Name: "base", Profile: profile(k.Percent, k.Base), Dashed: true}, {Name: "head", Profile: profile(k.Percent, k.Head), Hue: 1}}})
	}
	return s
}

var verdictWords = map[report.Change]string{report.Worse: "worse than base", report.Better: "better than base", report.Same: "same as base",
	report.Unclear: "inconclusive against base"}

func runs(s report.Side) string {
	if len(s.Runs) == 1 {
		return "1 run"
	}
	return report.FormatCount(int64(len(s.Runs))) + " runs"
}

func profile(percent []float64, us []int64) report.Profile {
	var p report.Profile
	for i := range us {
		p = p.Append(percent[i]/100, us[i])
	}
	return p
}
