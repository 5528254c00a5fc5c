package report

import (
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// What a Histogram can tell apart: whole microseconds up to an hour, with three digits. That is 184 KiB once it holds
// a value.
const (
	highest = time.Hour
	digits  = 3
)

// Histogram counts durations. The zero value is empty and ready. It is not safe for concurrent use.
type Histogram struct {
	h          *hdrhistogram.Histogram
	count, sum int64 // sum, min and max are exact, in microseconds
	min, max   int64
	clamped    int64
}

// Record counts d, rounded down to whole microseconds: an overshoot of a nanosecond is none. A duration outside
// 0–1 h is counted at the end it is beyond, and in Clamped; Min, Mean and Max still see it as it was.
func (h *Histogram) Record(d time.Duration) {
	if h.h == nil {
		h.h = hdrhistogram.New(1, highest.Microseconds(), digits)
	}
	us := micros(d)
	if h.count == 0 || us < h.min {
		h.min = us
	}
	if h.count == 0 || us > h.max {
		h.max = us
	}
	h.count++
	h.sum += us
	in := min(max(us, 0), highest.Microseconds())
	if in != us {
		h.clamped++
	}
	h.h.RecordValue(in) // in range: no error is possible
}

// Merge adds what o counted.
func (h *Histogram) Merge(o *Histogram) {
	if o.count == 0 {
		return
	}
	if h.h == nil {
		h.h = hdrhistogram.New(1, highest.Microseconds(), digits)
	}
	if h.count == 0 || o.min < h.min {
		h.min = o.min
	}
	if h.count == 0 || o.max > h.max {
		h.max = o.max
	}
	h.count += o.count
	h.sum += o.sum
	h.clamped += o.clamped
	h.h.Merge(o.h) // the same range: nothing is lost
}

// packed is a copy in nanoseconds, as HdrHistogram logs have it; nil if h is empty.
func (h *Histogram) packed() *hdrhistogram.PackedHistogram {
	if h.count == 0 {
		return nil
	}
	p := newPacked()
	for _, bar := range h.h.Distribution() {
		if bar.Count > 0 {
			p.RecordValues(min(bar.To*int64(time.Microsecond), int64(highest)), bar.Count) // in range: no error is possible
		}
	}
	return p
}

// Clamped is how many durations were out of range.
func (h *Histogram) Clamped() int64 { return h.clamped }

// Quantiles returns what a summary shows of h.
func (h *Histogram) Quantiles() Quantiles {
	if h.count == 0 {
		return Quantiles{}
	}
	v := AtPerMille(h.h, 500, 900, 990, 999)
	for i := range v { // a bucket's upper end may lie beyond what was really seen
		v[i] = min(max(v[i], h.min), h.max)
	}
	return Quantiles{Count: h.count, Min: h.min, Mean: h.sum / h.count, P50: v[0], P90: v[1], P99: v[2], P999: v[3],
		Max: h.max}
}

// AtPerMille is AtPercent for whole thousandths.
func AtPerMille(h percentiler, shares ...int64) []int64 {
	percents := make([]float64, len(shares))
	for i, perMille := range shares {
		percents[i] = float64(perMille) / 10
	}
	return AtPercent(h, percents...)
}

// AtPercent returns, for each percentage, the least value that so many of the recorded ones do not exceed: QuantilesOf
// and HdrHistogram for Java mean the same. The library's own percentiles round the rank to the nearest, and so may leave
// out the one value that matters in a small set.
func AtPercent(h percentiler, percents ...float64) []int64 {
	n := float64(max(h.TotalCount(), 1))
	exact := make([]float64, len(percents))
	for i, p := range percents {
		exact[i] = 100 * math.Ceil(n*p/100-1e-6) / n
	}
	return h.ValueAtPercentilesSlice(exact)
}

type percentiler interface {
	TotalCount() int64
	ValueAtPercentilesSlice(percentiles []float64) []int64
}

// Quantiles describes a set of durations in whole microseconds. All are 0 where Count is. Percentiles from a Histogram
// are at most 0.1% above the true value.
type Quantiles struct {
	Count int64 `json:"count"`
	Min   int64 `json:"min"`
	Mean  int64 `json:"mean"`
	P50   int64 `json:"p50"`
	P90   int64 `json:"p90"`
	P99   int64 `json:"p99"`
	P999  int64 `json:"p999"`
	Max   int64 `json:"max"`
}

// QuantilesOf describes a list exactly: a percentile is the least value that enough of the list does not exceed. It
// sorts the list.
func QuantilesOf(list []time.Duration) Quantiles {
	if len(list) == 0 {
		return Quantiles{}
	}
	slices.Sort(list)
	var sum int64
	for _, d := range list {
		sum += micros(d)
	}
	n := len(list)
	at := func(perMille int) int64 { return micros(list[(n*perMille+999)/1000-1]) }
	return Quantiles{Count: int64(n), Min: micros(list[0]), Mean: sum / int64(n), P50: at(500), P90: at(900),
		P99: at(990), P999: at(999), Max: micros(list[n-1])}
}

// micros rounds down, also below zero.
func micros(d time.Duration) int64 {
	us := d.Microseconds()
	if d < 0 && d%time.Microsecond != 0 {
		us--
	}
	return us
}
