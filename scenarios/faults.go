package scenarios

import (
	"slices"
	"time"
)

// Fault is something that goes wrong during the load phase, once or again and again. Which fields count hangs on Kind.
type Fault struct {
	At    time.Duration // of the first strike, from the beginning of the load phase
	For   time.Duration // from a strike to its heal; 0 for a kind that lasts: to the end of the run
	Every time.Duration // from one strike to the next; 0: there is one
	Times int           // strikes, 1 at least
	Kind  string        // a name of FaultKinds

	Group     string        // kinds that strike devices
	Load      string        // caller_gone
	Share     float64       // above 0 up to 1, of the group's devices or the load's calls
	Only      []int         // disconnect: these devices of the group, by number from 1, instead of a share; empty: all
	Away      Delay         // disconnect: before the first attempt to return; zero: Reconnect decides
	Direction string        // both, up (from the devices) or down (to them)
	Add       Delay         // latency: of each packet
	Rate      float64       // bandwidth: bytes per second, of each direction
	Bytes     string        // bandwidth: Rate as it was written
	Copy      string        // duplicate: commands, answers or both
	Answer    string        // edge: before, at or after the command's deadline
	By        time.Duration // edge: how long before or after it
	After     Delay         // caller_gone: from the sending to the hanging up
	Sessions  string        // broker_restart: kept or lost
	How       string        // receiver_down: refused, error or silent
}

// Strikes yields when the fault strikes and when each strike heals: until is 0 for what nothing heals.
func (f *Fault) Strikes(yield func(at, until time.Duration) bool) {
	for i := range max(f.Times, 1) {
		at, until := f.At+time.Duration(i)*f.Every, time.Duration(0)
		if f.For > 0 {
			until = at + f.For
		}
		if !yield(at, until) {
			return
		}
	}
}

// Links tells whether the scenario has faults that act on the links of a group's devices.
func (s *Scenario) Links(group string) bool {
	return slices.ContainsFunc(s.Faults, func(f Fault) bool { return f.Group == group && findFault(f.Kind).Links })
}

// faultRule is an entry: when, and one kind with its settings.
func faultRule(f *Fault) rule {
	f.Times = 1
	fields := []field{
		{key: "at", must: true, rule: duration(&f.At, 0, maxDuration), doc: "From the beginning of the load phase."},
		{key: "for", rule: duration(&f.For, time.Microsecond, maxDuration), doc: "How long it lasts; to the end of the run if nothing is said."},
		{key: "every", rule: duration(&f.Every, time.Millisecond, maxDuration), doc: "It strikes again and again, this long after the strike before."},
		{key: "times", rule: whole(&f.Times, 1, maxStrikes), doc: "With every: how often it strikes; as often as there is time if nothing is said."},
	}
	for i := range faultKinds {
		k := &faultKinds[i]
		fields = append(fields, field{key: k.Name, rule: chosen(&f.Kind, k.Name, later(func() rule { return k.rule(f) })), doc: k.Doc})
	}
	return object(fields, faultNames()...)
}

// maxStrikes bounds the strikes of a fault, and those of all faults together.
const maxStrikes = 10_000

// rule is the mapping of a kind. It is read into a fault of its own first: of two kinds in one entry only one counts.
func (k *FaultKind) rule(f *Fault) rule {
	var fields []field
	switch k.On {
	case OnGroup:
		fields = []field{{key: "group", must: true, rule: text(&f.Group, groupName), doc: "Whose devices."},
			{key: "share", def: "100%", rule: percent(&f.Share), doc: "How many of them; which is drawn."}}
	case OnLoad:
		fields = []field{{key: "load", must: true, rule: text(&f.Load, loadName), doc: "Whose calls."},
			{key: "share", def: "100%", rule: percent(&f.Share), doc: "How many of them; which is drawn."}}
	}
	if k.fields != nil {
		fields = append(fields, k.fields(f)...)
	}
	return object(fields)
}
