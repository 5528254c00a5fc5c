package device

import (
	"math"
	"math/rand/v2"
	"time"

	"fleetdrill/scenarios"
)

// longest is the most that a draw gives, about 36 years: sums of a few draws stay far from overflow.
const longest = time.Duration(1 << 60)

// Draw samples d with full nanosecond resolution. It is never negative.
//
//	constant     A
//	uniform      A + (B-A)·u                      u uniform in [0,1)
//	normal       A + σ·z, at least 0              σ = (B-A)/z(Quantile), z standard normal
//	lognormal    A·exp(σ·z)                       σ = ln(B/A)/z(Quantile)
//	exponential  A·e                              e exponential with mean 1
//
// Note: a normal draw below 0 becomes 0 and is not drawn again, so that the named quantile stays what was written.
func Draw(d scenarios.Delay, r *rand.Rand) time.Duration {
	a, b := float64(d.A), float64(d.B)
	switch d.Law {
	case "constant":
		return max(0, d.A)
	case "uniform":
		return clamp(a + (b-a)*r.Float64())
	case "normal":
		return clamp(a + (b-a)/normalQuantile(d.Quantile)*r.NormFloat64())
	case "lognormal":
		return clamp(a * math.Exp(math.Log(b/a)/normalQuantile(d.Quantile)*r.NormFloat64()))
	case "exponential":
		return clamp(a * r.ExpFloat64())
	}
	return 0
}

// normalQuantile is where the standard normal distribution reaches q, 0 < q < 1.
func normalQuantile(q float64) float64 { return math.Sqrt2 * math.Erfinv(2*q-1) }

func clamp(ns float64) time.Duration {
	if !(ns > 0) { // also NaN
		return 0
	}
	if ns >= float64(longest) {
		return longest
	}
	return time.Duration(ns)
}
