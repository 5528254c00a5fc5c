package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

func offsets(l scenarios.Load) []time.Duration {
	return slices.Collect(arrivals(l, chance.Seed(1).Text(l.Name)))
}

// steady is a constant rate.
func steady(rate float64, d time.Duration) scenarios.Arrivals {
	return scenarios.Arrivals{Rate: rate, To: rate, For: d, Process: "constant"}
}

func load(list ...scenarios.Arrivals) scenarios.Load {
	return scenarios.Load{Name: "l", Arrivals: list}
}

func TestConstantArrivalsAreExactAndBeginAtOnce(t *testing.T) {
	for _, c := range []struct {
		rate       float64
		d          time.Duration
		n          int
		second, at time.Duration // the second arrival and the last
	}{
		{200, 10 * time.Second, 2000, 5 * time.Millisecond, 9995 * time.Millisecond},
		{3, time.Second, 3, 333333333, 666666667},
		{0.1, 100 * time.Second, 10, 10 * time.Second, 90 * time.Second},
		{1.0 / 3600, 48 * time.Hour, 48, time.Hour, 47 * time.Hour},
		{1000.0 / 3, 3 * time.Second, 1000, 3 * time.Millisecond, 2997 * time.Millisecond},
		{1.5, time.Second, 2, 666666667, 666666667},
	} {
		got := offsets(load(steady(c.rate, c.d)))
		if len(got) != c.n {
			t.Errorf("%v/s for %v: got %d arrivals, want %d", c.rate, c.d, len(got), c.n)
			continue
		}
		if got[0] != 0 || got[1] != c.second || got[c.n-1] != c.at {
			t.Errorf("%v/s for %v: got %v, %v … %v, want 0, %v … %v", c.rate, c.d, got[0], got[1], got[c.n-1], c.second, c.at)
		}
	}
}

func TestARampHasTheArrivalsUnderItsLine(t *testing.T) {
	up := offsets(load(scenarios.Arrivals{Rate: 0, To: 100, For: 10 * time.Second, Process: "constant"}))
	if len(up) != 500 {
		t.Fatalf("0 to 100/s in 10 s: got %d arrivals, want 500", len(up))
	}
	// N(t) = 5t²: the first half of the time holds a quarter of them.
	if half, _ := slices.BinarySearch(up, 5*time.Second); half != 125 {
		t.Errorf("in the first 5 s: got %d, want 125", half)
	}
	down := offsets(load(scenarios.Arrivals{Rate: 100, To: 0, For: 10 * time.Second, Process: "constant"}))
	if half, _ := slices.BinarySearch(down, 5*time.Second); len(down) != 500 || half != 375 {
		t.Errorf("100/s to 0: got %d, %d of them in the first half, want 500, 375", len(down), half)
	}
}

func TestStretchesFollowOneAnother(t *testing.T) {
	l := load(
		steady(2, time.Second),
		scenarios.Arrivals{Pause: 3 * time.Second},
		scenarios.Arrivals{Burst: 3},
		steady(1, 2*time.Second))
	l.Start = time.Minute
	var want []time.Duration
	for _, ns := range []int64{0, 5e8, 4e9, 4e9 + 1, 4e9 + 2, 4e9 + 3, 5e9 + 3} {
		want = append(want, time.Minute+time.Duration(ns))
	}
	if diff := cmp.Diff(want, offsets(l)); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
	if got, want := span(l), time.Minute+6*time.Second+3; got != want {
		t.Errorf("span: got %v, want %v", got, want)
	}
	if got := planned(l); got != 7 {
		t.Errorf("planned: got %d, want 7", got)
	}
}

func TestPoissonArrivalsHaveThePromisedCountAndGaps(t *testing.T) {
	got := offsets(load(scenarios.Arrivals{Rate: 100, To: 100, For: 400 * time.Second, Process: "poisson"}))
	if n := float64(len(got)); math.Abs(n-40_000) > 4*math.Sqrt(40_000) {
		t.Errorf("arrivals: got %v, want 40000 within 800", n)
	}
	short := 0
	for i := 1; i < len(got); i++ {
		if got[i]-got[i-1] < 10*time.Millisecond {
			short++
		}
	}
	if share := float64(short) / float64(len(got)); math.Abs(share-0.632) > 0.01 {
		t.Errorf("gaps below the mean: got %.3f, want 0.632", share)
	}
	ramp := offsets(load(scenarios.Arrivals{Rate: 0, To: 200, For: 400 * time.Second, Process: "poisson"}))
	if half, _ := slices.BinarySearch(ramp, 200*time.Second); math.Abs(float64(half)-10_000) > 400 {
		t.Errorf("poisson ramp from 0: got %d arrivals in the first half, want 10000 within 400", half)
	}
}

func TestPoissonArrivalsHangOnTheSeedAndTheLoadAlone(t *testing.T) {
	l := load(scenarios.Arrivals{Rate: 10, To: 10, For: time.Minute, Process: "poisson"})
	first := offsets(l)
	if diff := cmp.Diff(first, offsets(l)); diff != "" {
		t.Errorf("same key, second time (-first +second):\n%s", diff)
	}
	l.Name = "other"
	if cmp.Equal(first, offsets(l)) {
		t.Error("another load has the same arrivals")
	}
}

func TestEverySchedulesArrivalsAreOrderedWithinItsSpanAndAsManyAsPlanned(t *testing.T) {
	stretches := rapid.Custom(func(t *rapid.T) scenarios.Arrivals {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return scenarios.Arrivals{Burst: rapid.IntRange(1, 200).Draw(t, "burst")}
		case 1:
			return scenarios.Arrivals{Pause: time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "pause"))}
		}
		d := time.Duration(rapid.Int64Range(1, 20e9).Draw(t, "for"))
		limit := min(1e5, 2000/d.Seconds())
		a := scenarios.Arrivals{For: d, Rate: rapid.Float64Range(0, limit).Draw(t, "rate")}
		a.To = rapid.OneOf(rapid.Just(a.Rate), rapid.Float64Range(0, limit)).Draw(t, "to")
		a.Process = rapid.SampledFrom([]string{"constant", "poisson"}).Draw(t, "process")
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		l := scenarios.Load{Name: "l", Start: time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "start")),
			Arrivals: rapid.SliceOfN(stretches, 1, 5).Draw(t, "stretches")}
		got := offsets(l)
		if !slices.IsSorted(got) {
			t.Fatalf("not in order: %v", got)
		}
		if n := len(got); n > 0 && (got[0] < l.Start || got[n-1] >= span(l)) {
			t.Fatalf("%v … %v leaves the span %v … %v", got[0], got[n-1], l.Start, span(l))
		}
		chancy := slices.ContainsFunc(l.Arrivals, func(a scenarios.Arrivals) bool { return a.Process == "poisson" })
		if n := int64(len(got)); !chancy && n != planned(l) {
			t.Fatalf("got %d arrivals, planned %d", n, planned(l))
		}
	})
}

func TestAScheduleMayBeLeftBeforeItsEnd(t *testing.T) {
	for _, a := range []scenarios.Arrivals{{Burst: 10}, steady(10, time.Minute), {Rate: 5, To: 9, For: time.Minute, Process: "poisson"}} {
		n := 0
		for range arrivals(load(a, a), 1) {
			if n++; n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%+v: left after %d arrivals, want 3", a, n)
		}
	}
}
