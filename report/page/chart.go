package page

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// data is the block of JSON that app.js draws from. Times are seconds from the start of the run, durations microseconds.
type data struct {
	Loads   []loadData     `json:"loads"`
	Course  *report.Course `json:"course,omitempty"`
	Figures []figureData   `json:"figures"` // of the sections, as they stand in the page
}

// loadData is one load: rows as columns, and curves by percentile.
type loadData struct {
	Name     string                    `json:"name"`
	Width    float64                   `json:"width"` // of a row, in seconds
	Due      []int64                   `json:"due"`
	Outcomes map[string][]int64        `json:"outcomes"` // only those that the load had
	Open     []int64                   `json:"open"`     // calls, at the end of the row
	P50      []any                     `json:"p50"`      // null in a row without calls
	P99      []any                     `json:"p99"`
	Max      []any                     `json:"max"`
	Heat     heat                      `json:"heat"`
	Curves   map[string]report.Profile `json:"curves"`
}

type figureData struct {
	Lines []Line `json:"lines"`
}

func chartData(p *Page) data {
	d := data{Loads: []loadData{}, Course: p.Run.Course, Figures: []figureData{}}
	for i := range p.Run.Loads {
		d.Loads = append(d.Loads, loadOf(&p.Run.Loads[i], p.Run.Summary.Loads[i]))
	}
	for _, s := range append(p.Part(true), p.Part(false)...) { // as they stand in the page
		for _, f := range s.Figures {
			d.Figures = append(d.Figures, figureData{f.Lines})
		}
	}
	return d
}

func loadOf(l *folder.Load, sum report.Load) loadData {
	d := loadData{Name: l.Name, Width: 1, Due: []int64{}, Open: []int64{}, P50: []any{}, P99: []any{}, Max: []any{}, // lists, also of nothing
		Outcomes: map[string][]int64{}, Heat: heatOf(l.Rows)}
	d.Curves = map[string]report.Profile{"latency": curve(l.Latency), "ok": curve(l.LatencyOK), "service": curve(l.Service), "lag": curve(l.Lag)}
	var open int64
	for _, r := range l.Rows {
		d.Width = r.Width.Seconds()
		d.Due = append(d.Due, r.Due)
		open += r.Due - r.Done.Sum()
		d.Open = append(d.Open, open)
		for _, o := range report.Outcomes {
			if sum.Outcomes.Count(o) > 0 {
				d.Outcomes[o.String()] = append(d.Outcomes[o.String()], r.Done.Count(o))
			}
		}
		var p50, p99, top any
		if r.Latency != nil {
			p50, p99, top = r.P50.Microseconds(), r.P99.Microseconds(), r.Latency.Max()/1000
		}
		d.P50, d.P99, d.Max = append(d.P50, p50), append(d.P99, p99), append(d.Max, top)
	}
	return d
}

// curve is the distribution of a histogram, in microseconds.
func curve(h *hdrhistogram.PackedHistogram) report.Profile {
	if h == nil || h.TotalCount() == 0 {
		return report.Profile{}
	}
	var c report.Profile
	shares, total := report.Shares(h.TotalCount()), h.TotalCount()
	var seen int64
	h.ForEachBucket(func(ns, n int64) bool {
		seen += n
		for len(shares) > 0 && float64(seen) >= shares[0]*float64(total)-1e-6 {
			c = c.Append(shares[0], ns/1000)
			shares = shares[1:]
		}
		return true
	})
	return c
}

// heat counts latencies by time and size: a column for one row or more, and in it a count for each bucket from the
// column's first on. Bucket 0 begins at 1 µs, and each perDecade of them are a power of ten.
type heat struct {
	Width   float64   `json:"width"`   // of a column, in seconds
	Columns [][]int64 `json:"columns"` // the first bucket, then counts; empty where nothing was
}

const (
	perDecade  = 10
	mostColumn = 450
)

func heatOf(rows []folder.Row) heat {
	step := (len(rows) + mostColumn - 1) / mostColumn
	h := heat{Columns: [][]int64{}}
	if step == 0 {
		return h
	}
	h.Width = float64(step) * rows[0].Width.Seconds()
	for i := 0; i < len(rows); i += step {
		counts := map[int]int64{}
		for _, r := range rows[i:min(i+step, len(rows))] {
			if r.Latency == nil {
				continue
			}
			r.Latency.ForEachBucket(func(ns, n int64) bool {
				counts[bucket(ns)] += n
				return true
			})
		}
		h.Columns = append(h.Columns, dense(counts))
	}
	return h
}

func bucket(ns int64) int {
	return max(0, int(math.Log10(max(float64(ns)/1000, 1))*perDecade))
}

func dense(counts map[int]int64) []int64 {
	if len(counts) == 0 {
		return []int64{}
	}
	low, high := math.MaxInt, 0
	for b := range counts {
		low, high = min(low, b), max(high, b)
	}
	list := make([]int64, high-low+2)
	list[0] = int64(low)
	for b, n := range counts {
		list[b-low+1] = n
	}
	return list
}
