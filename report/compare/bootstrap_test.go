package compare

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// tallies is a side of one run in which each call times out by a chance of one in twenty: its outcomes alone.
func tallies(rows, perRow int, r *rand.Rand) *blocks {
	b := &blocks{runs: [][]row{nil}, done: 1}
	for range rows {
		var late int64
		for range perRow {
			if r.IntN(20) == 0 {
				late++
			}
		}
		b.runs[0] = append(b.runs[0], row{due: int64(perRow), done: report.Tally{OK: int64(perRow) - late, Timeout: late}})
	}
	return b
}

func (b *blocks) share(o report.Outcome) (share, calls float64) {
	var p pile
	for i := range b.runs[0] {
		p.count(&b.runs[0][i])
	}
	return float64(p.done.Count(o)) / float64(p.done.Sum()), float64(p.done.Count(o))
}

// The promise is half a percent of all pairs called different, and one in twenty whose interval does not hold the truth.
// A standard error of six rows is known so badly that with a normal p ten times as many are called.
func TestSharesOfEqualRunsOfAFewSecondsAreNotCalledDifferent(t *testing.T) {
	const pairs = 80
	r := rand.New(rand.NewPCG(10, 11))
	called, missed := 0, 0
	for range pairs {
		base, head := tallies(6, 100, r), tallies(6, 100, r)
		s := newSampler(base, head, 1-confidence, true)
		before, n := base.share(report.Timeout)
		after, m := head.share(report.Timeout)
		f := &figure{base: []float64{before}, head: []float64{after}, rests: n + m}
		f.Change = after - before
		s.judge(f, func(d *draw) float64 { return d.shares[report.Timeout] })
		if f.raw < DefaultAlpha {
			called++
		}
		if *f.Low > 0 || *f.High < 0 {
			missed++
		}
	}
	t.Logf("%d of %d equal pairs called different, %d intervals without the truth", called, pairs, missed)
	if float64(called) > pairs*DefaultAlpha {
		t.Errorf("%d of %d equal pairs are called different, at most %g are promised", called, pairs, pairs*DefaultAlpha)
	}
	if missed > 8 { // 4, and what chance adds in one of fifty tests; with a normal law it is 12
		t.Errorf("%d of %d intervals do not hold the truth, 4 are promised", missed, pairs)
	}
}

func TestWhenTheLastCallIsOverIsNoChangeOfTheRate(t *testing.T) {
	of := func(last time.Duration, o report.Outcome) *folder.Run {
		p := plan{calls: 400, clock: "virtual", latency: func(i int, _ *rand.Rand) (time.Duration, report.Outcome) {
			if i == 399 {
				return last, o
			}
			return 20 * time.Millisecond, report.OK
		}}
		return p.run(t, 1)
	}
	c := compared(t, []*folder.Run{of(20*time.Millisecond, report.OK)}, []*folder.Run{of(2*time.Second, report.Timeout)}, Options{})
	if f := figureOf(t, c, "ask rate"); f.Change > -0.2 || f.Verdict != report.Unclear {
		t.Errorf("the last of 400 calls timed out: the rate is %s, %s; want less, by chance, and inconclusive", f.Verdict, f.Reason)
	}
	lost := plan{calls: 400, clock: "virtual", latency: func(i int, _ *rand.Rand) (time.Duration, report.Outcome) {
		if i%3 == 0 {
			return 0, report.Dropped
		}
		return 20 * time.Millisecond, report.OK
	}}
	c = compared(t, []*folder.Run{of(20*time.Millisecond, report.OK)}, []*folder.Run{lost.run(t, 1)}, Options{})
	if f := figureOf(t, c, "ask rate"); f.Verdict != report.Worse {
		t.Errorf("a third of the calls was dropped: the rate is %s, %s; want worse", f.Verdict, f.Reason)
	}
}

func TestARunOfASecondTellsNothingOnTheVirtualClockAndSaysWhatWould(t *testing.T) {
	of := func(number uint64) []*folder.Run {
		p := plan{calls: 100, clock: "virtual", latency: func(int, *rand.Rand) (time.Duration, report.Outcome) {
			return time.Duration(number) * 50 * time.Millisecond, report.OK
		}}
		run := p.run(t, number)
		run.Loads[0].Rows = run.Loads[0].Rows[:1]
		return []*folder.Run{run}
	}
	f := figureOf(t, compared(t, of(1), of(2), Options{}), "ask p50")
	if f.Verdict != report.Unclear || !strings.Contains(f.Reason, "so short a run") || f.Needs != "a run of 3 seconds or more" {
		t.Errorf("p50 is %s: %s; needs %s", f.Verdict, f.Reason, f.Needs)
	}
}
