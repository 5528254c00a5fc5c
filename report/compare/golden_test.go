package compare

import (
	"flag"
	"os"
	"testing"

	"fleetdrill/report"
)

var update = flag.Bool("update", false, "write report/testdata/compare.json, which the writers' golden files are made of")

func TestTheComparisonOfTheGoldenFilesIsARealOne(t *testing.T) {
	base, planted := usual, usual
	base.calls, planted.calls, planted.latency = 1000, 1000, mode(0.1, 5)
	a, b := turns(t, base, planted, 8, 200)
	for i := range a {
		a[i].Dir, b[i].Dir = "base/"+string(rune('1'+i)), "head/"+string(rune('1'+i))
		a[i].Summary.Harness.Machine = report.Machine{OS: "linux/amd64", CPU: "Fast CPU", Cores: 2, Procs: 2, Go: "go1.26.0", Build: "v1.0.0"}
		b[i].Summary.Harness.Machine = report.Machine{OS: "linux/amd64", CPU: "Fast CPU", Cores: 4, Procs: 2, Go: "go1.26.0", Build: "v1.1.0"}
	}
	c := compared(t, a, b, Options{Tolerances: report.Tolerances{"p90": {Amount: 500, Duration: true}, "drain": {Off: true}, "outcomes": {Amount: 0.006}}})
	if *update {
		f, err := os.Create("../testdata/compare.json")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := report.WriteComparisonJSON(f, c); err != nil {
			t.Fatal(err)
		}
	}
	if c.Verdict != report.Worse || c.Count(report.Unclear) == 0 || c.Count(report.Same) == 0 {
		t.Errorf("it has nothing of some verdicts:\n%s", screenOf(c))
	}
}
