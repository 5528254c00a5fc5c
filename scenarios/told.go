package scenarios

import (
	"fmt"
	"slices"
)

// Told is the stretch that says of a call which device it goes to or what that does with it, or nil where chance decides
// both. Calls are numbered from 0.
func (l *Load) Told(call uint64) *Arrivals {
	for i := range l.Arrivals {
		a := &l.Arrivals[i]
		n := uint64(a.Burst + len(a.At))
		switch {
		case a.For > 0:
			return nil
		case call >= n:
			call -= n
		case a.tells():
			return a
		default:
			return nil
		}
	}
	return nil
}

// Tells tells whether Told is not always nil.
func (l *Load) Tells() bool {
	return slices.ContainsFunc(l.Arrivals, func(a Arrivals) bool { return a.tells() })
}

func (a *Arrivals) tells() bool { return a.Device > 0 || a.Does != nil }

// does checks what devices are to do with calls against what the dialect makes of such a call.
func (c *checker) does(d dialect, w way, l *Load, at string) {
	for i, a := range l.Arrivals {
		does := index(at, i) + ".does"
		switch {
		case a.Does == nil || !c.good(does):
		case w.noForeign && a.Does.Kind == "foreign":
			c.wrongKey(does+".foreign", fmt.Sprintf("an answer to %s %s cannot name another device's command", d.name, l.Call),
				"write call: invoke, or leave it out")
		case !w.timeout.exists() && a.Does.Kind != "slow_ack" && a.Does.Kind != "disconnect": // to take it is all there is to do
			c.wrongKey(does, "no answer is awaited", "leave it out")
		}
	}
}

// told checks what stretches say of their calls.
func (c *checker) told(s *Scenario, l *Load, at string) {
	g := slices.IndexFunc(s.Devices, func(g Group) bool { return g.Name == l.To })
	rated := false
	for i := range l.Arrivals {
		a, entry := &l.Arrivals[i], index(at, i)
		rated = rated || c.has(entry+".rate")
		for _, key := range []string{"device", "does"} {
			switch path := entry + "." + key; {
			case !c.has(path) || c.bad[entry]:
			case !c.has(entry + ".at"):
				c.wrongKey(path, key+" goes with at", "write at: [0s], or leave it out")
			case rated:
				c.wrongKey(path, "how many calls come before is up to a rate", "put the stretches with a rate behind it, or into a load of their own")
			}
		}
		if g < 0 {
			continue
		}
		if n := s.Devices[g].Count; a.Device > n && c.good(entry+".device") && c.good(index("devices", g)+".count") {
			c.wrong(entry+".device", fmt.Sprintf("group %s has %d devices, so none has number %d", l.To, n, a.Device), "they are counted from 1")
		}
		if a.Does != nil {
			c.acknowledges(&s.Devices[g], &s.Platform, a.Does, entry+".does")
		}
	}
}
