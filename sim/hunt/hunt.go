// Package hunt searches for a run that fails: it makes the same scenario run with many seeds, and with faults placed by
// them, in processes of its own, and cuts what it finds down to the few calls and devices that matter.
//
//	plan, err := hunt.NewPlan(scenario, small, faults, expect)
//	pool := &hunt.Pool{Command: worker, Jobs: 2, Bound: time.Minute}
//	defer pool.Close()
//	h := &hunt.Hunt{Plan: plan, Pool: pool, From: 1, Seeds: 10000}
//	err = h.Run(ctx)                      // stops at the first finding
//	h.Findings(); h.Total(); h.Seen()     // may be read while it runs
//
// A worker is a process that calls Serve. What runs are made of is not known here.
package hunt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Hunt is a search. Its exported fields do not change once it runs.
type Hunt struct {
	Plan  *Plan
	Pool  *Pool
	From  uint64        // the first seed
	Seeds int           // how many
	For   time.Duration // no run begins later, on the wall clock; 0: no bound
	All   bool          // go on after the first finding

	mu       sync.Mutex
	next     int
	total    Total
	seen     map[string]int
	findings []Finding
	known    map[string]int // the place in findings by way
	err      error
}

// Total is what has been done.
type Total struct {
	Runs     int           `json:"runs"`
	Failed   int           `json:"failed"`
	Doubtful int           `json:"doubtful"` // runs that say nothing
	Doubt    string        `json:"doubt,omitempty"`
	Commands int           `json:"commands"`
	Killed   int           `json:"killed,omitempty"` // runs that were made again, because something ended their worker
	Virtual  time.Duration `json:"-"`
	Wall     time.Duration `json:"-"`
	Slowest  Slow          `json:"slowest"`
}

// Slow is a run and how long it took.
type Slow struct {
	Seed    uint64        `json:"seed"`
	Wall    time.Duration `json:"wall_ns"`
	Virtual time.Duration `json:"virtual_ns"`
}

// Finding is one way to fail, with the first seed that showed it.
type Finding struct {
	Seed    uint64  `json:"seed"`
	Failure Failure `json:"failure"`
	Times   int     `json:"times"` // runs that failed this way
	Job     Job     `json:"-"`
}

// Run searches until all seeds are done, time is over, something is found, or ctx is done. An error means that runs
// could not be made.
func (h *Hunt) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begin := time.Now()
	h.seen, h.known = map[string]int{}, map[string]int{}
	var workers sync.WaitGroup
	for range h.Pool.Jobs {
		workers.Go(func() {
			for h.one(ctx, begin) {
			}
		})
	}
	workers.Wait()
	return h.err
}

// one makes one run, and tells whether another may follow.
func (h *Hunt) one(ctx context.Context, begin time.Time) bool {
	h.mu.Lock()
	n := h.next
	over := ctx.Err() != nil || n >= h.Seeds || h.err != nil || len(h.findings) > 0 && !h.All || h.For > 0 && time.Since(begin) >= h.For
	h.next++
	h.mu.Unlock()
	if over {
		return false
	}
	j, err := h.Plan.Job(h.From + uint64(n))
	var r Result
	started := time.Now()
	if err == nil {
		r, err = h.Pool.Run(ctx, j)
	}
	took := time.Since(started)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil && h.err == nil {
			h.err = err
		}
		return false
	}
	h.addLocked(j, r, took)
	h.total.Wall = time.Since(begin)
	return true
}

func (h *Hunt) addLocked(j Job, r Result, took time.Duration) {
	t := &h.total
	t.Runs++
	t.Commands += r.Commands
	virtual := time.Duration(r.Virtual * float64(time.Second))
	t.Virtual += virtual
	if took > t.Slowest.Wall {
		t.Slowest = Slow{j.Seed, took, virtual}
	}
	if r.killed {
		t.Killed++
	}
	for item, n := range r.Seen {
		h.seen[item] += n
	}
	f, failed := r.Fails()
	switch {
	case failed:
		t.Failed++
	case len(r.Doubts) > 0:
		if t.Doubtful++; t.Doubt == "" {
			t.Doubt = fmt.Sprintf("%s (seed %d)", r.Doubts[0], j.Seed)
		}
	}
	if !failed {
		return
	}
	if i, ok := h.known[f.Way()]; ok {
		h.findings[i].Times++
		if j.Seed < h.findings[i].Seed {
			h.findings[i].Seed, h.findings[i].Failure, h.findings[i].Job = j.Seed, f, j
		}
		return
	}
	h.known[f.Way()] = len(h.findings)
	h.findings = append(h.findings, Finding{Seed: j.Seed, Failure: f, Times: 1, Job: j})
}

// Total tells how far it is.
func (h *Hunt) Total() Total {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Seen is how often each item of the coverage was seen.
func (h *Hunt) Seen() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.seen)
}

// Findings are those so far, in the order of their seeds.
func (h *Hunt) Findings() []Finding {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := slices.Clone(h.findings)
	slices.SortFunc(list, func(a, b Finding) int { return int(min(1, max(-1, int64(a.Seed)-int64(b.Seed)))) })
	return list
}
