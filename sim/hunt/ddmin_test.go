package hunt

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func never() bool { return false }

func numbersTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func containsAll(part, culprits []int) bool {
	for _, c := range culprits {
		if !slices.Contains(part, c) {
			return false
		}
	}
	return true
}

func TestOnlyTheCulpritsAreLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "items")
		culprits := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, min(n, 6), rapid.ID).Draw(t, "culprits")
		slices.Sort(culprits)
		runs := 0
		got := minimal(numbersTo(n), true, never, func(part []int) bool {
			runs++
			if !slices.IsSorted(part) || len(part) == n {
				t.Fatalf("asked about %v of %d", part, n)
			}
			return containsAll(part, culprits)
		})
		if !slices.Equal(got, culprits) {
			t.Fatalf("got %v, want %v", got, culprits)
		}
		if most := 40 * len(culprits) * 9; runs > most {
			t.Fatalf("%d runs for %d culprits among %d", runs, len(culprits), n)
		}
	})
}

func TestWhatFailsWithoutAnyItemHasNone(t *testing.T) {
	if got := minimal(numbersTo(9), true, never, func([]int) bool { return true }); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if got := minimal(numbersTo(9), false, never, func(part []int) bool { return len(part) > 0 }); len(got) != 1 {
		t.Errorf("got %v, want one", got)
	}
	// Something that fails by chance alone, or never again, still comes to an end.
	if got := minimal(numbersTo(9), true, never, func([]int) bool { return false }); len(got) != 9 {
		t.Errorf("got %v, want all", got)
	}
}

func TestWhenTimeIsOverNoMorePartsAreMade(t *testing.T) {
	asked, most := 0, 7
	got := minimal(numbersTo(10_000), true, func() bool { return asked >= most }, func(part []int) bool {
		asked++
		return asked == 3
	})
	if asked != most || len(got) >= 10_000 {
		t.Errorf("asked %d times, want %d; %d items left", asked, most, len(got))
	}
}
