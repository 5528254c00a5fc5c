package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fleetdrill/report"
)

// draws is how often a side is put together anew.
const draws = 400

// enough is how many runs of a side an interval can be made of: with fewer the U test cannot reject anything at 5%.
const enough = 4

// leastRows is how many rows of the timeline tell how they differ.
const leastRows = 3

// sampler is the block bootstrap of one load; nil where runs alone decide. It is made once and serves all figures.
type sampler struct {
	virtual    bool
	miss       float64
	base, head []draw
	over       [2]float64 // of base and head: calls that were over, for each that was due
	free, bias float64    // of a standard error: its degrees of freedom, and what it is too small by; free 0: it says nothing
}

// draw is one side, put together anew.
type draw struct {
	quantile map[string]float64                // by figure, in microseconds
	rate     float64                           // per second
	shares   [len(report.Outcomes) + 1]float64 // by outcome
	slower   survival
}

func (c *comparison) sampler(name string) *sampler {
	if !c.virtual && min(len(c.base), len(c.head)) >= enough {
		return nil
	}
	return newSampler(newBlocks(c.base, name), newBlocks(c.head, name), c.miss(), c.virtual)
}

func newSampler(base, head *blocks, miss float64, virtual bool) *sampler {
	source := rand.New(rand.NewPCG(1, 2)) // the same folders always give the same answer
	s := &sampler{virtual: virtual, miss: miss, base: base.draw(source), head: head.draw(source), over: [2]float64{base.done, head.done}}
	left, of := base.known()
	right, other := head.known()
	if min(left, right) >= 1 {
		s.free, s.bias = left+right, max(of, other)
	}
	return s
}

// judge fills in what the bootstrap says of a figure that each draw has.
func (s *sampler) judge(f *figure, of func(*draw) float64) {
	if s == nil || f == nil || len(f.base) == 0 || len(f.head) == 0 {
		return
	}
	s.fill(f, slices.Equal(f.base, f.head), f.back(f.Change), func(base, head *draw) float64 {
		pair := []float64{of(base), of(head)}
		if f.Relative {
			pair = logs(pair)
		}
		return pair[1] - pair[0]
	})
}

// rate fills in what it says of the rate. The schedule is drawn by the seed, and so is when the last call is over: a
// change by these is none of the platform. Whether what was due was over is.
func (s *sampler) rate(f *figure) {
	if s == nil || f == nil || len(f.base) == 0 || len(f.head) == 0 {
		return
	}
	over := logs([]float64{max(s.over[0], 1e-6), max(s.over[1], 1e-6)}) // of nothing there is no logarithm
	s.fill(f, slices.Equal(f.base, f.head), over[1]-over[0], func(base, head *draw) float64 {
		pair := logs([]float64{base.rate, head.rate})
		return pair[1] - pair[0]
	})
}

// fill gives a figure its interval and, on the virtual clock, a p from its width. equal: nothing has changed,
// and that is certain where nothing varies between runs. evidence is the part of the change that p is of.
func (s *sampler) fill(f *figure, equal bool, evidence float64, change func(base, head *draw) float64) {
	d := make([]float64, draws)
	for i := range d {
		d[i] = change(&s.base[i], &s.head[i])
	}
	slices.Sort(d)
	measured := f.back(f.Change)
	low, high := middle(d, s.miss)
	se, free := s.bias*(high-low)/(2*distuv.UnitNormal.Quantile(1-s.miss/2)), s.free
	if f.rests > 0 {
		free = min(free, f.rests)
	}
	switch {
	case s.virtual && equal:
		low, high = measured, measured
	case free > 0:
		half := se * student(free).Quantile(1-s.miss/2)
		low, high = min(low, measured-half), max(high, measured+half)
	}
	if equal || free > 0 || !s.virtual {
		f.between(min(low, measured), max(high, measured))
	}
	if s.virtual {
		f.tested, f.raw = true, chance(evidence, se, free)
	}
}

// middle is what lies between the tails of a sorted list, which have a part miss of it together.
func middle(sorted []float64, miss float64) (low, high float64) {
	return stat.Quantile(miss/2, stat.LinInterp, sorted, nil), stat.Quantile(1-miss/2, stat.LinInterp, sorted, nil)
}

// back is the inverse of linear.
func (f *figure) back(v float64) float64 {
	if f.Relative {
		return math.Log1p(v)
	}
	return v
}

// chance is the two-sided p of a value with a standard error of so many degrees of freedom: a bootstrap of eight blocks, or
// of the eight slowest calls, is often too narrow. With none nothing is known.
func chance(v, se, free float64) float64 {
	switch {
	case v == 0 || free <= 0:
		return 1
	case se == 0:
		return 0
	}
	return 2 * student(free).CDF(-math.Abs(v)/se)
}

func student(free float64) distuv.StudentsT { return distuv.StudentsT{Sigma: 1, Nu: free} }
