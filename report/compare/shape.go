package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// survival has for each step of a logarithmic scale of latencies, 1% a step from 1 µs to an hour, the share of calls that
// were slower.
type survival []float64

const (
	perFactor = 100 // steps for a factor of e
	steps     = 22*perFactor + 1
	look      = 5  // every so many steps the sides are compared
	slack     = 10 // steps: what is not slower by 10% is not slower
	least     = 1000.0
)

// step is the one that a latency in microseconds lies in.
func step(us float64) int {
	return min(max(int(math.Ceil(math.Log(us)*perFactor)), 0), steps-1)
}

// micros is the latency at the end of a step.
func micros(step int) float64 { return math.Exp(float64(step) / perFactor) }

// add counts calls, before finish.
func (s *survival) add(nanos, count int64) {
	if *s == nil {
		*s = make(survival, steps)
	}
	(*s)[step(float64(nanos)/1000)] += float64(count)
}

// finish makes shares of counts: at each step of those that lie in steps beyond it.
func (s survival) finish() survival {
	var all, beyond float64
	for _, n := range s {
		all += n
	}
	for i := len(s) - 1; i >= 0; i-- {
		n := s[i]
		s[i] = beyond / max(all, 1)
		beyond += n
	}
	return s
}

// middle is the step of the median.
func (s survival) middle() float64 {
	i, _ := slices.BinarySearchFunc(s, 0.5, func(share, half float64) int {
		if share > half {
			return -1
		}
		return 1
	})
	return float64(i)
}

func (s survival) at(step int) float64 { return s[min(max(step, 0), steps-1)] }

// beyondSlack is the step whose latencies are slower than those of another by what counts: 10%, and a millisecond.
var beyondSlack = func() (to [steps]int) {
	for i := range to {
		to[i] = max(i+slack, step(micros(i)+least))
	}
	return to
}()

// shapes are the runs of both sides, by number.
type shapes struct {
	runs    []survival
	middles []float64
	looks   []int // steps at which the sides are compared: those where some run has calls
}

func newShapes(runs ...survival) *shapes {
	s := &shapes{runs: runs}
	for _, r := range runs {
		s.middles = append(s.middles, r.middle())
	}
	for i := 0; i < steps; i += look {
		if slices.ContainsFunc(runs, func(r survival) bool { return r[i] > 0 }) {
			s.looks = append(s.looks, i)
		}
	}
	return s
}

// move is a part of the calls that became slower, or faster where share is negative: of base's calls one share, of head's
// another, is beyond a step, but for the change of the median and the slack.
type move struct {
	share, base, head float64
	step              int
}

// moved is the greatest move from the runs in base to those in head. A side's share is the median over its runs.
func (s *shapes) moved(base, head []int) move {
	shift := s.shift(base, head)
	var up, down move
	for _, i := range s.looks {
		to := beyondSlack[i]
		if b, h := s.share(base, i), s.share(head, to+max(shift, 0)); h-b > up.share {
			up = move{h - b, b, h, to + max(shift, 0)}
		}
		if b, h := s.share(base, to), s.share(head, i+min(shift, 0)); h-b < down.share {
			down = move{h - b, b, h, to}
		}
	}
	if up.share >= -down.share {
		return up
	}
	return down
}

// shift is by how many steps head's median is slower than base's.
func (s *shapes) shift(base, head []int) int {
	return int(math.Round(s.over(head, func(i int) float64 { return s.middles[i] }) - s.over(base, func(i int) float64 { return s.middles[i] })))
}

func (s *shapes) share(of []int, step int) float64 {
	return s.over(of, func(i int) float64 { return s.runs[i].at(step) })
}

// over is the median over some runs.
func (s *shapes) over(of []int, value func(run int) float64) float64 {
	var list [64]float64
	v := list[:0]
	for _, i := range of {
		v = append(v, value(i))
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// shape adds the figure for the whole distribution of a load.
func (c *comparison) shape(name string, sampled *sampler) {
	t := c.Tolerances.Of("shape")
	base, head := survivals(c.base, name), survivals(c.head, name)
	if t.Off || len(base) == 0 || len(head) == 0 {
		return
	}
	s := newShapes(slices.Concat(base, head)...)
	left, right := numbers(0, len(base)), numbers(len(base), len(head))
	moved := s.moved(left, right)
	f := &figure{Contrast: report.Contrast{Load: name, Figure: "shape", Of: "shape", Unit: "share", P: 1, Limit: t.Amount,
		Base: moved.base, Head: moved.head, Change: moved.share}, upIsBad: true, base: make([]float64, len(base)),
		head: make([]float64, len(head)), raw: 1}
	if moved.share != 0 {
		f.detail = "slower than " + report.FormatMicros(int64(micros(moved.step)))
	}
	c.figures = append(c.figures, f)
	if sampled != nil {
		sampled.fill(f, moved.share == 0, moved.share, func(base, head *draw) float64 {
			return newShapes(base.slower, head.slower).moved([]int{0}, []int{1}).share
		})
		return
	}
	f.tested = true
	if math.Abs(moved.share) >= t.Amount { // what is less is not called anything, whatever its p
		f.raw = s.permute(len(base), t.Amount/2)
	}
	f.between(s.bootstrap(left, right, c.miss(), moved.share))
}

func survivals(runs []*folder.Run, name string) []survival {
	var list []survival
	for _, r := range runs {
		if h := r.Load(name).Latency; h != nil {
			var s survival
			each(h, s.add)
			list = append(list, s.finish())
		}
	}
	return list
}

func numbers(from, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = from + i
	}
	return list
}

// bootstrap is the interval of what moved, over runs drawn anew.
func (s *shapes) bootstrap(base, head []int, miss, moved float64) (low, high float64) {
	source := rand.New(rand.NewPCG(5, 6))
	again := func(from []int) []int {
		list := make([]int, len(from))
		for i := range list {
			list[i] = from[source.IntN(len(from))]
		}
		return list
	}
	d := make([]float64, draws)
	for i := range d {
		d[i] = s.moved(again(base), again(head)).share
	}
	slices.Sort(d)
	low, high = middle(d, miss)
	return min(low, moved), max(high, moved)
}
