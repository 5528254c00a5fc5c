package sweep

import (
	"slices"
	"strings"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// Found is one Call with all its orders, and what came of each.
type Found struct {
	Call
	Orders []Order
	Got    []Ending
	Broken []string // invariants that did not hold, each with an example
}

// Judge reads what came of the orders of a Call from the history of Play, in which the Call is load 0.
func Judge(h *check.History, results []check.Result, c Call, orders []Order) Found {
	f := Found{Call: c, Orders: orders}
	var facts []check.Fact
	for i := range orders {
		facts = h.Facts(0, uint64(i), facts[:0])
		f.Got = append(f.Got, endingOf(facts))
	}
	for _, r := range results {
		if r.Breaches > 0 {
			f.Broken = append(f.Broken, r.Rule+": "+r.Examples[0])
		}
	}
	return f
}

// endingOf reads how a command ended. What nothing but the platform's close ended is open.
func endingOf(facts []check.Fact) Ending {
	e := Ending{Command: "not accepted", Caller: nothing}
	for _, f := range facts {
		switch {
		case f.Kind == check.Accepted:
			e.Command = open
		case f.Kind == check.Ended && f.Text != platform.ErrClosed.Error():
			e.Command = stateOf(f)
		case f.Kind == check.Done && f.Text != gone:
			e.Caller = strings.TrimSpace(f.Outcome.String() + " " + f.Text)
		}
	}
	return e
}

// stateOf is a final state in the words of Ending, or in the platform's.
func stateOf(f check.Fact) string {
	switch {
	case f.State == platform.Succeeded, f.State == platform.Expired, f.State == platform.Canceled:
		return f.State.String()
	case f.State == platform.TimedOut && f.Text == platform.ErrUnanswered.Error():
		return unanswered
	case f.State == platform.TimedOut && f.Text == platform.ErrUnreceived.Error():
		return unreceived
	case f.State == platform.Failed && f.Text == platform.ErrOffline.Error():
		return offline
	case f.State == platform.Failed && f.Text == platform.ErrDevice.Error():
		return refused
	}
	return f.State.String() + ": " + f.Text
}

// Wrong are the orders that did not end as the contract says.
func (f *Found) Wrong() (list []int) {
	for i := range f.Orders {
		if f.Got[i] != f.Orders[i].Want || f.Orders[i].Off != "" {
			list = append(list, i)
		}
	}
	return list
}

// Class is a number of orders that end alike, for the same reason.
type Class struct {
	Why    string
	Ending Ending // its caller, if there is one who had not hung up
	Want   Ending // the same, unless the platform breaks the contract
	Orders []int  // of Found.Orders
	HungUp int    // orders among them whose caller had hung up
	Asked  int    // orders among them of which the contract leaves something open
}

// Classes are the orders by what decided and how they ended, in the order in which they appear.
func (f *Found) Classes() []Class {
	var list []Class
	at := map[[3]any]int{}
	for i, o := range f.Orders {
		key := [3]any{o.Why, f.Got[i], o.Want}
		if f.Got[i] == o.Want {
			key = [3]any{o.Why, o.Want.Command}
		}
		n, ok := at[key]
		if !ok {
			n = len(list)
			at[key] = n
			list = append(list, Class{Why: o.Why, Ending: f.Got[i], Want: o.Want})
		}
		list[n].add(i, f.Got[i], &o)
	}
	return list
}

func (c *Class) add(i int, got Ending, o *Order) {
	c.Orders = append(c.Orders, i)
	if o.Want.Caller == nothing {
		c.HungUp++
	} else if c.Ending.Caller == nothing && c.Ending == c.Want {
		c.Ending, c.Want = got, o.Want
	}
	if o.Asks != "" {
		c.Asked++
	}
}

// Instant is what comes of two events in one instant, one of which is a clock's.
type Instant struct{ Pair, Promise, Asks string }

// Instants are those of all orders, each once.
func (f *Found) Instants() []Instant {
	var list []Instant
	for _, o := range f.Orders {
		for _, s := range o.Steps {
			if in := (Instant{s.Pair(), s.Promise, f.Open[s.Pair()]}); s.Sharp && !slices.Contains(list, in) {
				list = append(list, in)
			}
		}
	}
	return list
}
