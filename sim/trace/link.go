package trace

import (
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// link is a device's connection coming or going, or a fault that strikes the device or the platform.
type link struct {
	at, until time.Duration // until: of a fault
	kind      check.Kind
	fault     string // the text of its fact
}

func (l *link) gone() bool {
	return l.kind == check.Offline || l.kind == check.Lost || l.kind == check.HungUp
}

func linkOf(f check.Fact) link {
	l := link{at: f.At, until: f.At, kind: f.Kind}
	if f.Kind == check.Fault {
		l.until += f.For
		l.fault = f.Text
	}
	return l
}

// kind of a fault is what it is called in a scenario: the text of its fact is faults[0] kind, or that and whose.
func kindOf(fault string) string {
	_, kind, _ := strings.Cut(nameOf(fault), " ")
	return kind
}

// breaks tells whether a kind of fault ends connections, at once or in the end.
func breaks(kind string) bool {
	switch kind {
	case "disconnect", halfOpen, "broker_restart", "platform_restart":
		return true
	}
	return false
}

// halfOpen is the fault after which a connection stays dead until the device has another.
const halfOpen = "half_open"

// links is what happens to a device's connection. Each list is by time.
type links struct {
	own    []link // it comes and goes
	struck []link // faults that strike the device alone
	all    []link // those that strike all devices, or the platform
}

// after is the index of the first of a list that is later.
func after(list []link, at time.Duration) int {
	i, _ := slices.BinarySearchFunc(list, at, func(l link, at time.Duration) int {
		if l.at <= at {
			return -1
		}
		return 1
	})
	return i
}

// between cuts out what is later than from and not later than to.
func between(list []link, from, to time.Duration) []link {
	return list[after(list, from):after(list, to)]
}

// inTurn yields what is in some lists by time; at one moment those of the first list come first.
func inTurn(lists ...[]link) iter.Seq[*link] {
	return func(yield func(*link) bool) {
		for {
			next := -1
			for i, l := range lists {
				if len(l) > 0 && (next < 0 || l[0].at < lists[next][0].at) {
					next = i
				}
			}
			if next < 0 || !yield(&lists[next][0]) {
				return
			}
			lists[next] = lists[next][1:]
		}
	}
}

// lost is the first end of the device's connection in a stretch of time.
func (f *facts) lost(from, to time.Duration) *link {
	for i := after(f.links.own, from-1); i < len(f.links.own) && f.links.own[i].at <= to; i++ {
		if l := &f.links.own[i]; l.gone() {
			return l
		}
	}
	return nil
}

// absence is how a device's connection stands at a moment.
type absence struct {
	known bool  // it has ever been there
	since *link // what ended its connection; nil: it has one
	by    *link // the fault that ended the connection, or has left it dead; nil: none
}

// dead tells whether there is a connection, and bytes vanish in it.
func (a absence) dead() bool { return a.since == nil && a.by != nil }

// absent tells how the connection stands. Only what followed the device's last coming can say it.
func absent(l links, at time.Duration) (a absence) {
	own, came := l.own[:after(l.own, at)], time.Duration(math.MinInt64)
	for i := len(own) - 1; i >= 0 && !a.known; i-- {
		if own[i].kind == check.Online || own[i].kind == check.Connected {
			came, own, a.known = own[i].at, own[i+1:], true
		}
	}
	for l := range inTurn(between(l.all, came, at), between(l.struck, came, at), own) {
		switch {
		case a.since != nil:
		case l.gone():
			a.since = l
		case l.kind == check.Fault && breaks(kindOf(l.fault)):
			a.by = l
		}
	}
	return a.settled()
}

// settled forgets a fault that broke nothing.
func (a absence) settled() absence {
	if a.since == nil && a.by != nil && kindOf(a.by.fault) != halfOpen {
		a.by = nil
	}
	return a
}

// struck names a fault of some kinds that acted on the device, the platform or the load in a stretch of time, in brackets
// behind a blank; empty if there was none. Of several it is the last that acted when the stretch began, because that met
// what went on its way then, or else the first that came.
func (f *facts) struck(from, to time.Duration, kinds ...string) string {
	var found *link
	for l := range inTurn(f.links.all, f.links.struck) {
		if l.at <= to && l.until >= from && slices.Contains(kinds, kindOf(l.fault)) && !ofOther(l.fault, f.load) {
			if found == nil || l.at <= from {
				found = l
			}
		}
	}
	return inBrackets(found)
}

func inBrackets(fault *link) string {
	if fault == nil {
		return ""
	}
	return " (" + nameOf(fault.fault) + ")"
}

// nameOf is a fault without whose it is.
func nameOf(fault string) string {
	name, _, _ := strings.Cut(fault, " of ")
	return name
}

// ofOther tells whether a fault strikes the callers of one load, and it is another.
func ofOther(fault, load string) bool {
	_, whose, narrow := strings.Cut(fault, " of ")
	return narrow && whose != load
}
