package compare

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
)

// most is how many ways to deal the runs are tried. If there are more, they are drawn.
const most = 20_000

// permute tests whether the runs of the first n and of the others differ in shape: p is the share of all ways to deal the
// runs to two sides that set the sides apart as much as this one does. How far that is, is the greatest part of all pairs
// of a run of each side in which, at one latency, at least that share of calls has moved, all in one direction. Where no
// run differs from another by so much, nothing has to be tried.
func (s *shapes) permute(n int, share float64) float64 {
	t := s.candidates(share)
	if len(t.looks) == 0 {
		return 1
	}
	all := len(s.runs)
	measured, reached, tried := t.apart(numbers(0, n), numbers(n, all-n)), 0, 0
	try := func(base []int) {
		tried++
		if t.apart(base, others(base, all)) >= measured {
			reached++
		}
	}
	if combin.LogGeneralizedBinomial(float64(all), float64(n)) <= math.Log(most) {
		for g := combin.NewCombinationGenerator(all, n); g.Next(); {
			try(g.Combination(nil))
		}
		return float64(reached) / float64(tried)
	}
	source := rand.New(rand.NewPCG(3, 4))
	for range most {
		try(slices.Sorted(slices.Values(source.Perm(all)[:n])))
	}
	return float64(reached+1) / float64(tried+1) // the way that was measured is one of them
}

// others are the numbers below n that a sorted list leaves out.
func others(sorted []int, n int) []int {
	list := make([]int, 0, n-len(sorted))
	for i := range n {
		if len(sorted) > 0 && sorted[0] == i {
			sorted = sorted[1:]
			continue
		}
		list = append(list, i)
	}
	return list
}

// trial is the permutation test at work. What it asks of two runs depends on the step and on the shift alone, so it is
// asked once for each and kept as sets.
type trial struct {
	*shapes
	least float64
	looks []int
	known map[int][]relation // by shift
}

// relation tells at one step for each run which of the others it exceeds: by the number of the run, a set of runs.
type relation struct{ slower, faster []set }

// set is one of small numbers.
type set []uint64

func newSet(of []int, n int) set {
	s := make(set, (n+63)/64)
	for _, i := range of {
		s[i/64] |= 1 << (i % 64)
	}
	return s
}

// common is how many numbers both have.
func (s set) common(o set) int {
	n := 0
	for i, word := range s {
		n += bits.OnesCount64(word & o[i])
	}
	return n
}

// candidates are the steps at which any run differs from any other by the least share.
func (s *shapes) candidates(least float64) *trial {
	t := &trial{shapes: s, least: least, known: map[int][]relation{}}
	for _, i := range s.looks {
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range s.runs {
			low, high = min(low, r.at(i)), max(high, r.at(beyondSlack[i]))
		}
		if high-low >= least {
			t.looks = append(t.looks, i)
		}
	}
	return t
}

// relations are those at all steps when the median has shifted so.
func (t *trial) relations(shift int) []relation {
	list, ok := t.known[shift]
	if ok {
		return list
	}
	for _, i := range t.looks {
		to := beyondSlack[i]
		list = append(list, relation{t.exceeds(to+max(shift, 0), i), t.exceeds(to, i+min(shift, 0))})
	}
	t.known[shift] = list
	return list
}

// exceeds has for each run the set of those that have the least share fewer calls beyond their step than it has beyond
// its.
func (t *trial) exceeds(its, theirs int) []set {
	list := make([]set, len(t.runs))
	for i, r := range t.runs {
		var of []int
		for j, other := range t.runs {
			if other.at(theirs) <= r.at(its)-t.least {
				of = append(of, j)
			}
		}
		list[i] = newSet(of, len(t.runs))
	}
	return list
}

// apart is the number of pairs of a run of each side that differ by the least share, at the step and in the direction in
// which they are most.
func (t *trial) apart(base, head []int) int {
	ours, theirs, most := newSet(base, len(t.runs)), newSet(head, len(t.runs)), 0
	for _, r := range t.relations(t.shift(base, head)) {
		slower, faster := 0, 0
		for _, i := range head {
			slower += r.slower[i].common(ours)
		}
		for _, i := range base {
			faster += r.faster[i].common(theirs)
		}
		most = max(most, slower, faster)
	}
	return most
}
