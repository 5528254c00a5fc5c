// Package beside writes runs of the same loads side by side: what each told its callers, load by load.
//
//	var notes beside.Notes                       // of one run
//	notes.Told(load, beside.Answer{...})         // for each call that is over; and for what waited on the platform
//	notes.Rested(load, time.Hour)
//	run := beside.Run{Name: "huawei", Verdict: summary.Verdict, Loads: notes.Loads(names, calls)}
//	err := beside.WriteText(w, runs, opt)        // columns for a terminal
//	err = beside.WriteMarkdown(w, runs)          // a table for a page
package beside

import (
	"slices"
	"sync"
	"time"

	"fleetdrill/report"
)

// Run is one column.
type Run struct {
	Name    string
	Verdict report.Verdict
	Loads   []Load
}

// Load is what the calls of one load came to.
type Load struct {
	Name, Call string
	Answers    []Answer // the most frequent first
	Rested     Span     // of commands that waited on the platform: from acceptance to publishing
}

// Answer is one thing that callers were told.
type Answer struct {
	Outcome       report.Outcome
	Status        int // of HTTP; 0 without it
	Code, Message string
	After         Span // how long the callers waited for it
}

// Span is the shortest and the longest of N durations.
type Span struct {
	N        int64
	Min, Max time.Duration
}

func (s *Span) add(d time.Duration) {
	if s.N == 0 || d < s.Min {
		s.Min = d
	}
	s.Max = max(s.Max, d)
	s.N++
}

// Notes collects what one run told its callers. The zero value is ready, and may be used concurrently.
type Notes struct {
	mu    sync.Mutex
	loads map[int]*Load
}

// maxAnswers bounds the different answers that a load keeps; what comes after is kept without its message.
const maxAnswers = 50

// Told notes the answer to one call of a load, which took so long. Its After is ignored.
func (n *Notes) Told(load int, a Answer, took time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.of(load)
	if len(l.Answers) >= maxAnswers {
		a.Message = ""
	}
	i := slices.IndexFunc(l.Answers, func(b Answer) bool { b.After = a.After; return a == b })
	if i < 0 {
		i = len(l.Answers)
		a.After = Span{}
		l.Answers = append(l.Answers, a)
	}
	l.Answers[i].After.add(took)
}

// Rested notes how long a command of a load waited on the platform before it was published.
func (n *Notes) Rested(load int, d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of(load).Rested.add(d)
}

func (n *Notes) of(load int) *Load {
	if n.loads == nil {
		n.loads = map[int]*Load{}
	}
	if n.loads[load] == nil {
		n.loads[load] = &Load{}
	}
	return n.loads[load]
}

// Loads gives what was noted of loads with these names and kinds of call.
func (n *Notes) Loads(names, calls []string) []Load {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]Load, len(names))
	for i := range list {
		list[i] = *n.of(i)
		list[i].Name, list[i].Call = names[i], calls[i]
		list[i].Answers = slices.Clone(list[i].Answers)
		slices.SortStableFunc(list[i].Answers, func(a, b Answer) int { return int(b.After.N - a.After.N) })
	}
	return list
}

// names lists the loads of all runs, in the order of the first that has each.
func names(runs []Run) (list []string) {
	for _, r := range runs {
		for _, l := range r.Loads {
			if !slices.Contains(list, l.Name) {
				list = append(list, l.Name)
			}
		}
	}
	return list
}

func (r Run) load(name string) Load {
	i := slices.IndexFunc(r.Loads, func(l Load) bool { return l.Name == name })
	if i < 0 {
		return Load{}
	}
	return r.Loads[i]
}

// call is the kind of call that all runs make of a load; empty where they differ.
func call(runs []Run, name string) string {
	same := runs[0].load(name).Call
	for _, r := range runs {
		if r.load(name).Call != same {
			return ""
		}
	}
	return same
}
