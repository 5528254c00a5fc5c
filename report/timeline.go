package report

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Row is one interval of a load: a second, or a power of two of seconds in a run of more than half an hour.
type Row struct {
	Start, Width time.Duration // offset from the start of the run
	Due          int64         // arrivals that fell due in it
	Done         Tally         // arrivals that were over in it; a dropped one is over when it is due
	P50, P99     time.Duration // latency of those; 0 without any
}

// maxRows bounds the memory of a timeline: a busy row takes up to 10 KB.
const maxRows = 1800

type timeline struct {
	width time.Duration // of each row; 0 before the first
	rows  []row
}

// row keeps latency in nanoseconds, as the tools that read HdrHistogram logs expect.
type row struct {
	due      int64
	done     Tally
	ok, rest *hdrhistogram.PackedHistogram // of calls that ended ok, and of those that did not; nil while empty
}

func (t *timeline) add(s Sample) {
	t.at(s.Due).due++
	if s.Outcome == Dropped {
		t.at(s.Due).done.Dropped++
		return
	}
	r := t.at(s.Done)
	*r.done.of(s.Outcome)++
	h := &r.rest
	if s.Outcome == OK {
		h = &r.ok
	}
	if *h == nil {
		*h = newPacked()
	}
	(*h).RecordValue(int64(min(max(s.Done-s.Due, 0), highest))) // in range: no error is possible
}

func newPacked() *hdrhistogram.PackedHistogram {
	return hdrhistogram.NewPacked(int64(time.Microsecond), int64(highest), digits)
}

// at returns the row of a moment. It is good until the next call.
func (t *timeline) at(moment time.Duration) *row {
	if t.width == 0 {
		t.width = time.Second
	}
	moment = max(moment, 0)
	for moment/t.width >= maxRows {
		t.widen()
	}
	i := int(moment / t.width)
	for len(t.rows) <= i {
		t.rows = append(t.rows, row{})
	}
	return &t.rows[i]
}

// widen makes one row of each pair. What a timeline ends up as depends on the samples alone, not on their order.
func (t *timeline) widen() {
	t.width *= 2
	for i := 0; i < len(t.rows); i += 2 {
		r := t.rows[i]
		if i+1 < len(t.rows) {
			r.merge(t.rows[i+1])
		}
		t.rows[i/2] = r
	}
	n := (len(t.rows) + 1) / 2
	clear(t.rows[n:])
	t.rows = t.rows[:n]
}

func (r *row) merge(o row) {
	r.due += o.due
	r.done = r.done.Plus(o.done)
	r.ok, r.rest = merged(r.ok, o.ok), merged(r.rest, o.rest)
}

// merged is one of its arguments, with the other's values. nil is empty.
func merged(a, b *hdrhistogram.PackedHistogram) *hdrhistogram.PackedHistogram {
	if a == nil {
		return b
	}
	if b != nil {
		a.Merge(b)
	}
	return a
}

// latency is a new histogram of all calls that were over in the row; nil if there were none.
func (r *row) latency() *hdrhistogram.PackedHistogram {
	if r.ok == nil && r.rest == nil {
		return nil
	}
	return merged(merged(newPacked(), r.ok), r.rest)
}

func (t *timeline) list() []Row {
	list := make([]Row, len(t.rows))
	for i, r := range t.rows {
		list[i] = Row{Start: time.Duration(i) * t.width, Width: t.width, Due: r.due, Done: r.done}
		if h := r.latency(); h != nil {
			v := AtPerMille(h, 500, 990)
			list[i].P50, list[i].P99 = time.Duration(v[0]), time.Duration(v[1])
		}
	}
	return list
}

// Interval is a Row with its histograms, in nanoseconds; nil is empty.
type Interval struct {
	Row
	Latency, LatencyOK *hdrhistogram.PackedHistogram
}

// Intervals returns a load's rows with their histograms, and what WriteHDRLog writes of the whole run.
func (r *Recorder) Intervals(load int) (rows []Interval, lag, service *hdrhistogram.PackedHistogram) {
	list := r.Timeline(load)
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	l := &r.loads[load]
	for i, row := range list {
		rows = append(rows, Interval{row, l.timeline.rows[i].latency(), l.timeline.rows[i].ok})
	}
	return rows, l.lag.packed(), l.service.packed()
}
