package compare

import (
	"math"
	"slices"
	"sort"

	"github.com/aclements/go-moremath/stats"
	"gonum.org/v1/gonum/stat/combin"
)

// differences are those of all pairs, head less base.
func differences(base, head []float64) []float64 {
	list := make([]float64, 0, len(base)*len(head))
	for _, b := range base {
		for _, h := range head {
			list = append(list, h-b)
		}
	}
	return list
}

// moses is the interval of the shift between two samples that misses it with the given chance at most: from the k-th
// least to the k-th greatest of the pairs' differences, where the U test would reject all shifts beyond. It is not ok
// where there are too few values for any. Ties only make it miss less often.
func moses(pairs []float64, n1, n2 int, miss float64) (low, high float64, ok bool) {
	u := stats.UDist{N1: n1, N2: n2}
	k := sort.Search(n1*n2/2+1, func(k int) bool { return 2*u.CDF(float64(k)) > miss })
	if k == 0 {
		return 0, 0, false
	}
	s := slices.Sorted(slices.Values(pairs))
	return s[k-1], s[len(s)-k], true
}

// leastP is the least p that the U test, or a permutation test, can have.
func leastP(n1, n2 int) float64 {
	return min(1, 2*math.Exp(-combin.LogGeneralizedBinomial(float64(n1+n2), float64(n1))))
}

// leastRuns is how many runs of each side can make one of so many figures significant.
func leastRuns(figures int, alpha float64) int {
	n := 2
	for leastP(n, n)*float64(max(figures, 1)) > alpha {
		n++
	}
	return n
}
