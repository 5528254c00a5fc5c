package compare

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// plan is how the calls of a made-up run come out.
type plan struct {
	calls   int
	clock   string
	latency func(i int, r *rand.Rand) (time.Duration, report.Outcome)
	noise   float64 // standard deviation of the logarithm of a factor that all calls of a run share
}

// usual is a lognormal law with a median of 20 ms and a 99th percentile of 150 ms, and 5% of timeouts.
var usual = plan{calls: 800, clock: "real", noise: 0.01, latency: func(_ int, r *rand.Rand) (time.Duration, report.Outcome) {
	if r.IntN(20) == 0 {
		return 2 * time.Second, report.Timeout
	}
	return time.Duration(float64(20*time.Millisecond) * math.Exp(0.866*r.NormFloat64())), report.OK
}}

// run makes a run up: the same number, the same run.
func (p plan) run(t testing.TB, number uint64) *folder.Run {
	t.Helper()
	r := rand.New(rand.NewPCG(number, 7))
	factor := math.Exp(p.noise * r.NormFloat64())
	rec := report.NewRecorder([]string{"ask"})
	for i := range p.calls {
		s := report.Sample{Seq: uint64(i), Due: time.Duration(i) * 4 * time.Second / time.Duration(p.calls)}
		var took time.Duration
		took, s.Outcome = p.latency(i, r)
		s.Sent, s.Done = s.Due, s.Due+time.Duration(float64(took)*factor)
		rec.Add(s)
	}
	rec.Close()
	sum := &report.Summary{Scenario: "made-up", Seed: 1, Clock: p.clock, Verdict: report.Pass, Loads: rec.Loads(),
		Devices: report.Devices{BytesEach: 46_000 + int64(r.IntN(500))}}
	run := folder.Of(sum, rec, nil, nil, time.Unix(1_700_000_000+int64(number), 0))
	run.Dir = fmt.Sprint("run-", number)
	return run
}

// turns are n runs of each side, with numbers in turn from a first one on.
func turns(t testing.TB, base, head plan, n int, first uint64) (a, b []*folder.Run) {
	t.Helper()
	for i := range n {
		a = append(a, base.run(t, first+uint64(2*i)))
		b = append(b, head.run(t, first+uint64(2*i+1)))
	}
	return a, b
}

func compared(t testing.TB, base, head []*folder.Run, o Options) *report.Comparison {
	t.Helper()
	c, err := Runs(base, head, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// figureOf is the row with that name; the test ends if there is none.
func figureOf(t testing.TB, c *report.Comparison, name string) report.Contrast {
	t.Helper()
	for _, f := range c.Figures {
		if f.Name() == name {
			return f
		}
	}
	t.Fatalf("no figure %s", name)
	return report.Contrast{}
}

func screenOf(c *report.Comparison) string {
	var b bytes.Buffer
	if err := report.WriteComparison(&b, c, report.TextOptions{}); err != nil {
		return fmt.Sprint(err)
	}
	return b.String()
}

// mode is the usual law, with a part of the calls slower by a factor.
func mode(part, factor float64) func(int, *rand.Rand) (time.Duration, report.Outcome) {
	return func(i int, r *rand.Rand) (time.Duration, report.Outcome) {
		d, o := usual.latency(i, r)
		if r.Float64() < part && o == report.OK {
			d = time.Duration(float64(d) * factor)
		}
		return d, o
	}
}
