package compare

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// figure is one row of the comparison while it is made.
type figure struct {
	report.Contrast
	base, head []float64 // a value a run, on the scale of the tests: logarithms where the change is relative
	upIsBad    bool
	tested     bool    // P can be small at all
	raw        float64 // p before correction
	rests      float64 // on so many calls; 0: on many
	cause      string  // of being inconclusive, where it is not the figure's own
	detail     string  // for the reason: where a shape changed
}

// values are a figure of the runs that have it.
func values(runs []*folder.Run, of func(*folder.Run) (float64, bool)) []float64 {
	var list []float64
	for _, r := range runs {
		if v, ok := of(r); ok {
			list = append(list, v)
		}
	}
	return list
}

// add makes a figure of one value a run, unless it is not to be judged or nobody has it.
func (c *comparison) add(k report.Contrast, upIsBad bool, of func(*folder.Run) (float64, bool)) *figure {
	t := c.Tolerances.Of(k.Of)
	f := &figure{Contrast: k, upIsBad: upIsBad}
	f.base, f.head = values(c.base, of), values(c.head, of)
	if t.Off || len(f.base)+len(f.head) == 0 {
		c.skip(f, t)
		return nil
	}
	f.Limit, f.Relative, f.P, f.raw = t.Amount, k.Unit != "share" && !t.Duration, 1, 1
	f.Base, f.Head = median(f.base), median(f.head)
	if f.Relative {
		f.base, f.head = logs(f.base), logs(f.head)
	}
	c.figures = append(c.figures, f)
	if len(f.base) > 0 && len(f.head) > 0 {
		c.estimate(f)
	}
	return f
}

// skip notes why a figure that a reader may look for is not there.
func (c *comparison) skip(f *figure, t report.Tolerance) {
	switch {
	case t.Off:
		c.out.Skipped = append(c.out.Skipped, f.Name()+", for compare says so")
	case f.Of == "p99" || f.Of == "p999":
		c.out.Skipped = append(c.out.Skipped, fmt.Sprintf("%s, for a run has fewer than %d calls beyond it", f.Name(), beyond))
	}
}

// estimate fills in the change, and what runs alone say of it.
func (c *comparison) estimate(f *figure) {
	pairs := differences(f.base, f.head)
	f.Change = f.linear(median(pairs))
	if c.virtual {
		return
	}
	f.tested = true
	f.raw = uTest(f.base, f.head)
	if low, high, ok := moses(pairs, len(f.base), len(f.head), c.miss()); ok {
		f.between(low, high)
	}
}

// between sets the interval, from the scale of the tests.
func (f *figure) between(low, high float64) {
	low, high = f.linear(low), f.linear(high)
	f.Low, f.High = &low, &high
}

func (f *figure) linear(v float64) float64 {
	if f.Relative {
		return math.Expm1(v)
	}
	return v
}

// logs are natural logarithms. Less than a unit, which may be 0 on the virtual clock, counts as one.
func logs(list []float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = math.Log(max(v, 1))
		if v > 0 && v < 1 {
			out[i] = math.Log(v)
		}
	}
	return out
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// uTest is the p of the Mann–Whitney U test, two-sided. Values that are all the same tell nothing.
func uTest(a, b []float64) float64 {
	t := &benchmath.Thresholds{CompareAlpha: DefaultAlpha}
	return benchmath.AssumeNothing.Compare(benchmath.NewSample(slices.Clone(a), t), benchmath.NewSample(slices.Clone(b), t)).P
}
