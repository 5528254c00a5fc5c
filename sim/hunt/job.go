package hunt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// Job is one run that a worker is to make.
type Job struct {
	Text string `json:"text"`          // of the scenario; its clock is virtual
	Seed uint64 `json:"seed"`          // instead of the text's
	Out  string `json:"out,omitempty"` // a folder for everything that the run leaves; empty: nothing is kept

	// Then is a folder with the results of an earlier run of the scenario, or of one with more calls, devices and groups, whose
	// times on the real clock are to come again. Empty: there is none.
	Then string `json:"then,omitempty"`

	Digest bool `json:"digest,omitempty"` // the result has the digest of the history
}

// Result is what came of a job.
type Result struct {
	Failures []Failure      `json:"failures,omitempty"`
	Doubts   []string       `json:"doubts,omitempty"`  // why the run says nothing, where nothing failed
	Endings  []string       `json:"endings,omitempty"` // how commands ended
	Commands int            `json:"commands"`
	Virtual  float64        `json:"virtual_s"`
	Seen     map[string]int `json:"seen,omitempty"`    // coverage
	Invalid  string         `json:"invalid,omitempty"` // why the job's text is no scenario: nothing was run
	Unkept   string         `json:"unkept,omitempty"`  // why the job's folder is not whole
	Digest   string         `json:"digest,omitempty"`  // two runs with the same did the same, fact by fact

	killed bool // something ended a worker that made this run; it does not come from the run itself
}

// Failure is one way in which a run failed.
type Failure struct {
	Kind    string `json:"kind"`    // one of the constants below
	Name    string `json:"name"`    // the rule, or the expectation as it is written; empty otherwise
	Example string `json:"example"` // what happened, in words
}

// The kinds of failures.
const (
	Rule        = "rule"
	Expectation = "expectation"
	Panic       = "panic"              // in the run, or everybody waits for somebody else
	Death       = "death"              // the worker's process ended
	Hang        = "hang"               // no end within the bound on wall time
	Broken      = "error"              // the run could not be made, or not be ended in good order
	Unlike      = "not the same twice" // a run and its repetition have different histories
)

var figures = regexp.MustCompile(`[0-9][0-9.,]*(?:ns|µs|ms|s|m|h)?(?:[0-9.]+(?:ns|µs|ms|s|m))*`)

// Way is what two failures of the same way have in common: the rule and its words without names and figures, or the
// expectation and whether anything was measured for it.
func (f Failure) Way() string {
	switch f.Kind {
	case Rule:
		_, words, _ := strings.Cut(f.Example, ": ")
		return f.Kind + " " + f.Name + ": " + figures.ReplaceAllString(words, "#")
	case Expectation:
		if strings.HasPrefix(f.Example, report.NoData) {
			return f.Kind + " " + f.Name + ": " + report.NoData
		}
		return f.Kind + " " + f.Name
	case Hang, Unlike:
		return f.Kind
	}
	first, _, _ := strings.Cut(f.Example, "\n")
	return f.Kind + " " + figures.ReplaceAllString(first, "#")
}

// judged tells whether the run came to its end, and was judged.
func (f Failure) judged() bool { return f.Kind == Rule || f.Kind == Expectation }

// String is the failure in a line.
func (f Failure) String() string {
	first, _, _ := strings.Cut(f.Example, "\n")
	switch f.Kind {
	case Rule:
		return "rule " + f.Name + ": " + first
	case Expectation:
		return "expected " + f.Name + ", got " + first
	}
	return f.Kind + ": " + first
}

// Failures are those of a judged run: broken rules first, then expectations that were not met. Expectations do not
// count in a run that says nothing.
func Failures(s *report.Summary) (list []Failure, doubts []string) {
	for _, c := range s.Checks {
		if c.Breaches > 0 {
			list = append(list, Failure{Kind: Rule, Name: c.Rule, Example: strings.Join(c.Examples[:min(1, len(c.Examples))], "")})
		}
	}
	if s.Verdict == report.Inconclusive {
		return list, s.Reasons
	}
	for _, t := range s.Thresholds {
		told := len(list) > 0 && strings.HasPrefix(t.Expr, "checks.") // by the rules
		if !t.OK && !told {
			list = append(list, Failure{Kind: Expectation, Name: t.Expr, Example: t.Value})
		}
	}
	return list, nil
}

// Endings are the ways in which commands ended: their codes, and the causes that explain has for those without success.
func Endings(s *report.Summary) (list []string) {
	for _, l := range s.Loads {
		for code, n := range l.Codes {
			if n > 0 {
				list = append(list, "code "+code)
			}
		}
		for cause, n := range l.Causes {
			if n > 0 {
				list = append(list, "cause "+cause)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Fails returns the first failure, or false.
func (r Result) Fails() (Failure, bool) {
	if len(r.Failures) == 0 {
		return Failure{}, false
	}
	return r.Failures[0], true
}

// FailsAs tells whether one of the failures, the first or another, is of the way of f.
func (r Result) FailsAs(f Failure) bool {
	return slices.ContainsFunc(r.Failures, func(one Failure) bool { return one.Way() == f.Way() })
}

// CallsOf are the calls that a job's run will make. How they will end nobody knows.
func CallsOf(j Job) (calls []Call) {
	s, err := scenarios.Parse("scenario", []byte(j.Text), []string{"seed=" + strconv.FormatUint(j.Seed, 10)})
	if err != nil {
		return nil
	}
	for c := range sim.Plan(s) {
		calls = append(calls, Call{Load: s.Load[c.Load].Name, N: c.N, Device: fmt.Sprintf("%s-%d", s.Devices[c.Group].Name, c.Device)})
	}
	return calls
}

// File is the job as a scenario file, with its seed in it.
func (j Job) File() ([]byte, error) {
	s, err := scenarios.Parse("scenario", []byte(j.Text), []string{"seed=" + strconv.FormatUint(j.Seed, 10)})
	if err != nil {
		return nil, err
	}
	return s.Text, nil
}
