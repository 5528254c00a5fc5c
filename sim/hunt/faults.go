package hunt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// dice draws what a seed decides about its run.
type dice struct{ *rand.Rand }

func newDice(s *chance.Stream, key chance.Key) dice { return dice{s.At(key)} }

func (d dice) below(n int) int { return d.IntN(n) }
func (d dice) unit() float64   { return d.Float64() }

// span is a duration between two, each order of magnitude as likely as any other.
func (d dice) span(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	v := float64(least) * math.Exp(d.unit()*math.Log(float64(most)/float64(least)))
	return time.Duration(v).Truncate(time.Microsecond)
}

// kinds are the faults that can be placed: each gives its part of an entry of faults, for a group.
var kinds = []func(g scenarios.Group, r dice) string{
	func(g scenarios.Group, r dice) string {
		return fmt.Sprintf("disconnect: {group: %s, share: %d%%, for: %s}", g.Name, 1+r.below(100), r.span(time.Millisecond, 20*time.Second))
	},
}

// place draws one to three faults within the load.
func place(s *scenarios.Scenario, r dice) (list []string) {
	end, groups := length(s), reachable(s)
	if len(groups) == 0 {
		return nil
	}
	for range 1 + r.below(3) {
		g := groups[r.below(len(groups))]
		kind := kinds[r.below(len(kinds))](g, r)
		list = append(list, fmt.Sprintf("{at: %s, %s}", moment(s, end, r), kind))
	}
	return list
}

// reachable are the groups that faults can strike: a device that is never there has no connection.
func reachable(s *scenarios.Scenario) (list []scenarios.Group) {
	for _, g := range s.Devices {
		if g.Presence.Start != "never" {
			list = append(list, g)
		}
	}
	return list
}

// moment is when a fault happens: at any time, or close to when something else may: an arrival, or its deadline.
func moment(s *scenarios.Scenario, end time.Duration, r dice) time.Duration {
	at := time.Duration(r.unit() * float64(end))
	if len(s.Load) == 0 || r.below(2) == 0 {
		return at.Truncate(time.Microsecond)
	}
	l := s.Load[r.below(len(s.Load))]
	at = l.Start
	for _, a := range l.Arrivals {
		if rate := max(a.Rate, a.To); rate > 0 && r.below(2) == 0 {
			n := r.unit() * rate * a.For.Seconds()
			at += time.Duration(math.Floor(n) / rate * float64(time.Second))
			break
		}
		at += a.For + a.Pause
	}
	if r.below(2) == 0 {
		at += l.Timeout
	}
	at += time.Duration(r.below(7)-3) * time.Microsecond
	return min(max(at, 0), end).Truncate(time.Microsecond)
}
