package trace

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Count is how many commands of a load are not a success for one cause.
type Count struct {
	Load    string          `json:"load"`
	Cause   Cause           `json:"cause"`
	N       int             `json:"count"`
	Example uint64          `json:"example"`           // the number of the first of them
	Why     string          `json:"why"`               // of the example
	Late    []time.Duration `json:"late_ns,omitempty"` // with LateAnswer: how late each was, sorted
	Faults  map[string]int  `json:"faults,omitempty"`  // of how many each fault of the scenario is to blame
	Hows    []How           `json:"hows"`              // the same by what happened, the most frequent first
}

// How is how many of a Count ended in one way.
type How struct {
	How     string `json:"how"` // of Ending
	N       int    `json:"count"`
	Example uint64 `json:"example"` // the first of those for which the fault is to blame that most of them have
	Device  string `json:"device"`  // of the example
}

// tally is a Count in the making.
type tally struct {
	Count
	hows map[string]*how
}

type how struct {
	n      int
	first  uint64
	faults []blame
}

// blame is how many ended because of a fault, or of none, and the first of them.
type blame struct {
	fault   string
	n       int
	example uint64
}

func (c *tally) add(seq uint64, e Ending) {
	if c.N++; e.Cause == LateAnswer {
		c.Late = append(c.Late, e.Late)
	}
	fault := e.Fault()
	if fault != "" {
		if c.Faults == nil {
			c.Faults = map[string]int{}
		}
		c.Faults[fault]++
	}
	h := c.hows[e.How]
	if h == nil {
		h = &how{first: seq}
		c.hows[e.How] = h
	}
	h.n++
	i := slices.IndexFunc(h.faults, func(b blame) bool { return b.fault == fault })
	if i < 0 {
		i = len(h.faults)
		h.faults = append(h.faults, blame{fault: fault, example: seq})
	}
	h.faults[i].n++
}

// Fault is the fault of the scenario that is to blame, such as faults[0] disconnect: the one that Why names, empty if it
// names none.
func (e Ending) Fault() string {
	i := strings.Index(e.Why, "faults[")
	if i < 0 {
		return ""
	}
	which, kind, _ := strings.Cut(e.Why[i:], " ")
	if end := strings.IndexFunc(kind, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) }); end >= 0 {
		kind = kind[:end]
	}
	return which + " " + kind
}

// Counts are all endings that are not success: by load, and in each by cause in the order of Causes.
func (t *Trace) Counts() []Count {
	var list []Count
	for load, name := range t.h.Loads() {
		found := map[Cause]*tally{}
		for seq, e := range t.failures(load) {
			n := found[e.Cause]
			if n == nil {
				n = &tally{Count: Count{Load: name, Cause: e.Cause, Example: seq, Why: e.Why}, hows: map[string]*how{}}
				found[e.Cause] = n
			}
			n.add(seq, e)
		}
		for _, c := range Causes {
			if n := found[c]; n != nil {
				list = append(list, t.counted(load, n))
			}
		}
	}
	return list
}

func (t *Trace) counted(load int, n *tally) Count {
	slices.Sort(n.Late)
	for text, h := range n.hows {
		seq := slices.MaxFunc(h.faults, func(a, b blame) int { return cmp.Compare(a.n, b.n) }).example
		n.Hows = append(n.Hows, How{How: text, N: h.n, Example: seq, Device: t.device(deviceOf(t.h.Facts(load, seq, nil)))})
	}
	slices.SortFunc(n.Hows, func(a, b How) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(n.hows[a.How].first, n.hows[b.How].first))
	})
	return n.Count
}
