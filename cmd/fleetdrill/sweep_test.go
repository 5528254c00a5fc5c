package main

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"fleetdrill/sim/sweep"
)

// sweepIn plays the orders of a call that have at most so many steps, and returns those that do not end as the contract
// says.
func sweepIn(t *testing.T, c sweep.Call, steps int) (wrong []string, played int) {
	t.Helper()
	var orders []sweep.Order
	for _, o := range c.Orders() {
		if len(o.Steps) <= steps {
			orders = append(orders, o)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		f, err := sweepCall(context.Background(), c, orders, new(atomic.Int64))
		must(t, err)
		for _, i := range f.Wrong() {
			wrong = append(wrong, c.Title()+": "+orders[i].String()+": "+f.Got[i].Command+", "+f.Got[i].Caller+" "+orders[i].Off)
		}
		wrong = append(wrong, f.Broken...)
	})
	return wrong, len(orders)
}

// All orders are played where there is no race detector: see the zoo's tests.
func TestShortOrdersOfEventsEndAsTheContractsSay(t *testing.T) {
	for _, name := range dialects() {
		played := 0
		for _, c := range sweep.Calls(name) {
			wrong, n := sweepIn(t, c, 2)
			for _, w := range wrong {
				t.Errorf("%s %s", name, w)
			}
			played += n
		}
		if played < 50 {
			t.Errorf("%s: only %d orders were played", name, played)
		}
	}
}
