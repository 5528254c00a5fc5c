package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// Call is a command in a list.
type Call struct {
	Load   string        `json:"load"`
	Seq    uint64        `json:"n"`
	Device string        `json:"device"`
	Due    time.Duration `json:"due_ns"` // since the beginning of the run
	Ending Ending        `json:"ending"`
}

// Name is how a person calls the command: reboot/1234.
func (c *Call) Name() string { return fmt.Sprintf("%s/%d", c.Load, c.Seq) }

func (t *Trace) call(list []check.Fact) Call {
	f := list[0]
	return Call{Load: t.h.Loads()[f.Load], Seq: f.Seq, Device: t.device(deviceOf(list)), Due: f.At, Ending: t.end(list)}
}

// OfDevice are the commands for a device, as they were due; ok is false if there is no device of that name.
func (t *Trace) OfDevice(name string) (calls []Call, ok bool) {
	i := slices.Index(t.h.Devices(), name)
	if i < 0 {
		return nil, false
	}
	type id struct {
		load int
		seq  uint64
	}
	known := map[id]bool{}
	for _, f := range t.h.Of(i + 1) {
		if n := (id{f.Load, f.Seq}); f.Load < 0 || f.Kind == check.Foreign || known[n] {
			continue
		} else {
			known[n] = true
		}
		calls = append(calls, t.call(t.h.Facts(f.Load, f.Seq, nil)))
	}
	sortCalls(calls)
	return calls, true
}

// OfGroup are the commands for the devices of a group, as they were due; ok is false if there is no group of that name.
func (t *Trace) OfGroup(name string) (calls []Call, ok bool) {
	for _, d := range t.h.Devices() {
		if groupOf(d) == name {
			of, _ := t.OfDevice(d)
			calls, ok = append(calls, of...), true
		}
	}
	sortCalls(calls)
	return calls, ok
}

// groups are the names of those that the run has.
func (t *Trace) groups() (names []string) {
	for _, d := range t.h.Devices() {
		if g := groupOf(d); g != "" && !slices.Contains(names, g) {
			names = append(names, g)
		}
	}
	return names
}

// groupOf is a device's: its name without the number.
func groupOf(device string) string { return device[:max(strings.LastIndexByte(device, '-'), 0)] }

// OfFault are the commands that a fault is to blame for, as they were due: faults[2], or all of a kind such as half_open.
// ok is false if no such fault struck.
func (t *Trace) OfFault(name string) (calls []Call, ok bool) {
	is := func(fault string) bool {
		which, kind, _ := strings.Cut(fault, " ")
		return name != "" && (name == fault || name == which || name == kind)
	}
	if !slices.ContainsFunc(t.Faults(), func(f *Fault) bool { return is(f.Name) }) {
		return nil, false
	}
	return t.ended(func(e Ending) bool { return is(e.Fault()) }), true
}

// OfLoad are the commands of a load, as they were due; ok is false if there is no load of that name.
func (t *Trace) OfLoad(name string) (calls []Call, ok bool) {
	load := slices.Index(t.h.Loads(), name)
	if load < 0 {
		return nil, false
	}
	for seq := range t.h.Calls(load) {
		if list := t.h.Facts(load, seq, nil); len(list) > 0 {
			calls = append(calls, t.call(list))
		}
	}
	sortCalls(calls)
	return calls, true
}

// OfCause are the commands that ended for a cause, as they were due.
func (t *Trace) OfCause(c Cause) []Call {
	return t.ended(func(e Ending) bool { return e.Cause == c })
}

// ended are the commands that are no success and ended so.
func (t *Trace) ended(so func(Ending) bool) (calls []Call) {
	for load := range t.h.Loads() {
		for seq, e := range t.failures(load) {
			if so(e) {
				calls = append(calls, t.call(t.h.Facts(load, seq, nil)))
			}
		}
	}
	sortCalls(calls)
	return calls
}

func sortCalls(calls []Call) {
	slices.SortStableFunc(calls, func(a, b Call) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Load, b.Load), cmp.Compare(a.Seq, b.Seq))
	})
}
