package trace

import (
	"strings"

	"fleetdrill/sim/check"
)

// neverSent is for commands whose turn never came.
func (f *facts) neverSent() Ending {
	e := ending(NeverSent, "it waited behind others until its time was over")
	front, by := f.inFront()
	if front == "" {
		return e
	}
	return e.told("it waited %s behind %s%s until its time was over", Span(f.ended.At-f.list[0].At), front, by)
}

// inFront names the commands that were at the device while this one waited, and a fault that held them up.
func (f *facts) inFront() (front, by string) {
	from, over := f.list[0].At, f.ended.At
	var names []string
	for _, n := range f.t.pastOf(deviceOf(f.list)).sentIn(from, over, 3) {
		names = append(names, f.t.called(n))
	}
	if len(names) == 3 {
		names = append(names[:2], "others")
	}
	return strings.Join(names, " and "), f.struck(from, over, "edge", "latency", "bandwidth", "stall", halfOpen)
}

// expired is for commands whose lifetime passed in the cache: their device was away, or busy.
func (f *facts) expired() Ending {
	const passed = "its lifetime in the cache passed before it could be sent"
	a := absent(f.links, f.ended.At)
	front, by := f.inFront()
	switch {
	case f.has(check.Recalled):
		return ending(Expired, passed+" again")
	case !a.known:
		return ending(Expired, passed+": its device never connected")
	case a.since != nil:
		return ending(Expired, passed+": its device was away").told("%s: its device was away%s", passed, inBrackets(a.by))
	case front != "":
		return ending(Expired, passed+": it waited behind others").told("%s: it waited behind %s%s", passed, front, by)
	}
	return ending(Expired, passed)
}
