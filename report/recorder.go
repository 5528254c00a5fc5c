package report

import (
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// Recorder turns samples into numbers. Add may be called concurrently; so may Due and Live. Read the numbers after
// Close.
type Recorder struct {
	live   []live // by load
	shards [shards]shard

	fullMu sync.Mutex
	full   [][]Sample // to be folded
	free   [][]Sample // empty, to be filled

	foldMu sync.Mutex
	loads  []series
}

// Samples wait in a shard's buffer, 64 bytes each, and are folded into the histograms a buffer at a time.
const (
	shards = 16
	batch  = 256
)

type shard struct {
	mu      sync.Mutex
	samples []Sample
	_       [32]byte // no two shards on a cache line
}

// series is what is known of one load.
type series struct {
	Load
	latency, latencyOK, lag, service Histogram
	firstDue, lastDone               time.Duration
	timeline                         timeline
}

// NewRecorder makes a recorder for loads with these names. Samples refer to them by index.
func NewRecorder(loads []string) *Recorder {
	r := &Recorder{live: make([]live, len(loads)), loads: make([]series, len(loads))}
	for i, name := range loads {
		r.loads[i].Name = name
		r.loads[i].Codes = map[string]int64{}
	}
	return r
}

// Due notes for Live that an arrival is due. The numbers of a summary come from samples alone.
func (r *Recorder) Due(load int) { r.live[load].due.Add(1) }

// Live tells how a load stands.
func (r *Recorder) Live(load int) Live { return r.live[load].read() }

// Pulse tells more of how a load stands.
func (r *Recorder) Pulse(load int) Pulse { return r.live[load].pulse() }

// Add takes a sample. It holds a lock for an append and nothing else; one call in 256 then folds what is ready, unless
// another is at it. The shard is drawn, because that needs no shared counter.
func (r *Recorder) Add(s Sample) {
	r.live[s.Load].add(s)
	sh := &r.shards[rand.Uint32()%shards]
	sh.mu.Lock()
	sh.samples = append(sh.samples, s)
	var ready []Sample
	if len(sh.samples) == batch {
		ready, sh.samples = sh.samples, r.empty()
	}
	sh.mu.Unlock()
	if ready == nil {
		return
	}
	r.push(ready)
	if r.foldMu.TryLock() {
		r.foldLocked()
		r.foldMu.Unlock()
	}
}

func (r *Recorder) empty() []Sample {
	r.fullMu.Lock()
	defer r.fullMu.Unlock()
	if n := len(r.free); n > 0 {
		b := r.free[n-1]
		r.free = r.free[:n-1]
		return b
	}
	return make([]Sample, 0, batch)
}

func (r *Recorder) push(b []Sample) {
	r.fullMu.Lock()
	r.full = append(r.full, b)
	r.fullMu.Unlock()
}

func (r *Recorder) pop() []Sample {
	r.fullMu.Lock()
	defer r.fullMu.Unlock()
	n := len(r.full)
	if n == 0 {
		return nil
	}
	b := r.full[n-1]
	r.full = r.full[:n-1]
	return b
}

func (r *Recorder) foldLocked() {
	for b := r.pop(); b != nil; b = r.pop() {
		for _, s := range b {
			r.loads[s.Load].add(s)
		}
		r.fullMu.Lock()
		r.free = append(r.free, b[:0])
		r.fullMu.Unlock()
	}
}

// Close folds what is left. No Add may follow or be under way; a second Close does nothing.
func (r *Recorder) Close() {
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.Lock()
		if len(sh.samples) > 0 {
			r.push(sh.samples)
			sh.samples = nil
		}
		sh.mu.Unlock()
	}
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	r.foldLocked()
}

func (l *series) add(s Sample) {
	if l.Arrivals == 0 || s.Due < l.firstDue {
		l.firstDue = s.Due
	}
	l.Arrivals++
	*l.Outcomes.of(s.Outcome)++
	if s.Code != "" {
		l.Codes[s.Code]++
	}
	l.timeline.add(s)
	if s.Outcome == Dropped {
		return
	}
	l.lastDone = max(l.lastDone, s.Done)
	l.latency.Record(s.Done - s.Due)
	if s.Outcome == OK {
		l.latencyOK.Record(s.Done - s.Due)
	}
	l.lag.Record(s.Sent - s.Due)
	l.service.Record(s.Done - s.Sent)
}

// Loads returns the numbers of all loads. Dialect, Call, Via and Causes are the caller's to fill in.
func (r *Recorder) Loads() []Load {
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	list := make([]Load, len(r.loads))
	for i := range r.loads {
		l := &r.loads[i]
		list[i] = l.Load
		list[i].Codes, list[i].Causes = maps.Clone(l.Codes), map[string]int64{}
		list[i].Span = seconds(max(l.lastDone-l.firstDue, 0))
		list[i].Latency, list[i].LatencyOK = l.latency.Quantiles(), l.latencyOK.Quantiles()
		list[i].Lag, list[i].Service = l.lag.Quantiles(), l.service.Quantiles()
	}
	return list
}

// Lag describes the lag of all loads together, in which the load generator shows itself.
func (r *Recorder) Lag() Quantiles {
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	var all Histogram
	for i := range r.loads {
		all.Merge(&r.loads[i].lag)
	}
	return all.Quantiles()
}

// Clamped is how many durations were out of a histogram's range, over all of them.
func (r *Recorder) Clamped() int64 {
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	var n int64
	for i := range r.loads {
		l := &r.loads[i]
		n += l.latency.clamped + l.lag.clamped + l.service.clamped
	}
	return n
}

// Timeline returns a load's rows from the start of the run to its last sample.
func (r *Recorder) Timeline(load int) []Row {
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	return r.loads[load].timeline.list()
}
