package ci

import (
	"fmt"
	"io"
	"strings"
	"time"

	"fleetdrill/report"
)

var changeMarks = map[report.Change]string{report.Better: "✅ better", report.Same: "✅ same", report.Worse: "❌ worse",
	report.Unclear: "⚠️ inconclusive"}

// WriteComparisonMarkdown writes a comparison for a comment on a pull request: the verdict with its reasons, warnings and
// the figures that changed or may have in sight, and all that are the same folded.
func WriteComparisonMarkdown(w io.Writer, c *report.Comparison) error {
	m := &markdown{}
	m.line("### ", changeMarks[c.Verdict], " · ", escape(c.Scenario))
	m.line()
	for _, r := range cut(c.Reasons) {
		m.line("- ", escape(r))
	}
	for _, text := range cut(c.Warnings) {
		m.line("- ⚠️ ", escape(text))
	}
	if len(c.Reasons)+len(c.Warnings) > 0 {
		m.line()
	}
	var told, same [][]string
	for i := range c.Figures {
		if row := contrast(&c.Figures[i]); c.Figures[i].Verdict == report.Same {
			same = append(same, row)
		} else {
			told = append(told, row)
		}
	}
	head := []string{"", "figure", "base", "head", "change", "95% interval", "matters"}
	if len(told) > 0 {
		m.table(2, head, told)
	}
	if len(same) > 0 {
		m.folded(report.Plural(len(same), "figure is the same", "figures are the same"), func() { m.table(2, head, same) })
	}
	if len(c.Skipped) > 0 {
		m.folded(report.Plural(len(c.Skipped), "figure was not judged", "figures were not judged"), func() {
			for _, s := range cut(c.Skipped) {
				m.line("- ", escape(s))
			}
			m.line()
		})
	}
	m.line("<sub>", fmt.Sprintf("%s of head, %d of base · %s clock · ~ may be chance: equal things are called worse or better in %s of all comparisons at most",
		report.Plural(len(c.Head.Runs), "run", "runs"), len(c.Base.Runs), c.Clock, report.FormatShare(c.Alpha)), "</sub>")
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

func contrast(f *report.Contrast) []string {
	change := f.FormatChange(f.Change)
	if f.Noise {
		change = "~"
	} else if f.Verdict == report.Worse || f.Verdict == report.Better {
		change = "**" + change + "**"
	}
	base, head := f.Sides()
	return []string{changeMarks[f.Verdict], escape(f.Name()), base, head, change, f.Interval(), f.FormatLimit()}
}

// WriteComparisonJUnit writes a comparison as JUnit's XML, a test case a figure: what is worse is a failure, what is
// inconclusive an error. began is the time of the comparison.
func WriteComparisonJUnit(w io.Writer, c *report.Comparison, began time.Time) error {
	suite := Suite{Name: c.Scenario + ": head against base", Began: began, Properties: [][2]string{{"verdict", string(c.Verdict)},
		{"base", strings.Join(c.Base.Runs, " ")}, {"head", strings.Join(c.Head.Runs, " ")}}}
	for i := range c.Figures {
		f := &c.Figures[i]
		k := Case{Class: c.Scenario + ".compare", Name: f.Name(), Details: f.Reason}
		switch f.Verdict {
		case report.Worse:
			k.Why = "worse: " + f.Reason
		case report.Unclear:
			k.Error, k.Why = true, "inconclusive: "+f.Reason
			k.Details = "to tell takes " + f.Needs
		}
		suite.Cases = append(suite.Cases, k)
		suite.Output += fmt.Sprintf("%s: %s, %s\n", f.Name(), f.Verdict, f.Reason)
	}
	for _, text := range c.Warnings {
		suite.Output += "warning: " + text + "\n"
	}
	return WriteSuites(w, []Suite{suite})
}

// WriteComparisonGitHub writes the verdict as workflow commands of GitHub Actions, one for each reason and warning.
func WriteComparisonGitHub(w io.Writer, c *report.Comparison) error {
	level := map[report.Change]string{report.Worse: "error", report.Unclear: "warning"}[c.Verdict]
	lines := [][3]string{}
	for _, r := range cut(c.Reasons) {
		lines = append(lines, [3]string{level, string(c.Verdict), r})
	}
	if len(lines) == 0 {
		lines = append(lines, [3]string{"notice", string(c.Verdict), report.Plural(len(c.Figures), "figure", "figures") + " compared"})
	}
	for _, text := range cut(c.Warnings) {
		lines = append(lines, [3]string{"warning", "comparison", text})
	}
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "::%s title=%s::%s\n", l[0], property.Replace(c.Scenario+": "+l[1]), message.Replace(l[2])); err != nil {
			return fmt.Errorf("writing annotations: %w", err)
		}
	}
	return nil
}
