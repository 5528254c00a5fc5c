package replay

import (
	"fmt"
	"slices"

	"fleetdrill/report"
)

// Judged is a rule that was broken, or an expectation that was missed, in one of the runs or in both.
type Judged struct {
	Name string `json:"name"` // such as "rule one-copy", or the expectation as it was written
	Then string `json:"then"` // what came of it
	Now  string `json:"now"`
	How  string `json:"how"`
	// Differs makes runs different whose commands all ended the same. A part of a run, and a figure that was measured
	// on the real clock, may be judged otherwise.
	Differs bool `json:"differs"`
}

// The values of Judged.How.
const (
	again   = "failed again"
	nowOnly = "failed now alone"
	notNow  = "did not fail again"
)

func (j Judged) String() string {
	return fmt.Sprintf("%s %s: %s → %s", j.Name, j.How, j.Then, j.Now)
}

// Verdicts compares what the rules and the expectations of two runs said. Expectations that only one of them has are left
// out. part says that the second run is not of all calls.
func Verdicts(then, now *report.Summary, part bool) []Judged {
	list := []Judged{}
	for _, was := range then.Checks {
		i := slices.IndexFunc(now.Checks, func(c report.Check) bool { return c.Rule == was.Rule })
		if i < 0 {
			continue
		}
		is := now.Checks[i]
		if j, ok := judge("rule "+was.Rule, was.Breaches == 0, is.Breaches == 0); ok {
			j.Then, j.Now = breaches(was), breaches(is)
			j.Differs = j.How == nowOnly || j.How == notNow && !part
			list = append(list, j)
		}
	}
	for _, was := range then.Thresholds {
		i := slices.IndexFunc(now.Thresholds, func(t report.ThresholdResult) bool { return t.Expr == was.Expr })
		if i < 0 {
			continue
		}
		is := now.Thresholds[i]
		if j, ok := judge(was.Expr, was.OK, is.OK); ok {
			j.Then, j.Now = was.Value, is.Value
			j.Differs = j.How != again && then.Clock == "virtual"
			list = append(list, j)
		}
	}
	return list
}

func judge(name string, held, holds bool) (j Judged, failed bool) {
	j.Name = name
	switch {
	case held && holds:
		return j, false
	case held:
		j.How = nowOnly
	case holds:
		j.How = notNow
	default:
		j.How = again
	}
	return j, true
}

func breaches(c report.Check) string {
	if c.Breaches == 1 {
		return "1 breach"
	}
	return report.FormatCount(c.Breaches) + " breaches"
}
