package compare

import (
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// quantile is a percentile of a load's latency.
type quantile struct {
	figure, of string
	percent    float64
	all        func(*report.Load) report.Quantiles
	value      func(report.Quantiles) int64
}

var quantiles = []quantile{
	{"p50", "p50", 50, latency, func(q report.Quantiles) int64 { return q.P50 }},
	{"p90", "p90", 90, latency, func(q report.Quantiles) int64 { return q.P90 }},
	{"p99", "p99", 99, latency, func(q report.Quantiles) int64 { return q.P99 }},
	{"p999", "p999", 99.9, latency, func(q report.Quantiles) int64 { return q.P999 }},
	{"ok_p99", "p99", 99, latencyOK, func(q report.Quantiles) int64 { return q.P99 }},
}

func latency(l *report.Load) report.Quantiles   { return l.Latency }
func latencyOK(l *report.Load) report.Quantiles { return l.LatencyOK }

// beyond is how many calls of a run have to lie beyond a percentile for it to be more than the fate of a few.
const beyond = 5

func (q quantile) measure(l *report.Load) (float64, bool) {
	all := q.all(l)
	return float64(q.value(all)), float64(all.Count)*(100-q.percent)/100 >= beyond
}

// callsBeyond is how many calls of all runs lie beyond the percentile.
func (q quantile) callsBeyond(runs []*folder.Run, name string) (sum float64) {
	for _, n := range values(runs, ofLoad(name, func(l *report.Load) (float64, bool) {
		return float64(q.all(l).Count) * (100 - q.percent) / 100, true
	})) {
		sum += n
	}
	return sum
}

// load adds the figures of one load.
func (c *comparison) load(name string) {
	sampled := c.sampler(name)
	for _, q := range quantiles {
		if q.figure == "ok_p99" && !c.anywhere(name, func(l *report.Load) bool { return l.LatencyOK.Count != l.Latency.Count }) {
			continue // it is p99
		}
		f := c.add(report.Contrast{Load: name, Figure: q.figure, Of: q.of, Unit: "us"}, true, ofLoad(name, q.measure))
		if f != nil {
			f.rests = min(q.callsBeyond(c.base, name), q.callsBeyond(c.head, name))
		}
		sampled.judge(f, func(d *draw) float64 { return d.quantile[q.figure] })
	}
	f := c.add(report.Contrast{Load: name, Figure: "rate", Of: "rate", Unit: "per_s"}, false, ofLoad(name, (*report.Load).Rate))
	sampled.rate(f)
	for _, o := range report.Outcomes {
		if !c.anywhere(name, func(l *report.Load) bool { return l.Outcomes.Count(o) > 0 && l.Outcomes.Count(o) < l.Arrivals }) {
			continue // nothing or everything, on both sides or, if not on both, then another outcome says so
		}
		f := c.add(report.Contrast{Load: name, Figure: o.String(), Of: "outcomes", Unit: "share"}, o != report.OK,
			ofLoad(name, func(l *report.Load) (float64, bool) {
				return float64(l.Outcomes.Count(o)) / float64(max(l.Arrivals, 1)), l.Arrivals > 0
			}))
		if f != nil {
			f.rests = min(c.calls(name, func(l *report.Load) int64 { return l.Outcomes.Count(o) }),
				c.calls(name, func(l *report.Load) int64 { return l.Arrivals - l.Outcomes.Count(o) }))
		}
		sampled.judge(f, func(d *draw) float64 { return d.shares[o] })
	}
	c.shape(name, sampled)
}

// calls is how many of a kind all runs of both sides have.
func (c *comparison) calls(name string, of func(*report.Load) int64) (sum float64) {
	for _, n := range values(slices.Concat(c.base, c.head), ofLoad(name, func(l *report.Load) (float64, bool) { return float64(of(l)), true })) {
		sum += n
	}
	return sum
}

func ofLoad(name string, of func(*report.Load) (float64, bool)) func(*folder.Run) (float64, bool) {
	return func(r *folder.Run) (float64, bool) {
		for i := range r.Summary.Loads {
			if r.Summary.Loads[i].Name == name {
				return of(&r.Summary.Loads[i])
			}
		}
		return 0, false
	}
}

// anywhere tells whether a load of any run is so.
func (c *comparison) anywhere(name string, is func(*report.Load) bool) bool {
	for _, runs := range [][]*folder.Run{c.base, c.head} {
		for _, r := range runs {
			if _, ok := ofLoad(name, func(l *report.Load) (float64, bool) { return 0, is(l) })(r); ok {
				return true
			}
		}
	}
	return false
}

// whole adds the figures that no load owns.
func (c *comparison) whole() {
	for _, w := range []struct {
		figure, of, unit string
		upIsBad          bool
		value            func(*report.Summary) (float64, bool)
	}{
		{"overshoot_p99", "overshoot", "us", true, func(s *report.Summary) (float64, bool) {
			return float64(s.Timeouts.Overshoot.P99), s.Timeouts.Overshoot.Count >= 100*beyond
		}},
		{"drain", "drain", "per_s", false, func(s *report.Summary) (float64, bool) { return s.Cache.DrainRate, s.Cache.DrainRate > 0 }},
		{"memory", "memory", "bytes", true, func(s *report.Summary) (float64, bool) {
			return float64(s.Devices.BytesEach), s.Devices.BytesEach > 0
		}},
	} {
		f := c.add(report.Contrast{Figure: w.figure, Of: w.of, Unit: w.unit}, w.upIsBad,
			func(r *folder.Run) (float64, bool) { return w.value(r.Summary) })
		if f != nil && c.virtual && len(f.base) > 0 && len(f.head) > 0 {
			f.between(f.back(f.Change), f.back(f.Change))
			if f.tested = c.oneSeed(); f.tested { // nothing varies, so that any change is one
				f.raw = chance(f.back(f.Change), 0, 1)
			}
		}
	}
}

// oneSeed tells whether all runs drew the same.
func (c *comparison) oneSeed() bool {
	return !slices.ContainsFunc(slices.Concat(c.base, c.head), func(r *folder.Run) bool { return r.Summary.Seed != c.base[0].Summary.Seed })
}

// curve is what charts draw: both sides' percentiles, each side's runs together.
func (c *comparison) curve(name string) report.Curve {
	k := report.Curve{Load: name, Percent: percents()}
	k.Base, k.Head = pooled(c.base, name, k.Percent), pooled(c.head, name, k.Percent)
	return k
}

// percents are thirty-six for each nine: 0, 2.5 … 90, 90.25 … 99, 99.025 … 99.99.
func percents() []float64 {
	list, step := []float64{}, 2.5
	for at, nine := 0.0, 0; nine < 4; nine++ {
		for range 36 {
			list = append(list, at)
			at += step
		}
		step /= 10
	}
	return append(list, 99.99)
}

func pooled(runs []*folder.Run, name string, percents []float64) []int64 {
	all := joined(runs, name)
	if all == nil {
		return []int64{}
	}
	list := report.AtPercent(all, percents...)
	for i := range list {
		list[i] /= 1000
	}
	return list
}
