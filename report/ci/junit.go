// Package ci writes what CI servers show of a run:
//
//	ci.WriteJUnit(w, summary, began)         // junit.xml: thresholds, invariants and the run itself as test cases
//	ci.WriteMarkdown(w, summary)             // summary.md: fits a comment on a pull request
//	ci.WriteGitHub(w, summary, place)        // annotations, as workflow commands on the log
//	ci.WriteCodeQuality(w, summary, place)   // annotations of GitLab, as a code quality report
//	ci.WriteBench(w, summary)                // the Go benchmark format, for benchstat
//
// WriteComparisonMarkdown, WriteComparisonJUnit and WriteComparisonGitHub do the same for a comparison. All numbers are
// those of summary.json. Something else that has test cases makes a Suite of its own and calls WriteSuites.
package ci

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"fleetdrill/report"
)

// Suite is a list of test cases with one name.
type Suite struct {
	Name       string
	Began      time.Time
	Took       float64     // seconds
	Properties [][2]string // name and value
	Cases      []Case
	Output     string // what else there is to say
}

// Case is one test case. Why is empty where it passed.
type Case struct {
	Class, Name string
	Why         string // one line
	Details     string // more lines about Why
	Error       bool   // it could not be decided; else, with Why, it failed
}

// WriteJUnit writes a run as JUnit's XML. began is the wall time of its start. An inconclusive run is an error, not a
// failure: its thresholds have no say.
func WriteJUnit(w io.Writer, s *report.Summary, began time.Time) error {
	suite := Suite{Name: s.Scenario, Began: began, Took: s.Elapsed, Properties: [][2]string{
		{"verdict", string(s.Verdict)}, {"seed", fmt.Sprint(s.Seed)}, {"clock", s.Clock}, {"calls", fmt.Sprint(s.Arrivals())}}}
	run := Case{Class: s.Scenario + ".run", Name: "the run says something"}
	if s.Verdict == report.Inconclusive {
		run.Error, run.Why, run.Details = true, "inconclusive", strings.Join(s.Reasons, "\n")
	}
	suite.Cases = append(suite.Cases, run)
	for _, t := range s.Thresholds {
		c := Case{Class: s.Scenario + ".expect", Name: t.Expr}
		if !t.OK {
			c.Why = "expected " + t.Expr + ", got " + t.Value
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, r := range s.Checks {
		c := Case{Class: s.Scenario + ".checks", Name: r.Rule, Details: strings.Join(r.Examples, "\n")}
		if r.Breaches > 0 {
			c.Why = fmt.Sprintf("broken by %s of %s commands", report.FormatCount(r.Breaches), report.FormatCount(r.Commands))
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, l := range s.Loads {
		suite.Output += fmt.Sprintf("%s: %s calls, %s ok, p50 %s, p99 %s\n", l.Name, report.FormatCount(l.Arrivals),
			report.FormatCount(l.Outcomes.OK), report.FormatMicros(l.Latency.P50), report.FormatMicros(l.Latency.P99))
	}
	return WriteSuites(w, []Suite{suite})
}

// WriteSuites writes suites as CI servers take them. What all of the schemas in use ask for is there, and nothing that
// one of them forbids: testdata/junit.xsd is that common ground.
func WriteSuites(w io.Writer, suites []Suite) error {
	doc := xmlSuites{}
	for i, s := range suites {
		doc.Suites = append(doc.Suites, s.xml(i))
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("writing JUnit XML: %w", err)
	}
	return nil
}

func (s Suite) xml(id int) xmlSuite {
	x := xmlSuite{Name: oneLine(s.Name), Package: oneLine(s.Name), ID: id, Hostname: "localhost", Tests: len(s.Cases), Time: secs(s.Took),
		Timestamp: s.Began.UTC().Format("2006-01-02T15:04:05"), Out: s.Output}
	for _, p := range s.Properties {
		x.Properties.List = append(x.Properties.List, xmlProperty{p[0], p[1]})
	}
	for _, c := range s.Cases {
		k := xmlCase{Name: oneLine(c.Name), Class: oneLine(c.Class), Time: secs(0)}
		switch why := (&xmlWhy{c.Why, "failure", c.Details}); {
		case c.Why == "":
		case c.Error:
			why.Type = "error"
			k.Error = why
			x.Errors++
		default:
			k.Failure = why
			x.Failures++
		}
		x.Cases = append(x.Cases, k)
	}
	return x
}

func secs(s float64) string { return fmt.Sprintf("%.3f", s) }

// oneLine is a text without line breaks and double blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

type xmlSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suites  []xmlSuite `xml:"testsuite"`
}

type xmlSuite struct {
	ID         int           `xml:"id,attr"`
	Name       string        `xml:"name,attr"`
	Package    string        `xml:"package,attr"`
	Timestamp  string        `xml:"timestamp,attr"`
	Hostname   string        `xml:"hostname,attr"`
	Tests      int           `xml:"tests,attr"`
	Failures   int           `xml:"failures,attr"`
	Errors     int           `xml:"errors,attr"`
	Time       string        `xml:"time,attr"`
	Properties xmlProperties `xml:"properties"`
	Cases      []xmlCase     `xml:"testcase"`
	Out        string        `xml:"system-out"`
	Err        string        `xml:"system-err"`
}

type xmlProperties struct {
	List []xmlProperty `xml:"property"`
}

type xmlProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type xmlCase struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Time    string  `xml:"time,attr"`
	Error   *xmlWhy `xml:"error"`
	Failure *xmlWhy `xml:"failure"`
}

type xmlWhy struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}
