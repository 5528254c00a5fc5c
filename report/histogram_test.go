package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAnEmptyHistogramIsAllZero(t *testing.T) {
	var h Histogram
	if q := h.Quantiles(); q != (Quantiles{}) {
		t.Errorf("got %+v", q)
	}
	if q := QuantilesOf(nil); q != (Quantiles{}) {
		t.Errorf("of no list: %+v", q)
	}
}

func TestLessThanAMicrosecondCountsAsNone(t *testing.T) {
	var h Histogram
	h.Record(0)
	h.Record(1)
	h.Record(999)
	if q := h.Quantiles(); q != (Quantiles{Count: 3}) {
		t.Errorf("got %+v, want a count of 3 and zeros", q)
	}
	if q := QuantilesOf([]time.Duration{1, 999, 0}); q != (Quantiles{Count: 3}) {
		t.Errorf("exactly: %+v, want a count of 3 and zeros", q)
	}
}

func TestOutOfRangeIsCountedAtTheEndAndReported(t *testing.T) {
	var h Histogram
	h.Record(time.Hour)
	h.Record(time.Hour + time.Microsecond)
	h.Record(49 * time.Hour)
	h.Record(-time.Microsecond)
	q := h.Quantiles()
	if q.Count != 4 || h.Clamped() != 3 {
		t.Errorf("count %d clamped %d, want 4 and 3", q.Count, h.Clamped())
	}
	if q.Max != (49*time.Hour).Microseconds() || q.Min != -1 {
		t.Errorf("min %d max %d, want the true ones", q.Min, q.Max)
	}
}

func TestPercentilesAreWithinAThousandthAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Hour)), 1, 300).Draw(t, "durations")
		var h, left, right Histogram
		var all []time.Duration
		for i, ns := range list {
			d := time.Duration(ns)
			all = append(all, d)
			h.Record(d)
			[]*Histogram{&left, &right}[i%2].Record(d)
		}
		exact, got := QuantilesOf(all), h.Quantiles()
		if got.Count != exact.Count || got.Min != exact.Min || got.Max != exact.Max || got.Mean != exact.Mean {
			t.Fatalf("got %+v, exactly %+v", got, exact)
		}
		if v := []int64{got.Min, got.P50, got.P90, got.P99, got.P999, got.Max}; !slices.IsSorted(v) {
			t.Fatalf("not in order: %v", v)
		}
		left.Merge(&right)
		if left.Quantiles() != got {
			t.Fatalf("merged %+v, at once %+v", left.Quantiles(), got)
		}
		for _, p := range []float64{50, 90, 99, 99.9} {
			near(t, all, got, p)
		}
	})
}

// near checks that a percentile lies within a thousandth of one of the two values whose ranks surround it.
func near(t *rapid.T, sorted []time.Duration, q Quantiles, p float64) {
	got := map[float64]int64{50: q.P50, 90: q.P90, 99: q.P99, 99.9: q.P999}[p]
	rank := p / 100 * float64(len(sorted))
	for _, r := range []float64{math.Floor(rank), math.Ceil(rank)} {
		want := micros(sorted[max(int(r)-1, 0)])
		if math.Abs(float64(got-want)) <= float64(want)/1000+1 {
			return
		}
	}
	t.Fatalf("p%v is %d of %v", p, got, sorted)
}

func TestLiveP99IsRightTo7Percent(t *testing.T) {
	var l live
	r := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for range 10_000 {
		d := time.Duration(r.ExpFloat64() * 3e7)
		all = append(all, d)
		l.add(Sample{Done: d, Outcome: OK})
	}
	want := QuantilesOf(all).P99
	if got := l.read().P99.Microseconds(); float64(got) < float64(want) || float64(got) > float64(want)*1.05 {
		t.Errorf("got %d, want %d and at most 5%% more", got, want)
	}
}

func TestAHistogramAndAListHaveTheSamePercentiles(t *testing.T) {
	for n := 1; n <= 1200; n++ {
		var h Histogram
		var list []time.Duration
		for i := range n {
			d := time.Duration(i+1) * time.Microsecond // each has a bucket of its own
			h.Record(d)
			list = append(list, d)
		}
		if got, want := h.Quantiles(), QuantilesOf(list); got != want {
			t.Fatalf("of 1 to %d µs: the histogram has %+v, the list %+v", n, got, want)
		}
	}
}

func TestEveryLiveBucketEndsWhereTheNextBegins(t *testing.T) {
	for i := lowBucket; i < highBucket; i++ {
		end := bucketEnd(i)
		if got := bucketOf(end); got != i {
			t.Fatalf("bucket %d ends at %v, whose bucket is %d", i, end, got)
		}
		if got := bucketOf(end + end/1e6 + 2); got != i+1 {
			t.Fatalf("bucket %d ends at %v, and the bucket of a little more is %d", i, end, got)
		}
	}
	if bucketOf(math.MaxInt64) != highBucket || bucketOf(1) != lowBucket {
		t.Error("what is beyond the buckets is not at their ends")
	}
}

func TestAPlatformWithEverNewCodesDoesNotFillTheMemory(t *testing.T) {
	var l live
	for i := range 3 * mostEndings {
		l.add(Sample{Outcome: Rejected, Code: strconv.Itoa(i)})
	}
	p := l.pulse()
	if n := p.Endings[Ending{Rejected, "other"}]; len(p.Endings) != mostEndings+1 || n != 2*mostEndings {
		t.Errorf("%d endings are told apart, %d are others", len(p.Endings), n)
	}
}
