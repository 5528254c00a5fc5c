package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// fault is one fault of the scenario with its index there, which names its draws.
type fault struct {
	scenarios.Fault
	index int
}

// schedule orders the faults by time; those of the same time stay in the scenario's order.
func schedule(list []scenarios.Fault) []fault {
	faults := make([]fault, len(list))
	for i, f := range list {
		faults[i] = fault{f, i}
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.At, b.At) })
	return faults
}

// strike makes a fault happen.
func (r *run) strike(f fault) {
	if d := f.Disconnect; d != nil {
		key := chance.Seed(r.Scenario.Seed).Text("fault").Number(uint64(f.index))
		r.fleet.disconnect(*d, key, fmt.Sprintf("faults[%d] disconnect", f.index))
	}
}

// disconnect breaks the connections of exactly the given share of a group, rounded; which devices is drawn, and so is
// how long each stays away.
func (f *fleet) disconnect(d scenarios.Disconnect, key chance.Key, name string) {
	g := f.groups[d.Group]
	var s chance.Stream
	order := s.At(key).Perm(len(g.devices))
	for _, i := range order[:int(math.Round(d.Share*float64(len(order))))] {
		away := device.Draw(d.For, s.At(key.Text("for").Number(uint64(i))))
		f.rec.fault(check.FaultFact{Fault: name, For: away, Device: g.devices[i].Number()})
		g.devices[i].Kick(away)
	}
}
