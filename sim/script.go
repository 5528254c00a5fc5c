package sim

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// Script is an earlier run of a scenario, as far as it was up to the clock and the machine: when each call reached the
// platform, when the platform saw each device come and go, when it got each answer, how late it was itself, and when the
// run was cut short. What devices decided is not in it: that is drawn again. All times are since Begin.
type Script struct {
	Zero time.Duration // the beginning of the load phase

	history *check.History
	loads   []int // by load of the scenario: the index in the history, -1: none
	only    [][]int
	links   map[int][]coming // by device number
	late    map[callID]platform.Lateness
	end     ending

	aside   []check.Fact // what struck, and what devices noted of their connections: see tellAside
	numbers map[int]int  // of devices in this run, by those in the history
	falls   []fall       // once outages knows them, in order
	zero    time.Time    // Begin of this run
	part    bool         // not all calls are made again

	mu    sync.Mutex
	asked map[callID]bool // commands of which the answers have been given
}

// callID is a call by its load's index in the history, and its number there.
type callID struct {
	load int
	seq  uint64
}

// coming is a connection that comes, or goes.
type coming struct {
	at time.Duration
	up bool
}

// untilPhase is how long it takes until the clock stands in its minute as it did when the run began: a platform counts its
// callers' calls in each second, or minute, of the clock.
func (sc *Script) untilPhase(now time.Time) time.Duration {
	began := sc.history.Began()
	if began.IsZero() {
		return 0
	}
	phase := func(t time.Time) time.Duration { return t.Sub(t.Truncate(time.Minute)) }
	return (phase(began) - phase(now) + time.Minute) % time.Minute
}

// NewScript takes a script from a history of the scenario, or of one with more loads and groups.
func NewScript(s *scenarios.Scenario, h *check.History) *Script {
	sc := &Script{history: h, links: map[int][]coming{}, late: map[callID]platform.Lateness{}, asked: map[callID]bool{}, Zero: -1}
	for _, l := range s.Load {
		i := slices.Index(h.Loads(), l.Name)
		sc.loads, sc.only = append(sc.loads, i), append(sc.only, l.Only)
		if sc.Zero < 0 && i >= 0 {
			sc.Zero = beginning(s, l, h, i)
		}
	}
	sc.Zero = max(sc.Zero, 0)
	for f := range h.Alone() {
		if f.Kind == check.Online || f.Kind == check.Offline {
			sc.links[f.Device] = append(sc.links[f.Device], coming{f.At, f.Kind == check.Online})
		}
	}
	sc.foundGone()
	sc.renumber(s)
	sc.foundLate()
	sc.foundEnd()
	sc.foundAside()
	sc.part = sc.isPart()
	return sc
}

// renumber gives the links of the devices the numbers that these have in s.
func (sc *Script) renumber(s *scenarios.Scenario) {
	then := map[string]int{}
	for i, name := range sc.history.Devices() {
		then[name] = i + 1
	}
	links, number := map[int][]coming{}, 0
	sc.numbers = map[int]int{}
	for _, g := range s.Devices {
		for i := range g.Count {
			number++
			was := then[fmt.Sprintf("%s-%d", g.Name, i+1)]
			if sc.numbers[was] = number; len(sc.links[was]) > 0 {
				links[number] = sc.links[was]
			}
		}
	}
	sc.links = links
}

// beginning is when the load phase began: so much before any call as the schedule has it. It is negative if nothing was due.
func beginning(s *scenarios.Scenario, l scenarios.Load, h *check.History, i int) time.Duration {
	n := uint64(0)
	for offset := range Schedule(l, s.Seed) {
		for _, f := range h.Facts(i, n, nil) {
			if f.Kind == check.Due {
				return f.At - offset
			}
		}
		n++
	}
	return -1
}

// ofCommands yields the facts of all commands, one after the other.
func (sc *Script) ofCommands(yield func(check.Fact) bool) {
	var facts []check.Fact
	for i := range sc.history.Loads() {
		for n := range sc.history.Calls(i) {
			facts = sc.history.Facts(i, n, facts[:0])
			for _, f := range facts {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// Calls yields the calls of a load of the scenario that were sent, at the times at which they reached the platform, or else
// left, from the beginning of the load phase.
func (sc *Script) Calls(load int) iter.Seq2[uint64, time.Duration] {
	type sent struct {
		n  uint64
		at time.Duration
	}
	var list []sent
	var facts []check.Fact
	if i := sc.loads[load]; i >= 0 {
		for n := range sc.history.Calls(i) {
			facts = sc.history.Facts(i, n, facts[:0])
			if at := first(facts, check.Accepted, check.Sent); at != never && (len(sc.only[load]) == 0 || contains(sc.only[load], n)) {
				list = append(list, sent{n, at})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b sent) int { return int(a.at - b.at) })
	return func(yield func(uint64, time.Duration) bool) {
		for _, s := range list {
			if !yield(s.n, s.at-sc.Zero) {
				return
			}
		}
	}
}

// bye is how long after it reached the platform the caller of a call was gone, and why; below 0: before that. A nil error
// is for one that was not: it heard what it was told.
func (sc *Script) bye(load int, seq uint64) (time.Duration, error) {
	facts := sc.history.Facts(sc.loads[load], seq, nil)
	i := slices.IndexFunc(facts, func(f check.Fact) bool { return f.Kind == check.Done })
	if i < 0 {
		return 0, nil
	}
	cause := cmp.Or(goneFor(facts[i]), sc.refused(facts, facts[i]))
	switch reached := first(facts, check.Accepted); {
	case cause == nil:
		return 0, nil
	case reached == never:
		return -1, cause
	default:
		return offClock(max(facts[i].At-reached, 0)), cause
	}
}

// goneFor is why the caller of a call that is done was gone, or nil.
func goneFor(done check.Fact) error {
	for _, cause := range []error{errHungUp, errCutShort, errInterrupted, errUnanswered, errBroken} {
		if done.Outcome == platform.Broken && done.Text == brokenCode(cause) {
			return cause
		}
	}
	return nil
}

const never = time.Duration(math.MaxInt64)

// first is when the first fact of the first of these kinds was that there is, or never.
func first(facts []check.Fact, kinds ...check.Kind) time.Duration {
	for _, k := range kinds {
		for _, f := range facts {
			if f.Kind == k {
				return f.At
			}
		}
	}
	return never
}

// devices is the script of the devices, with times of this run.
func (sc *Script) devices(cfg Config, zero time.Time) *device.Script {
	factsOf := func(w platform.Wire, id platform.ID) []check.Fact {
		load, seq, ok := cfg.Ledger.Untag(cfg.Target.Tag(w, id))
		if !ok || load >= len(sc.loads) || sc.loads[load] < 0 {
			return nil
		}
		return sc.history.Facts(sc.loads[load], seq, nil)
	}
	return &device.Script{
		Links: func(number int) (list []device.Link) {
			links := sc.links[number]
			for i, l := range links {
				taken := !l.up && i+1 < len(links) && links[i+1] == (coming{l.at, true}) // the next takes its place
				if !taken {
					list = append(list, device.Link{At: zero.Add(l.at), Up: l.up})
				}
			}
			return list
		},
		Answers: func(w platform.Wire, id platform.ID) []device.Given {
			load, seq, ok := cfg.Ledger.Untag(cfg.Target.Tag(w, id))
			if !ok || load >= len(sc.loads) || sc.loads[load] < 0 || !sc.first(callID{sc.loads[load], seq}) {
				return nil
			}
			return sc.given(load, seq, zero)
		},
		Had: func(w platform.Wire, id platform.ID, now time.Time) (sent bool, seen []time.Time) {
			facts := factsOf(w, id)
			for _, at := range seenOf(facts, now.Sub(zero)) {
				seen = append(seen, zero.Add(at))
			}
			return first(facts, check.Published) != never, seen
		},
		Ack: func(w platform.Wire, id platform.ID, now time.Time) (time.Time, bool) {
			facts := factsOf(w, id)
			if first(facts, check.Published) == never {
				return now, true
			}
			at := acked(facts, now.Sub(zero)-before)
			return zero.Add(at), at != never
		},
	}
}

// acked is when the platform had the acknowledgement of a message that the device has at now, or never.
func acked(facts []check.Fact, now time.Duration) time.Duration {
	for _, f := range facts {
		switch {
		case f.At < now:
		case f.Kind == check.Acked:
			return f.At
		case f.Kind == check.Recalled:
			return never
		}
	}
	return never
}
