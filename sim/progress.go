package sim

import (
	"sync/atomic"

	"fleetdrill/scenarios"
	"fleetdrill/sim/device"
)

// Phase is where a run stands.
type Phase int32

const (
	Idle Phase = iota
	Connecting
	Loading
	Draining
	Stopping
	Over
)

var phaseNames = [...]string{"idle", "connect", "load", "drain", "down", "over"}

func (p Phase) String() string { return phaseNames[p] }

// Progress is a run's state for somebody who watches. All of it is atomic and holds no channel and no lock, so that a
// goroutine outside a run's virtual time may read it at any moment.
type Progress struct {
	phase     atomic.Int32
	Expected  atomic.Int64 // devices that are to connect before the load begins
	Connected atomic.Int64 // of them, those that have been connected at least once
	Online    atomic.Int64 // devices connected now
	Left      atomic.Int64 // draining: calls, answers and commands still waited for
	Tally     device.Tally // over all devices; Owed is 0 once the run is over
	Loads     []LoadProgress
	Faults    []atomic.Int32 // by fault of the scenario: its strikes that act now
}

// LoadProgress is the state of one load.
type LoadProgress struct {
	Name      string
	Planned   int64        // arrivals to come in all, for a poisson process the mean
	Due       atomic.Int64 // arrivals so far
	Open      atomic.Int64 // calls without an answer yet
	OK, NotOK atomic.Int64 // NotOK: every other outcome, dropped included
}

// NewProgress makes the progress of one run of s.
func NewProgress(s *scenarios.Scenario) *Progress {
	p := &Progress{Loads: make([]LoadProgress, len(s.Load)), Faults: make([]atomic.Int32, len(s.Faults))}
	for i, l := range s.Load {
		p.Loads[i].Name, p.Loads[i].Planned = l.Name, planned(l)
	}
	return p
}

// Phase is where the run stands now.
func (p *Progress) Phase() Phase { return Phase(p.phase.Load()) }

func (p *Progress) enter(ph Phase) { p.phase.Store(int32(ph)) }
