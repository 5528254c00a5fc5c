package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// Size says in words how large the scenario is.
func (s *Scenario) Size() string {
	devices, calls := 0, 0.0
	for _, g := range s.Devices {
		devices += g.Running()
	}
	for _, l := range s.Load {
		calls += l.Calls()
	}
	return fmt.Sprintf("%d devices, about %.0f calls", devices, calls)
}

// Running is how many devices of the group run.
func (g Group) Running() int {
	if len(g.Only) > 0 {
		return len(g.Only)
	}
	return g.Count
}

// Runs tells whether the device with this number, from 1, runs.
func (g Group) Runs(number int) bool {
	_, named := slices.BinarySearch(g.Only, number)
	return named || len(g.Only) == 0
}

// Calls is how many calls the load makes, as far as chance lets that be known.
func (l Load) Calls() float64 {
	if len(l.Only) > 0 {
		return float64(len(l.Only))
	}
	n := 0.0
	for _, a := range l.Arrivals {
		n += float64(a.Burst+len(a.At)) + (a.Rate+a.To)/2*a.For.Seconds()
	}
	return n
}

// LoadEnd is when the last load is over, from the beginning of the load phase.
func (s *Scenario) LoadEnd() time.Duration {
	var end time.Duration
	for i := range s.Load {
		length := s.Load[i].Start
		for _, a := range s.Load[i].Arrivals {
			length = min(length+a.Length(), maxDuration)
		}
		end = max(end, length)
	}
	return end
}

// Length is how long a stretch takes.
func (a Arrivals) Length() time.Duration { return a.For + a.Pause + a.last() }

// last is how far from its beginning the last of a stretch's very moments is.
func (a Arrivals) last() time.Duration {
	if len(a.At) == 0 {
		return 0
	}
	return a.At[len(a.At)-1]
}
