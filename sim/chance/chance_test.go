package chance

import (
	"math"
	"testing"
)

func TestTheSameNameDrawsTheSameWhateverWasDrawnBefore(t *testing.T) {
	k := Seed(1).Text("behaviour").Number(7)
	var fresh, used Stream
	want := fresh.At(k).Uint64()
	used.At(k.Number(1)).Uint64()
	used.At(k.Number(2)).Float64()
	if got := used.At(k).Uint64(); got != want {
		t.Errorf("second stream of the same key: got %d, want %d", got, want)
	}
}

func TestNamesThatDifferDrawDifferently(t *testing.T) {
	seen := map[uint64]string{}
	var s Stream
	for name, k := range map[string]Key{
		"seed 1":        Seed(1),
		"seed 2":        Seed(2),
		"1 then 2":      Seed(1).Number(1).Number(2),
		"2 then 1":      Seed(1).Number(2).Number(1),
		"ab, c":         Seed(1).Text("ab").Text("c"),
		"a, bc":         Seed(1).Text("a").Text("bc"),
		"text of none":  Seed(1).Text(""),
		"number 0":      Seed(1).Number(0),
		"number 0 0":    Seed(1).Number(0).Number(0),
		"number stride": Seed(1).Number(1 << 24),
	} {
		v := s.At(k).Uint64()
		if other, ok := seen[v]; ok {
			t.Errorf("%s and %s both draw %d", name, other, v)
		}
		seen[v] = name
	}
}

func TestFirstDrawsOfNeighbouringKeysAreUniformAndUncorrelated(t *testing.T) {
	const n = 100_000
	var s Stream
	k := Seed(42).Text("x")
	var sum, product, last float64
	for i := range uint64(n) {
		v := s.At(k.Number(i)).Float64() - 0.5
		sum += v
		product += v * last
		last = v
	}
	// The mean of n uniforms has a deviation of 0.289/√n, the mean product of neighbours one of 1/(12·√n).
	if mean, limit := sum/n, 4*0.289/math.Sqrt(n); math.Abs(mean) > limit {
		t.Errorf("mean of first draws: got %.5f from the middle, want within %.5f", mean, limit)
	}
	if corr, limit := product/n, 4/(12*math.Sqrt(n)); math.Abs(corr) > limit {
		t.Errorf("mean product of neighbours: got %.6f, want within %.6f", corr, limit)
	}
}

func TestBelowReachesEveryNumberAboutEquallyOften(t *testing.T) {
	const n, draws = 7, 70_000
	var counts [n]int
	for i := range uint64(draws) {
		counts[Seed(3).Number(i).Below(n)]++
	}
	for v, c := range counts {
		if c < 9_600 || c > 10_400 {
			t.Errorf("Below(%d) gave %d in %d of %d draws, want about %d", n, v, c, draws, draws/n)
		}
	}
}

func TestAStreamAllocatesNothingAfterItsFirstUse(t *testing.T) {
	var s Stream
	s.At(Seed(1))
	k := Seed(1).Text("delay")
	if got := testing.AllocsPerRun(100, func() { s.At(k.Number(9)).Float64() }); got != 0 {
		t.Errorf("allocations of At and a draw: got %v, want 0", got)
	}
}
