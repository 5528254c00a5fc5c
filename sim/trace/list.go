package trace

import (
	"cmp"
	"fmt"
	"slices"
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
func (t *Trace) OfCause(c Cause) (calls []Call) {
	for load := range t.h.Loads() {
		for seq, e := range t.failures(load) {
			if e.Cause == c {
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
