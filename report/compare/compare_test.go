package compare

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// slower is the usual law with all calls but the timeouts slower by a factor.
func slower(factor float64) plan {
	p := usual
	p.latency = func(i int, r *rand.Rand) (time.Duration, report.Outcome) {
		d, o := usual.latency(i, r)
		if o == report.OK {
			d = time.Duration(float64(d) * factor)
		}
		return d, o
	}
	return p
}

func TestRunsOfTheSameThingAreNotCalledWorseOrBetter(t *testing.T) {
	const comparisons, runs = 3, 8
	noisy := usual
	noisy.calls, noisy.noise = 500, 0.15 // a bad machine: runs differ by 15%, and one in ten by a factor of two
	var pool []*folder.Run
	for i := range 16 {
		p := noisy
		if i%10 == 3 {
			p.latency = slower(2).latency
		}
		pool = append(pool, p.run(t, uint64(i)))
	}
	r := rand.New(rand.NewPCG(8, 9))
	called := 0
	for range comparisons {
		order := r.Perm(len(pool))
		var base, head []*folder.Run
		for i := range runs {
			base, head = append(base, pool[order[i]]), append(head, pool[order[runs+i]])
		}
		c := compared(t, base, head, Options{})
		if c.Count(report.Worse)+c.Count(report.Better) > 0 {
			called++
		}
	}
	if called > 0 { // 0.5% of 3 is next to nothing
		t.Errorf("%d of %d comparisons of equal things found a difference", called, comparisons)
	}
}

func TestAShiftOfThePercentilesIsFoundWithItsSize(t *testing.T) {
	a, b := turns(t, usual, slower(1.15), 9, 1000)
	c := compared(t, a, b, Options{})
	if c.Verdict != report.Worse {
		t.Fatalf("verdict %s, want worse\n%s", c.Verdict, screenOf(c))
	}
	p50 := figureOf(t, c, "ask p50")
	if p50.Verdict != report.Worse || math.Abs(p50.Change-0.15) > 0.03 || *p50.Low > 0.15 || *p50.High < 0.15 {
		t.Errorf("p50 %s by %.3f (%.3f to %.3f), want worse by 0.15", p50.Verdict, p50.Change, *p50.Low, *p50.High)
	}
	if shape := figureOf(t, c, "ask shape"); shape.Verdict == report.Worse || shape.Verdict == report.Better {
		t.Errorf("shape %s: %s; all calls moved together", shape.Verdict, shape.Reason)
	}
	if back := figureOf(t, compared(t, b, a, Options{}), "ask p50"); back.Verdict != report.Better {
		t.Errorf("the other way round p50 is %s, want better", back.Verdict)
	}
}

// narrow answers within 20 ms and a little, or with a timeout in one of eight: p50, p90 and p99 say nothing of 2% in between.
var narrow = plan{calls: 600, clock: "real", noise: 0.01, latency: func(i int, r *rand.Rand) (time.Duration, report.Outcome) {
	if i%8 == 3 {
		return 2 * time.Second, report.Timeout
	}
	return 20*time.Millisecond + time.Duration(r.IntN(int(2*time.Millisecond))), report.OK
}}

func TestASecondModeIsFoundThatNoPercentileShows(t *testing.T) {
	planted := narrow
	planted.latency = func(i int, r *rand.Rand) (time.Duration, report.Outcome) {
		d, o := narrow.latency(i, r)
		if i%50 == 1 {
			d *= 5
		}
		return d, o
	}
	a, b := turns(t, narrow, planted, 8, 2000)
	c := compared(t, a, b, Options{Tolerances: report.Tolerances{"p99": {Off: true}}}) // that of ok alone would show it
	shape := figureOf(t, c, "ask shape")
	if shape.Verdict != report.Worse || math.Abs(shape.Change-0.02) > 0.005 {
		t.Errorf("shape is %s, %s; want worse by 2pp\n%s", shape.Verdict, shape.Reason, screenOf(c))
	}
	for _, name := range []string{"ask p50", "ask p90"} {
		if f := figureOf(t, c, name); f.Verdict == report.Worse {
			t.Errorf("%s is worse: the test proves nothing", name)
		}
	}
	if back := figureOf(t, compared(t, b, a, Options{}), "ask shape"); back.Verdict != report.Better {
		t.Errorf("the other way round the shape is %s, want better", back.Verdict)
	}
}

func TestTooFewRunsAreSaidPlainlyWithTheNumberThatIsEnough(t *testing.T) {
	for runs, want := range map[int]string{
		1: "how runs differ cannot be told from one run",
		3: "how runs differ cannot be told from 3 runs",
		5: "with 5 runs of each side any change may be chance",
	} {
		a, b := turns(t, narrow, slowly(narrow, 3), runs, 3000)
		c := compared(t, a, b, Options{})
		f := figureOf(t, c, "ask p50")
		if c.Verdict != report.Unclear || f.Verdict != report.Unclear || !strings.Contains(f.Reason, want) || f.Low == nil {
			t.Errorf("%d runs: %s, %q, want inconclusive and %q", runs, f.Verdict, f.Reason, want)
		}
		if f.Needs != "8 runs of each side" {
			t.Errorf("%d runs: it needs %q, want 8 runs of each side", runs, f.Needs)
		}
	}
	a, b := turns(t, narrow, slowly(narrow, 3), 8, 3000)
	if f := figureOf(t, compared(t, a, b, Options{}), "ask p50"); f.Verdict != report.Worse {
		t.Errorf("with 8 runs p50 is %s: the promise does not hold", f.Verdict)
	}
}

func slowly(p plan, factor int) plan {
	of := p.latency
	p.latency = func(i int, r *rand.Rand) (time.Duration, report.Outcome) {
		d, o := of(i, r)
		if o == report.OK {
			d *= time.Duration(factor)
		}
		return d, o
	}
	return p
}

func TestOnTheVirtualClockOneRunOfEachSideWillDo(t *testing.T) {
	p := narrow
	p.clock, p.noise = "virtual", 0
	same := compared(t, []*folder.Run{p.run(t, 5)}, []*folder.Run{p.run(t, 5)}, Options{})
	if same.Verdict != report.Same {
		t.Errorf("a run and itself: %s\n%s", same.Verdict, screenOf(same))
	}
	worse := compared(t, []*folder.Run{p.run(t, 5)}, []*folder.Run{slowly(p, 2).run(t, 5)}, Options{})
	if f := figureOf(t, worse, "ask p50"); f.Verdict != report.Worse {
		t.Errorf("twice as slow: p50 is %s: %s", f.Verdict, f.Reason)
	}
}

func TestANoisyFigureIsInconclusiveAndSaysWhatWouldTell(t *testing.T) {
	p := narrow
	p.noise = 0.08
	a, b := turns(t, p, p, 8, 4000)
	f := figureOf(t, compared(t, a, b, Options{}), "ask p50")
	if f.Verdict != report.Unclear || !f.Noise || !strings.Contains(f.Needs, "the runs differ too much") {
		t.Errorf("%s, noise %v, needs %q; want inconclusive, noise, and that the runs differ too much", f.Verdict, f.Noise, f.Needs)
	}
	wide := compared(t, a, b, Options{Tolerances: report.Tolerances{"p50": {Amount: 0.5}}})
	if f := figureOf(t, wide, "ask p50"); f.Verdict != report.Same {
		t.Errorf("with a tolerance of 50%%: %s, want same", f.Verdict)
	}
}

func TestWhatMakesTheSidesHardToCompareIsSaid(t *testing.T) {
	a, b := turns(t, narrow, narrow, 2, 5000)
	for _, r := range b {
		r.Summary.Seed, r.Summary.Harness.Machine.Cores, r.Summary.Verdict = 2, 64, report.Inconclusive
		r.Began = r.Began.Add(time.Hour)
	}
	b = append(b, b[0])
	text := strings.Join(compared(t, a, b, Options{}).Warnings, "\n")
	for _, want := range []string{"the seed is not the same: 1 in base, 2 in head", "the machine is not the same",
		"one side was measured after the other", "3 runs of head inconclusive themselves", "given more than once"} {
		if !strings.Contains(text, want) {
			t.Errorf("the warnings lack %q:\n%s", want, text)
		}
	}
	for _, r := range b {
		r.Summary.Clock, r.Summary.Scenario = "virtual", "other"
	}
	text = strings.Join(compared(t, a, b, Options{}).Warnings, "\n")
	for _, want := range []string{"the clock is not the same: real in base, virtual in head", "the scenario is not the same: made-up in base, other in head"} {
		if !strings.Contains(text, want) {
			t.Errorf("the warnings lack %q:\n%s", want, text)
		}
	}
}

func TestARunThatIsInconclusiveItselfIsNoEvidence(t *testing.T) {
	a, b := turns(t, narrow, narrow, 8, 7000)
	bad := slowly(narrow, 5).run(t, 7100)
	bad.Summary.Verdict = report.Inconclusive
	c := compared(t, a, append(b, bad), Options{})
	if len(c.Head.Runs) != 8 || c.Head.Limited != 1 || len(c.Warnings) != 1 {
		t.Errorf("%d runs of head compared, %d left out, warnings %q", len(c.Head.Runs), c.Head.Limited, c.Warnings)
	}
	for _, r := range b {
		r.Summary.Verdict = report.Inconclusive
	}
	c = compared(t, a, b, Options{})
	if c.Verdict != report.Unclear || c.Count(report.Unclear) != len(c.Figures) || !strings.Contains(c.Reasons[0], "no run of head can be believed") {
		t.Errorf("without a run to believe: %s, %q", c.Verdict, c.Reasons)
	}
}

func TestSidesWithoutALoadInCommonDoNotCompare(t *testing.T) {
	a, b := turns(t, narrow, narrow, 1, 6000)
	b[0].Loads[0].Name = "tell"
	if _, err := Runs(a, b, Options{}); err == nil || !strings.Contains(err.Error(), "no load in common") {
		t.Errorf("got %v", err)
	}
	if _, err := Runs(nil, b, Options{}); err == nil {
		t.Error("no runs of base, and no error")
	}
}

func TestACurveMeetsThePercentilesOfTheSummary(t *testing.T) {
	few := plan{clock: "real", latency: func(i int, _ *rand.Rand) (time.Duration, report.Outcome) {
		return time.Duration(i+1) * time.Millisecond, report.OK
	}}
	few.calls = 160 // 99% of them are 158.4: the 159th of them counts, not the nearest
	run := few.run(t, 1)
	k := compared(t, []*folder.Run{run}, []*folder.Run{run}, Options{}).Curves[0]
	q := run.Summary.Loads[0].Latency
	for percent, want := range map[float64]int64{50: q.P50, 90: q.P90, 99: q.P99} {
		i := slices.IndexFunc(k.Percent, func(p float64) bool { return math.Abs(p-percent) < 1e-6 })
		if got := k.Head[i]; math.Abs(float64(got-want)) > 0.002*float64(want) {
			t.Errorf("at %g%% the curve has %d µs, the summary %d", percent, got, want)
		}
	}
}

func TestARunThatIsGivenAgainIsNoFurtherEvidence(t *testing.T) {
	for _, clock := range []string{"real", "virtual"} {
		p, q := usual, slower(1.03)
		p.clock, q.clock = clock, clock
		base, head := p.run(t, 1), q.run(t, 2)
		one := compared(t, []*folder.Run{base}, []*folder.Run{head}, Options{})
		copies := []*folder.Run{base, base, base, base, base, base, base, base}
		want := base.Dir + " is given more than once"
		if clock == "virtual" {
			again := *base
			again.Dir, want = "another", "one run of base left out"
			copies[3] = &again
		}
		many := compared(t, copies, []*folder.Run{head, head, head, head, head, head, head, head}, Options{})
		if !reflect.DeepEqual(many.Figures, one.Figures) {
			t.Errorf("%s clock: eight times the same and once are not the same\n%s%s", clock, screenOf(many), screenOf(one))
		}
		if !strings.Contains(strings.Join(many.Warnings, "\n"), want) {
			t.Errorf("%s clock: the warnings are %q, want %q", clock, many.Warnings, want)
		}
	}
}

func TestTheFewSlowestCallsOfTwoSeedsAreNoChange(t *testing.T) {
	p := usual
	p.clock, p.noise = "virtual", 0
	base, head := p.run(t, 90056), p.run(t, 90057) // eight calls lie beyond p99 of ok alone, and these happen to be slower
	c := compared(t, []*folder.Run{base}, []*folder.Run{head}, Options{})
	if f := figureOf(t, c, "ask ok p99"); f.Change < 0.2 || f.Verdict == report.Worse {
		t.Errorf("ok p99 is %s: %s; want another value by chance, and inconclusive", f.Verdict, f.Reason)
	}
	planted := compared(t, []*folder.Run{base}, []*folder.Run{slowly(p, 3).run(t, 90056)}, Options{})
	if f := figureOf(t, planted, "ask ok p99"); f.Verdict != report.Worse {
		t.Errorf("three times as slow: ok p99 is %s: %s", f.Verdict, f.Reason)
	}
}
