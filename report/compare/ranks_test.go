package compare

import (
	"math"
	"testing"
)

func TestTheLeastNumberOfRunsIsTheFirstThatCanBeSignificant(t *testing.T) {
	for figures, want := range map[int]int{1: 6, 8: 7, 9: 8, 32: 8, 33: 9, 100: 9} {
		if got := leastRuns(figures, DefaultAlpha); got != want {
			t.Errorf("%d figures: %d runs, want %d", figures, got, want)
		}
	}
	// All of one side below all of the other is the most that runs can say.
	low, high := []float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{11, 12, 13, 14, 15, 16, 17, 18}
	if got, want := uTest(low, high), leastP(8, 8); math.Abs(got-want) > 1e-9 || math.Abs(want-2.0/12870) > 1e-9 {
		t.Errorf("the U test says %g, the least p is %g, want 2/12870", got, want)
	}
}

func TestAnIntervalLeavesOutWhatTheTestRejects(t *testing.T) {
	base, head := []float64{0, 10.5, 20.25, 30.125}, []float64{1, 3, 5, 7}
	low, high, ok := moses(differences(base, head), len(base), len(head), 0.05)
	if !ok || low != 1-30.125 || high != 7 {
		t.Errorf("4 and 4 at 95%%: %g to %g, %v; want all pairs, -29.125 to 7", low, high, ok)
	}
	for shift := -40.0; shift <= 20; shift++ {
		var back []float64
		for _, v := range head {
			back = append(back, v-shift)
		}
		if inside, p := low <= shift && shift <= high, uTest(base, back); inside != (p > 0.05) {
			t.Errorf("a shift of %g: in the interval %v, p %g", shift, inside, p)
		}
	}
	if _, _, ok := moses(make([]float64, 9), 3, 3, 0.05); ok {
		t.Error("3 and 3 have an interval at 95%")
	}
}

func TestAPlanThatCanTellNothingIsKnownBefore(t *testing.T) {
	for _, c := range []struct {
		figures, base, head int
		want                bool
	}{{9, 8, 8, true}, {9, 7, 7, false}, {9, 1, 100, false}, {9, 4, 12, false}, {9, 4, 17, true}} {
		if got := Tells(c.figures, c.base, c.head); got != c.want {
			t.Errorf("%d runs and %d, %d figures: %v, want %v", c.base, c.head, c.figures, got, c.want)
		}
	}
}
