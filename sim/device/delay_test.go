package device

import (
	"slices"
	"testing"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

const draws = 40_000

// sample draws from d with a fixed seed, each from a key of its own as devices do, and sorts.
func sample(d scenarios.Delay) []time.Duration {
	var s chance.Stream
	list := make([]time.Duration, draws)
	for i := range list {
		list[i] = Draw(d, s.At(chance.Seed(7).Number(uint64(i))))
	}
	slices.Sort(list)
	return list
}

// below is the share of a sorted sample that is less than limit.
func below(list []time.Duration, limit time.Duration) float64 {
	i, _ := slices.BinarySearch(list, limit)
	return float64(i) / float64(len(list))
}

func TestEachLawHasTheQuantilesThatItPromises(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		d     scenarios.Delay
		at    time.Duration
		share float64
	}{
		{scenarios.Delay{Law: "uniform", A: 10 * ms, B: 50 * ms}, 20 * ms, 0.25},
		{scenarios.Delay{Law: "uniform", A: 10 * ms, B: 50 * ms}, 10 * ms, 0},
		{scenarios.Delay{Law: "uniform", A: 10 * ms, B: 50 * ms}, 50 * ms, 1},
		{scenarios.Delay{Law: "normal", A: 20 * ms, B: 40 * ms, Quantile: 0.99}, 20 * ms, 0.5},
		{scenarios.Delay{Law: "normal", A: 20 * ms, B: 40 * ms, Quantile: 0.99}, 40 * ms, 0.99},
		{scenarios.Delay{Law: "normal", A: 10 * ms, B: 60 * ms, Quantile: 0.9}, 60 * ms, 0.9}, // much of it cut at 0
		{scenarios.Delay{Law: "lognormal", A: 20 * ms, B: 150 * ms, Quantile: 0.99}, 20 * ms, 0.5},
		{scenarios.Delay{Law: "lognormal", A: 20 * ms, B: 150 * ms, Quantile: 0.99}, 150 * ms, 0.99},
		{scenarios.Delay{Law: "lognormal", A: 20 * ms, B: 30 * ms, Quantile: 0.75}, 30 * ms, 0.75},
		{scenarios.Delay{Law: "exponential", A: 10 * ms}, 10 * ms, 0.63212},
		{scenarios.Delay{Law: "exponential", A: 10 * ms}, 30 * ms, 0.95021},
	} {
		// Four deviations of a share of 40,000 draws are at most 0.01.
		if got := below(sample(c.d), c.at); got < c.share-0.01 || got > c.share+0.01 {
			t.Errorf("%+v: share below %v: got %.4f, want %.4f", c.d, c.at, got, c.share)
		}
	}
}

func TestAConstantAndNoDelayDrawNothing(t *testing.T) {
	for want, d := range map[time.Duration]scenarios.Delay{
		0: {}, time.Second: {Law: "constant", A: time.Second},
	} {
		if got := Draw(d, nil); got != want {
			t.Errorf("%+v: got %v, want %v", d, got, want)
		}
	}
}

func TestADrawIsNeverNegativeNorOverflows(t *testing.T) {
	for _, d := range []scenarios.Delay{
		{Law: "normal", A: 0, B: time.Second, Quantile: 0.51},
		{Law: "lognormal", A: time.Hour, B: 1000 * time.Hour, Quantile: 0.5001},
		{Law: "lognormal", A: 0, B: time.Hour, Quantile: 0.9},
		{Law: "exponential", A: longest},
	} {
		list := sample(d)
		if list[0] < 0 || list[draws-1] > longest {
			t.Errorf("%+v: got %v to %v, want 0 to %v", d, list[0], list[draws-1], longest)
		}
	}
}

func TestDrawsOfADistributionHaveNanoseconds(t *testing.T) {
	list := sample(scenarios.Delay{Law: "exponential", A: time.Second})
	whole := 0
	for _, d := range list {
		if d%time.Microsecond == 0 {
			whole++
		}
	}
	if whole > draws/500 { // one in a thousand by chance
		t.Errorf("draws that are whole microseconds: got %d of %d", whole, draws)
	}
}
