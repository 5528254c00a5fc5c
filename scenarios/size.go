package scenarios

import "fmt"

// Size says in words how large the scenario is.
func (s *Scenario) Size() string {
	devices, calls := 0, 0.0
	for _, g := range s.Devices {
		devices += g.Count
	}
	for _, l := range s.Load {
		for _, a := range l.Arrivals {
			calls += float64(a.Burst) + (a.Rate+a.To)/2*a.For.Seconds()
		}
	}
	return fmt.Sprintf("%d devices, about %.0f calls", devices, calls)
}
