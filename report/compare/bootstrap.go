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

// sampler is the block bootstrap of one load; nil where runs alone decide. It is made once and serves all figures.
type sampler struct {
	virtual    bool
	miss       float64
	base, head []draw
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
	source := rand.New(rand.NewPCG(1, 2)) // the same folders always give the same answer
	return &sampler{c.virtual, c.miss(), newBlocks(c.base, name).draw(source), newBlocks(c.head, name).draw(source)}
}

// judge fills in what the bootstrap says of a figure that each draw has.
func (s *sampler) judge(f *figure, of func(*draw) float64) {
	if s == nil || f == nil || len(f.base) == 0 || len(f.head) == 0 {
		return
	}
	s.fill(f, slices.Equal(f.base, f.head), func(base, head *draw) float64 {
		pair := []float64{of(base), of(head)}
		if f.Relative {
			pair = logs(pair)
		}
		return pair[1] - pair[0]
	})
}

// fill gives a figure its interval and, on the virtual clock, a p from its width. equal: nothing has changed,
// and that is certain where nothing varies between runs.
func (s *sampler) fill(f *figure, equal bool, change func(base, head *draw) float64) {
	d := make([]float64, draws)
	for i := range d {
		d[i] = change(&s.base[i], &s.head[i])
	}
	slices.Sort(d)
	measured := f.back(f.Change)
	low, high := middle(d, s.miss)
	if s.virtual && equal {
		low, high = measured, measured
	}
	f.between(min(low, measured), max(high, measured))
	if s.virtual {
		f.tested, f.raw = true, chance(measured, (high-low)/(2*distuv.UnitNormal.Quantile(1-s.miss/2)), f.rests)
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

// normal is the two-sided p of a value with a standard error.
func normal(v, se float64) float64 { return chance(v, se, 0) }

// chance is normal, or Student's p where the standard error itself is known from a few calls only: a bootstrap of the
// eight slowest calls is often too narrow.
func chance(v, se, few float64) float64 {
	switch {
	case v == 0:
		return 1
	case se == 0:
		return 0
	}
	if few > 0 {
		return 2 * distuv.StudentsT{Sigma: 1, Nu: few}.CDF(-math.Abs(v)/se)
	}
	return 2 * distuv.UnitNormal.CDF(-math.Abs(v)/se)
}
