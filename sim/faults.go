package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
	"fleetdrill/sim/check"
)

// Strike is one strike of a fault of the scenario, as it happened.
type Strike struct {
	scenarios.Fault
	Index   int           // of the fault in the scenario
	At      time.Duration // from the beginning of the run
	Until   time.Duration // when it healed, or would have; 0: never
	Devices int           // how many were struck
}

// strike is one that is to come, or acts.
type strike struct {
	Strike
	id      int
	due     time.Duration // from the beginning of the load phase, and so is heals
	heals   time.Duration
	key     chance.Key // names its draws
	members []int      // who is struck, by index in the group
	text    string     // of its fact in the run of a script, where it may have had another number; empty: that is this one's
}

// event is a strike or its heal.
type event struct {
	*strike
	at   time.Duration // from the beginning of the load phase
	heal bool
}

// schedule orders the strikes and heals of all faults by time. At the same time heals come first, then the strikes in
// the order of the scenario.
func schedule(s *scenarios.Scenario) []event {
	var list []event
	names := map[string]uint64{}
	for i, f := range s.Faults {
		key := nameOf(s.Seed, f, names)
		nth := uint64(0)
		for at, until := range f.Strikes {
			st := &strike{Strike: Strike{Fault: f, Index: i}, id: len(list), due: at, heals: until, key: key.Number(nth)}
			list = append(list, event{strike: st, at: at})
			if until > 0 {
				list = append(list, event{strike: st, at: until, heal: true})
			}
			nth++
		}
	}
	return inOrderOfTime(list)
}

func inOrderOfTime(list []event) []event {
	slices.SortStableFunc(list, func(a, b event) int {
		if a.at == b.at && a.heal != b.heal {
			return map[bool]int{true: -1, false: 1}[a.heal]
		}
		return cmp.Compare(a.at, b.at)
	})
	return list
}

// nameOf is what a fault's draws hang on: what it is, and neither when nor its place among others, so that without those
// or moved it strikes the same devices. Of two faults that are alike the second has its number in its name.
func nameOf(seed uint64, f scenarios.Fault, names map[string]uint64) chance.Key {
	name := f.Kind + " " + f.Group + f.Load
	names[name]++
	return chance.Seed(seed).Text("fault").Text(name).Number(names[name])
}

// happen makes an event happen.
func (r *run) happen(e event) {
	does := faultKinds[e.Kind]
	if e.heal {
		does.heal(r, e.strike)
		r.Progress.Faults[e.Index].Add(-1)
		return
	}
	e.At, e.Until = r.rec.now(), 0
	if e.heals > 0 {
		e.Until = e.At + e.heals - e.due
	}
	if !does.once {
		r.Progress.Faults[e.Index].Add(1)
	}
	if e.Group != "" {
		g := r.fleet.groups[e.Group]
		e.members = slices.DeleteFunc(e.draw(len(g.devices)), func(i int) bool { return !g.Runs(i + 1) })
		e.Devices = len(e.members)
	}
	r.tell(e.strike, does)
	does.strike(r, e.strike)
	r.m.Faults = append(r.m.Faults, e.Strike)
}

// endless is how long a fault acts that nothing heals, as history has it.
const endless = 365 * 24 * time.Hour

// tell notes a strike: for each device that it strikes, or once.
func (r *run) tell(s *strike, does faultKind) {
	f := check.FaultFact{Fault: fmt.Sprintf("faults[%d] %s", s.Index, s.Kind), For: s.heals - s.due}
	if s.Load != "" {
		f.Fault += " of " + s.Load
	}
	if settings := s.Settings(); settings != "" {
		f.Fault += " (" + settings + ")"
	}
	f.Fault = cmp.Or(s.text, f.Fault)
	if s.heals == 0 {
		f.For = endless
	}
	if does.once {
		f.For = 0
	}
	if s.Group == "" {
		r.rec.fault(f)
		return
	}
	g := r.fleet.groups[s.Group]
	for _, i := range s.members {
		f.Device = g.devices[i].Number()
		if s.Kind == "disconnect" {
			f.For = s.away(i)
		}
		r.rec.fault(f)
	}
}

// draw picks exactly the fault's share of n, rounded, at least one, or whom it names.
func (s *strike) draw(n int) []int {
	if len(s.Only) > 0 {
		named := slices.Clone(s.Only)
		for i := range named {
			named[i]--
		}
		return named
	}
	var st chance.Stream
	share := max(1, int(math.Round(s.Share*float64(n))))
	return st.At(s.key).Perm(n)[:min(share, n)]
}

// faultKind is what the strike and the heal of a kind of fault do.
type faultKind struct {
	strike, heal func(*run, *strike)
	once         bool // it is over at once: nothing heals
}
