package sim

import (
	"iter"
	"math"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// A load's schedule is one stretch after the other from Start on. Within a stretch of length T whose rate goes
// linearly from r to s, the arrivals expected up to t are
//
//	N(t) = r·t + (s-r)·t²/2T    and so    t(n) = 2n / (r + √(r² + 2·n·(s-r)/T))
//
// A constant process has its arrivals where N is 0, 1, 2 …; a poisson process where N is the sum of 1, 2, 3 …
// exponential numbers of mean 1. Both end before T, so a constant rate·T that is whole gives exactly that many.

// Schedule yields when the calls of a load are due, from the beginning of the load phase, in order. Only is no part of it.
func Schedule(l scenarios.Load, seed uint64) iter.Seq[time.Duration] {
	return arrivals(l, loadKey(l, seed))
}

// loadKey names a load's decisions.
func loadKey(l scenarios.Load, seed uint64) chance.Key {
	return chance.Seed(seed).Text("load").Text(l.Name)
}

// arrivals yields the offsets of l's arrivals from the beginning of the load phase, in order. key names the load.
func arrivals(l scenarios.Load, key chance.Key) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		from := l.Start
		for i, a := range l.Arrivals {
			for at := range stretch(a, key.Text("arrivals").Number(uint64(i))) {
				if !yield(from + at) {
					return
				}
			}
			from += length(a)
		}
	}
}

// stretch yields offsets from the stretch's own beginning. The arrivals of a burst are 1 ns apart: at once, and in
// an order; and so may be those at moments of their own.
func stretch(a scenarios.Arrivals, key chance.Key) iter.Seq[time.Duration] {
	switch {
	case a.Burst > 0:
		return func(yield func(time.Duration) bool) {
			for i := 0; i < a.Burst && yield(time.Duration(i)); i++ {
			}
		}
	case len(a.At) > 0:
		return func(yield func(time.Duration) bool) {
			for i, at := range a.At {
				if !yield(at + time.Duration(i)) {
					return
				}
			}
		}
	case a.For > 0 && a.Process == "poisson":
		var s chance.Stream
		r := s.At(key)
		return inverted(a, r.ExpFloat64(), r.ExpFloat64)
	case a.For > 0:
		return inverted(a, 0, func() float64 { return 1 })
	}
	return func(func(time.Duration) bool) {}
}

// inverted yields t(first), t(first + step()), t(first + step() + step()) … as long as they lie within the stretch.
func inverted(a scenarios.Arrivals, first float64, step func() float64) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		// The tolerance keeps an arrival that rounding alone would put at N(T), and with it one too many, out.
		end := expected(a) * (1 - 1e-12)
		for n := first; n < end; n += step() {
			if !yield(min(reach(a, n), a.For-1)) {
				return
			}
		}
	}
}

// reach is t(n).
func reach(a scenarios.Arrivals, n float64) time.Duration {
	if n <= 0 {
		return 0
	}
	slope := (a.To - a.Rate) / a.For.Seconds()
	root := math.Sqrt(max(0, a.Rate*a.Rate+2*n*slope))
	return time.Duration(math.Round(2 * n / (a.Rate + root) * 1e9))
}

// expected is N(T), or the number of arrivals where there is no chance in it.
func expected(a scenarios.Arrivals) float64 {
	if n := a.Burst + len(a.At); n > 0 {
		return float64(n)
	}
	return (a.Rate + a.To) / 2 * a.For.Seconds()
}

// length is how long a stretch takes. A burst takes its nanoseconds, and so do moments, so that what follows comes after it.
func length(a scenarios.Arrivals) time.Duration {
	return a.Length() + time.Duration(a.Burst+len(a.At))
}

// span is the offset at which a load's schedule is over.
func span(l scenarios.Load) time.Duration {
	end := l.Start
	for _, a := range l.Arrivals {
		end += length(a)
	}
	return end
}

// planned is how many arrivals a load will have; with poisson stretches, how many are to be expected.
func planned(l scenarios.Load) int64 {
	if len(l.Only) > 0 {
		return int64(len(l.Only))
	}
	var n float64
	for _, a := range l.Arrivals {
		if a.For > 0 && a.Process != "poisson" {
			n += math.Ceil(expected(a) * (1 - 1e-12))
			continue
		}
		n += expected(a)
	}
	return int64(math.Round(n))
}
