package ci

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"fleetdrill/report"
)

// Place is the scenario file, to which annotations point.
type Place struct {
	File string // relative to the repository; empty: nowhere
	Text []byte // what it holds; nil where it cannot be read
}

// line is where the file says something, from 1; 1 where it does not say it in these words.
func (p Place) line(expr string) int {
	want := strings.Join(strings.Fields(expr), "")
	n := 0
	for text := range bytes.Lines(p.Text) {
		n++
		if strings.Contains(strings.Join(strings.Fields(string(text)), ""), want) {
			return n
		}
	}
	return 1
}

// annotation is one thing that a reader of the change should see.
type annotation struct {
	line        int
	title, text string
	doubt       bool // the run does not count, rather than: the platform failed
}

// annotations are a run's missed thresholds and broken rules, and for a run that does not count each of its reasons.
func annotations(s *report.Summary, p Place) []annotation {
	var list []annotation
	if s.Verdict == report.Inconclusive {
		for _, r := range cut(s.Reasons) {
			list = append(list, annotation{p.line("harness:"), s.Scenario + ": inconclusive", r, true})
		}
		return list
	}
	for _, c := range s.Checks {
		if c.Breaches > 0 {
			text := fmt.Sprintf("rule %s was broken by %s of %s commands", c.Rule, report.FormatCount(c.Breaches), report.FormatCount(c.Commands))
			list = append(list, annotation{1, s.Scenario + ": fail", strings.Join(append([]string{text}, c.Examples...), "\n"), false})
		}
	}
	for _, t := range s.Thresholds {
		if !t.OK {
			list = append(list, annotation{p.line(t.Expr), s.Scenario + ": fail", "expected " + t.Expr + ", got " + t.Value, false})
		}
	}
	return list
}

// How workflow commands escape the values of properties, and messages.
var (
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
)

// WriteGitHub writes a workflow command of GitHub Actions for each annotation, and for a pass one notice. They belong
// on the log of the step.
func WriteGitHub(w io.Writer, s *report.Summary, p Place) error {
	list := annotations(s, p)
	if len(list) == 0 {
		list = append(list, annotation{1, s.Scenario + ": pass", fmt.Sprintf("%s calls, %d expectations met", report.FormatCount(s.Arrivals()), len(s.Thresholds)), false})
	}
	for _, a := range list {
		level := "error"
		switch {
		case s.Verdict == report.Pass:
			level = "notice"
		case a.doubt:
			level = "warning"
		}
		at := ""
		if p.File != "" {
			at = fmt.Sprintf("file=%s,line=%d,", property.Replace(p.File), a.line)
		}
		if _, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", level, at, property.Replace(a.title), message.Replace(a.text)); err != nil {
			return fmt.Errorf("writing annotations: %w", err)
		}
	}
	return nil
}

// quality is one finding of GitLab's code quality report.
type quality struct {
	Description string `json:"description"`
	Check       string `json:"check_name"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

// WriteCodeQuality writes the annotations as the code quality report that GitLab shows in a merge request. A pass is an
// empty list.
func WriteCodeQuality(w io.Writer, s *report.Summary, p Place) error {
	list := []quality{}
	for _, a := range annotations(s, p) {
		sum := sha256.Sum256([]byte(a.title + "\n" + a.text))
		q := quality{Description: a.title + ": " + oneLine(a.text), Check: "fleetdrill", Fingerprint: hex.EncodeToString(sum[:16]), Severity: "major"}
		if a.doubt {
			q.Severity = "minor"
		}
		q.Location.Path, q.Location.Lines.Begin = cmp.Or(p.File, s.Scenario+".yaml"), a.line
		list = append(list, q)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(list); err != nil {
		return fmt.Errorf("writing annotations: %w", err)
	}
	return nil
}
