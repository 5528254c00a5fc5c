package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// blocks are the rows of a load in all runs of a side, ready to be drawn.
type blocks struct {
	values []int64 // of all buckets, ascending, in nanoseconds
	runs   [][]row // by run
	rate   float64 // per second: the median over the runs
	done   float64 // calls that were over, for each that was due
}

// row is one of the timeline, with its histograms as lists of the buckets that hold something.
type row struct {
	due     int64
	done    report.Tally
	all, ok []bin
}

type bin struct {
	at    int // index in values
	count int64
}

func newBlocks(runs []*folder.Run, name string) *blocks {
	b := &blocks{rate: median(values(runs, ofLoad(name, (*report.Load).Rate)))}
	for _, r := range runs {
		for _, row := range r.Load(name).Rows {
			each(row.Latency, func(v, _ int64) { b.values = append(b.values, v) })
		}
	}
	slices.Sort(b.values)
	b.values = slices.Compact(b.values)
	var all pile
	for _, r := range runs {
		var rows []row
		for _, of := range r.Load(name).Rows {
			rows = append(rows, row{of.Due, of.Done, b.bins(of.Latency), b.bins(of.LatencyOK)})
			all.count(&rows[len(rows)-1])
		}
		b.runs = append(b.runs, rows)
	}
	b.done = all.over()
	return b
}

func each(h *hdrhistogram.PackedHistogram, fn func(value, count int64)) {
	if h != nil {
		h.ForEachBucket(func(v, n int64) bool { fn(v, n); return true })
	}
}

func (b *blocks) bins(h *hdrhistogram.PackedHistogram) (list []bin) {
	each(h, func(v, n int64) {
		i, _ := slices.BinarySearch(b.values, v)
		list = append(list, bin{i, n})
	})
	return list
}

// pile is rows put together.
type pile struct {
	due     int64
	done    report.Tally
	all, ok []int64 // by index in values
}

func (p *pile) count(r *row) {
	p.due += r.due
	p.done = p.done.Plus(r.done)
}

func (p *pile) add(r *row) {
	p.count(r)
	for _, b := range r.all {
		p.all[b.at] += b.count
	}
	for _, b := range r.ok {
		p.ok[b.at] += b.count
	}
}

// over is how many calls were over for each that was due.
func (p *pile) over() float64 {
	return float64(p.done.Sum()-p.done.Dropped) / float64(max(p.due, 1))
}

// size is how many of so many rows a block has.
func size(rows int) int { return int(math.Ceil(math.Cbrt(float64(rows)))) }

// known is how well a standard error is known that is made of the side's blocks. It has so many degrees of freedom: blocks
// of b of n rows, from any row on, tell as much of a variance as n/(1 + 2 Σ (1-k/b)²) rows would by themselves, and one
// tells the mean. And n/b blocks vary less around their own mean than around the truth, by a factor.
func (b *blocks) known() (free, bias float64) {
	var blocks float64
	for _, rows := range b.runs {
		size, shared := size(len(rows)), 1.0
		for k := 1; k < size; k++ {
			shared += 2 * math.Pow(1-float64(k)/float64(size), 2)
		}
		free += float64(len(rows)) / shared
		blocks += float64(len(rows)) / float64(size)
	}
	return free - 1, math.Sqrt(blocks / max(blocks-1, 0))
}

// draw puts the side together anew: as many runs as there are, drawn with replacement, and in each as many rows as it
// has, in blocks of the cube root of their number, round the end.
func (b *blocks) draw(source *rand.Rand) []draw {
	list := make([]draw, draws)
	for i := range list {
		p := &pile{all: make([]int64, len(b.values)), ok: make([]int64, len(b.values))}
		for range b.runs {
			rows := b.runs[source.IntN(len(b.runs))]
			size, at := size(len(rows)), 0
			for taken := range rows {
				if taken%size == 0 {
					at = source.IntN(len(rows))
				}
				p.add(&rows[at%len(rows)])
				at++
			}
		}
		list[i] = b.finish(p)
	}
	return list
}

func (b *blocks) finish(p *pile) draw {
	d := draw{quantile: map[string]float64{}, slower: b.survival(p.all)}
	for _, q := range quantiles {
		counts := p.all
		if q.figure == "ok_p99" {
			counts = p.ok
		}
		d.quantile[q.figure] = float64(b.percentile(counts, q.percent)) / 1000
	}
	if b.done > 0 {
		d.rate = b.rate * p.over() / b.done
	}
	for _, o := range report.Outcomes {
		d.shares[o] = float64(p.done.Count(o)) / float64(max(p.done.Sum(), 1))
	}
	return d
}

// percentile is the least value that enough of the counted do not exceed; 0 if nothing was.
func (b *blocks) percentile(counts []int64, percent float64) int64 {
	var all, sum int64
	for _, n := range counts {
		all += n
	}
	want := int64(math.Ceil(float64(all) * percent / 100))
	for i, n := range counts {
		if sum += n; n > 0 && sum >= want {
			return b.values[i]
		}
	}
	return 0
}

func (b *blocks) survival(counts []int64) survival {
	var s survival
	for i, n := range counts {
		s.add(b.values[i], n)
	}
	return s.finish()
}

// joined is the latency of all runs of a side together; nil if there were no calls.
func joined(runs []*folder.Run, name string) *hdrhistogram.PackedHistogram {
	var all *hdrhistogram.PackedHistogram
	for _, r := range runs {
		switch h := r.Load(name).Latency; {
		case h == nil:
		case all == nil:
			all = h.Clone()
		default:
			all.Merge(h)
		}
	}
	return all
}
