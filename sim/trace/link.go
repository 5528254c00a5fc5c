package trace

import (
	"cmp"
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

func (l *link) came() bool { return l.kind == check.Online || l.kind == check.Connected }

func linkOf(f check.Fact) link {
	l := link{at: f.At, until: f.At, kind: f.Kind}
	if f.Kind == check.Fault {
		l.until += f.For
		l.fault = f.Text
	}
	return l
}

// acts tells whether a fault acts on what goes that way through the device's connection.
func (l *link) acts(way int) bool {
	only := [...]string{there: "direction: up", back: "direction: down"}[way]
	return !strings.Contains(l.fault, only)
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
	// The half-open fault since which bytes vanish in the connection, to the device and from it; nil: they do not, or
	// there is none.
	vanish [2]*link
}

// cutOff tells whether nothing gets through: there is no connection, whether the platform knows it or not, or bytes vanish
// in it both ways.
func (a absence) cutOff() bool {
	return a.since != nil || a.vanish[there] != nil && a.vanish[back] != nil
}

// cut tells whether there is a connection, and bytes vanish in it one way at least.
func (a absence) cut() bool { return a.vanish[there] != nil || a.vanish[back] != nil }

// absent tells how the connection stands. Only what followed the device's last coming can say it.
func absent(l links, at time.Duration) (a absence) {
	own, came := l.own[:after(l.own, at)], time.Duration(math.MinInt64)
	for i := len(own) - 1; i >= 0 && !a.known; i-- {
		if own[i].came() {
			came = own[i].at
			if i > 0 && own[i-1].came() && own[i-1].kind != own[i].kind { // the other side knew it before
				came = own[i-1].at
			}
			own, a.known = own[i+1:], true
		}
	}
	for l := range inTurn(between(l.all, came, at), between(l.struck, came, at), own) {
		switch {
		case a.since != nil:
		case l.gone():
			a.since = l
		case l.kind == check.Fault && breaks(check.FaultKind(l.fault)):
			a.strike(l)
		}
	}
	return a.settled()
}

// strike is a fault that breaks connections. One that is half-open already another such fault makes no worse.
func (a *absence) strike(l *link) {
	if check.FaultKind(l.fault) != halfOpen {
		a.by = l
		return
	}
	worse := false
	for way, by := range a.vanish {
		if by == nil && l.acts(way) {
			a.vanish[way], worse = l, true
		}
	}
	if worse {
		a.by = l
	}
}

// settled forgets a fault that broke nothing, and what vanished in a connection that there is no more.
func (a absence) settled() absence {
	switch {
	case a.since != nil:
		a.vanish = [2]*link{}
	case a.by != nil && check.FaultKind(a.by.fault) != halfOpen:
		a.by = cmp.Or(a.vanish[there], a.vanish[back])
	}
	return a
}

// struck names a fault of some kinds that acted on the device, the platform or the load in a stretch of time, in brackets
// behind a blank; empty if there was none. Of several it is the last that acted when the stretch began, because that met
// what went on its way then, or else the first that came.
func (f *facts) struck(from, to time.Duration, kinds ...string) string {
	return inBrackets(f.fault(from, to, func(l *link) bool { return slices.Contains(kinds, check.FaultKind(l.fault)) }))
}

// struckOn is the same, of those that act on what goes that way through the device's connection.
func (f *facts) struckOn(way int, from, to time.Duration) string {
	return inBrackets(f.fault(from, to, func(l *link) bool { return slices.Contains(onTheWay[way], check.FaultKind(l.fault)) && l.acts(way) }))
}

func (f *facts) fault(from, to time.Duration, is func(*link) bool) (found *link) {
	for l := range inTurn(f.links.all, f.links.struck) {
		if l.at <= to && l.until >= from && is(l) && !ofOther(l.fault, f.load) {
			if found == nil || l.at <= from {
				found = l
			}
		}
	}
	return found
}

func inBrackets(fault *link) string {
	if fault == nil {
		return ""
	}
	return " (" + nameOf(fault.fault) + ")"
}

// nameOf is a fault without its settings, and without whose it is.
func nameOf(fault string) string {
	name, _, _ := strings.Cut(withoutSettings(fault), " of ")
	return name
}

func withoutSettings(fault string) string {
	name, _, _ := strings.Cut(fault, " (")
	return name
}

// ofOther tells whether a fault strikes the callers of one load, and it is another.
func ofOther(fault, load string) bool {
	_, whose, narrow := strings.Cut(withoutSettings(fault), " of ")
	return narrow && whose != load
}
