// Package hunt searches for a run that fails: it makes the same scenario run with many seeds, and with faults placed by
// them, in processes of its own, and cuts what it finds down to the few calls and devices that matter.
//
//	plan, err := hunt.NewPlan(scenario, small, faults, expect)
//	pool := &hunt.Pool{Command: worker, Jobs: 2, Bound: time.Minute}
//	defer pool.Close()
//	h := &hunt.Hunt{Plans: []*hunt.Plan{plan}, Pool: pool, From: 1, Seeds: 10000}
//	err = h.Run(ctx)                      // stops at the first finding
//	h.Findings(); h.Total(); h.Seen(0)    // may be read while it runs
//
// A worker is a process that calls Serve. What runs are made of is not known here.
package hunt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Hunt is a search. Its exported fields do not change once it runs.
type Hunt struct {
	Plans []*Plan // one, or one for each cell of a matrix: they take turns, each from its first seed on
	Pool  *Pool
	From  uint64        // the first seed
	Seeds int           // how many, in all plans together
	For   time.Duration // no run begins later, on the wall clock; 0: no bound
	All   bool          // go on after the first finding, and look behind the first failure of a run

	mu       sync.Mutex
	next     int
	total    Total
	seen     []map[string]int // by plan
	ran      []int            // by plan: runs
	said     []int            // by plan: runs that say something
	findings []Finding
	known    map[string]int // the place in findings by plan and way
	err      error
}

// Total is what has been done.
type Total struct {
	Runs     int           `json:"runs"`
	Failed   int           `json:"failed"`
	Doubtful int           `json:"doubtful"` // runs that say nothing
	Doubt    string        `json:"doubt,omitempty"`
	Commands int           `json:"commands"`
	Twice    int           `json:"twice"`            // runs that were made twice, to see whether they are the same
	Killed   int           `json:"killed,omitempty"` // runs that were made again, because something ended their worker
	Virtual  time.Duration `json:"-"`
	Wall     time.Duration `json:"-"`
	Slowest  Slow          `json:"slowest"`
}

// Slow is a run and how long it took.
type Slow struct {
	Cell    string  `json:"cell,omitempty"` // of a matrix
	Seed    uint64  `json:"seed"`
	Wall    float64 `json:"wall_s"`
	Virtual float64 `json:"virtual_s"`
}

// Finding is one way to fail, with the first seed that showed it.
type Finding struct {
	Cell    string  `json:"cell,omitempty"` // of a matrix
	Seed    uint64  `json:"seed"`
	Failure Failure `json:"failure"`
	Times   int     `json:"times"` // runs that failed this way
	Job     Job     `json:"-"`

	nth int // of the failures of its run
}

// Run searches until all seeds are done, time is over, something is found, or ctx is done. An error means that runs
// could not be made.
func (h *Hunt) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begin := time.Now()
	h.known = map[string]int{}
	for range h.Plans {
		h.seen, h.ran, h.said = append(h.seen, map[string]int{}), append(h.ran, 0), append(h.said, 0)
	}
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

// twiceEvery is of how many seeds one is run twice.
const twiceEvery = 100

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
	plan := n % len(h.Plans)
	j, err := h.Plans[plan].Job(h.From + uint64(n/len(h.Plans)))
	var r Result
	started, runs, run := time.Now(), 1, h.Pool.Run
	if n/len(h.Plans)%twiceEvery == 0 {
		runs, run = 2, h.Pool.Twice
	}
	if err == nil {
		r, err = run(ctx, j)
	}
	took := time.Since(started) / time.Duration(runs)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil && h.err == nil {
			h.err = err
		}
		return false
	}
	h.addLocked(plan, j, r, took)
	h.total.Twice += runs - 1
	h.total.Wall = time.Since(begin)
	return true
}

func (h *Hunt) addLocked(plan int, j Job, r Result, took time.Duration) {
	t, cell := &h.total, h.Plans[plan].Scenario.Cell
	t.Runs++
	t.Commands += r.Commands
	t.Virtual += time.Duration(r.Virtual * float64(time.Second))
	if took.Seconds() > t.Slowest.Wall {
		t.Slowest = Slow{cell, j.Seed, took.Seconds(), r.Virtual}
	}
	if r.killed {
		t.Killed++
	}
	for item, n := range r.Seen {
		h.seen[plan][item] += n
	}
	h.ran[plan]++
	switch {
	case len(r.Failures) > 0:
		h.said[plan]++
		t.Failed++
	case len(r.Doubts) == 0:
		h.said[plan]++
	default:
		if t.Doubtful++; t.Doubt == "" {
			t.Doubt = fmt.Sprintf("%s (%s)", r.Doubts[0], SeedOf(cell, j.Seed))
		}
	}
	once := map[string]bool{}
	for i, f := range r.Failures {
		way := fmt.Sprint(plan, " ", f.Way())
		if once[way] || i > 0 && !h.All {
			continue
		}
		once[way] = true
		h.findLocked(way, Finding{Cell: cell, Seed: j.Seed, Failure: f, Times: 1, Job: j, nth: i})
	}
}

// findLocked keeps of the findings of one way that with the lowest seed, and counts.
func (h *Hunt) findLocked(way string, f Finding) {
	i, ok := h.known[way]
	if !ok {
		h.known[way] = len(h.findings)
		h.findings = append(h.findings, f)
		return
	}
	known := &h.findings[i]
	f.Times += known.Times
	if f.Seed < known.Seed {
		*known = f
	}
	known.Times = f.Times
}

// SeedOf names a seed in words, with its cell if there is a matrix.
func SeedOf(cell string, seed uint64) string {
	if cell == "" {
		return fmt.Sprintf("seed %d", seed)
	}
	return fmt.Sprintf("seed %d of %s", seed, cell)
}

// Total tells how far it is.
func (h *Hunt) Total() Total {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Seen is how often each item of the coverage was seen in the runs of a plan. It is there once the hunt runs.
func (h *Hunt) Seen(plan int) map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.seen[plan])
}

// Silent are the cells without a run, and those whose runs all say nothing: of them the hunt tells nothing. A plan without
// a matrix is a cell without a name.
func (h *Hunt) Silent() (idle, doubtful []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, p := range h.Plans {
		switch {
		case i >= len(h.ran) || h.ran[i] == 0:
			idle = append(idle, p.Scenario.Cell)
		case h.said[i] == 0:
			doubtful = append(doubtful, p.Scenario.Cell)
		}
	}
	return idle, doubtful
}

// Findings are those so far, in the order of their seeds. Several may have the same run.
func (h *Hunt) Findings() []Finding {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := slices.Clone(h.findings)
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.nth, b.nth))
	})
	return list
}
