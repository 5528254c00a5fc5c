package replay

import (
	"fmt"
	"slices"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// gate is all calls that came to a vendor's API. One that limits its callers takes so many in each
// period of the clock and refuses the others: which they are hangs on the order in which all reach it, and on which side of
// a period's end.
type gate struct {
	period time.Duration
	phase  time.Duration // how far in its period the clock was at Begin
	calls  []knock
}

// knock is a call that was taken, or refused, at some time between two.
type knock struct {
	command
	from, to time.Duration
	taken    bool
}

// counted is the period in which a vendor's platform counts calls; 0: there is no limit.
func counted(s *scenarios.Scenario, dialect string) time.Duration {
	p := &s.Platform
	switch {
	case dialect == "enos" && p.EnOS.RateLimit > 0:
		return time.Minute
	case dialect == "alibaba" && p.Alibaba.QPS > 0, dialect == "huawei" && p.Huawei.RateLimit > 0:
		return time.Second
	}
	return 0
}

func dialectOf(s *scenarios.Scenario, l scenarios.Load) string {
	return s.Devices[slices.IndexFunc(s.Devices, func(g scenarios.Group) bool { return g.Name == l.To })].Dialect
}

// gatesOf are the gates of a recorded run, by dialect: none where nobody knows what the clock showed.
func gatesOf(s *scenarios.Scenario, h *check.History) map[string]*gate {
	gates := map[string]*gate{}
	if h.Began().IsZero() {
		return gates
	}
	var facts []check.Fact
	for _, l := range s.Load {
		dialect, i := dialectOf(s, l), index(h.Loads(), l.Name)
		period := counted(s, dialect)
		if period == 0 || i < 0 {
			continue
		}
		if gates[dialect] == nil {
			gates[dialect] = &gate{period: period, phase: h.Began().Sub(h.Began().Truncate(period))}
		}
		g := gates[dialect]
		for n := range h.Calls(i) {
			if facts = h.Facts(i, n, facts[:0]); len(facts) > 0 {
				g.add(command{i, n}, facts)
			}
		}
	}
	return gates
}

func (g *gate) add(c command, facts []check.Fact) {
	k := knock{command: c, from: check.Never, to: check.Never}
	for _, f := range facts {
		switch f.Kind {
		case check.Sent:
			k.from = f.At
		case check.Accepted:
			k.to, k.taken = f.At, true
		case check.Done:
			k.to = min(k.to, f.At)
		}
	}
	if k.from != check.Never && k.to != check.Never {
		g.calls = append(g.calls, k)
	}
}

// taken tells whether a command got through.
func taken(facts []check.Fact) bool {
	return slices.ContainsFunc(facts, func(f check.Fact) bool { return f.Kind == check.Accepted })
}

// spare is how far a call was from the other fate at the gate: from one that had it, in the same period, or as any call was
// from an end of the period.
func (g *gate) spare(of command, names []string) (s slack) {
	i := slices.IndexFunc(g.calls, func(k knock) bool { return k.command == of })
	if i < 0 {
		return s
	}
	me := g.calls[i]
	begin := (me.from + g.phase).Truncate(g.period) - g.phase
	end := begin + g.period
	var closest knock
	var edge bool
	nearer := func(k knock, by time.Duration, toEdge bool) {
		if !s.ok || by < s.by {
			s.by, s.ok, closest, edge = by, true, k, toEdge
		}
	}
	for _, k := range g.calls {
		nearer(k, min(apart(k, knock{from: begin, to: begin}), apart(k, knock{from: end, to: end})), true)
		if k.taken != me.taken && k.from < end && k.to >= begin {
			nearer(k, apart(k, me), false)
		}
	}
	called := fmt.Sprintf("%s/%d", names[closest.load], closest.n)
	if s.why = "between it and " + called + " at the limit of calls"; edge {
		s.why = fmt.Sprintf("between %s and the end of the %v in which calls are counted", called, g.period)
	}
	return s
}

// apart is the time between two that may have been at any of theirs.
func apart(a, b knock) time.Duration { return max(0, a.from-b.to, b.from-a.to) }
