package sweep

import (
	"slices"
	"time"
)

// gap is between two events that do not come in one instant: far more than what happens takes, and so little that all
// events of an order fit before any clock.
const gap = 100 * time.Millisecond

// Orders are all orders in which the events can come, each to its end: until no clock runs any more. In at most one place
// of each two events come in one instant: an event and the clock that runs, or two events in this order.
func (c *Call) Orders() []Order {
	lifetimes := c.Lifetimes
	if len(lifetimes) == 0 {
		lifetimes = []time.Duration{0}
	}
	var all []Order
	for i, life := range lifetimes {
		w := walk{call: c, first: i == 0}
		w.from(newModel(c, life), nil, false)
		for j := range w.found {
			w.found[j].Lifetime = life
		}
		all = append(all, w.found...)
	}
	return all
}

// walk goes along all orders for one lifetime.
type walk struct {
	call  *Call
	first bool // the first lifetime: of others only those orders are new in which it ends
	found []Order
}

func (w *walk) from(m *model, steps []Step, tied bool) {
	clock, at, running := m.clock()
	if !running {
		w.note(m, steps)
	}
	for e := range Timeout {
		if !m.can(e) {
			continue
		}
		if next := m.now + gap; !running || next < at {
			w.step(m, steps, Step{Event: e, At: next}, tied)
		}
		if tied {
			continue
		}
		if running {
			w.step(m, steps, Step{Event: e, Sharp: true, Clock: clock, At: at}, true)
		}
		if n := len(steps); n > 0 && !steps[n-1].clock() {
			w.step(m, steps, Step{Event: e, At: m.now}, true)
		}
	}
	if running {
		w.step(m, steps, Step{Event: clock, At: at}, tied)
	}
}

func (w *walk) step(m *model, steps []Step, s Step, tied bool) {
	next := *m
	next.now = s.At
	next.happen(s.Event, s.Sharp)
	if s.Sharp {
		s.Promise = next.promise(s)
	}
	s.State = next.told()
	w.from(&next, append(slices.Clip(steps), s), tied)
}

// note keeps an order that has come to its end.
func (w *walk) note(m *model, steps []Step) {
	if !w.first && !slices.ContainsFunc(steps, func(s Step) bool { return s.Event == Expiry || s.Clock == Expiry && s.Sharp }) {
		return
	}
	o := Order{Steps: slices.Clone(steps)}
	o.Want, o.Why = m.result()
	for _, s := range steps {
		if s.Sharp {
			o.Asks = w.call.Open[s.Pair()]
		}
	}
	w.found = append(w.found, o)
}
