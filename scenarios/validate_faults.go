package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// faults checks faults against the loads, the groups and themselves.
func (c *checker) faults(s *Scenario) {
	end, total := s.LoadEnd(), 0
	for i := range s.Faults {
		f, at := &s.Faults[i], index("faults", i)
		c.strikes(s, f, at, end)
		if total += f.Times; total > maxStrikes && total-f.Times <= maxStrikes {
			c.wrong(at, fmt.Sprintf("with this fault there are %d strikes", total), fmt.Sprintf("%d are the most", maxStrikes))
		}
		k := findFault(f.Kind)
		if k == nil || c.bad[at] {
			continue
		}
		c.struck(s, k, f, at)
		if k.needs != nil {
			k.needs(c, s, f, at+"."+k.Name)
		}
	}
}

// strikes checks when a fault strikes, and fills in how often.
func (c *checker) strikes(s *Scenario, f *Fault, at string, end time.Duration) {
	known := !c.within["load"] && c.good(at+".at") && !c.bad[at+".every"] && !c.bad[at+".times"]
	every, times := c.has(at+".every"), c.has(at+".times")
	switch {
	case c.good(at+".at") && !c.within["load"] && f.At > end:
		c.wrong(at+".at", fmt.Sprintf("the load ends after %s", formatDuration(end)), "write a time within it, or let a pause follow its arrivals")
	case times && !every && !c.bad[at+".every"]:
		c.wrongKey(at+".times", "nothing says how long it is from one strike to the next", "write every, or leave times out")
	case every && known && !times:
		f.Times = int(min((end-f.At)/f.Every+1, maxStrikes+1))
		if f.Times > maxStrikes {
			c.wrong(at+".every", fmt.Sprintf("until the load ends it would strike more than %d times", maxStrikes), "write more, or times")
		}
	case every && known && time.Duration(f.Times-1) > (end-f.At)/f.Every: // a product could be more than there is
		c.wrong(at+".times", fmt.Sprintf("the last strike comes after the load, which ends after %s", formatDuration(end)),
			fmt.Sprintf("%d fit", (end-f.At)/f.Every+1))
	}
	if every && c.has(at+".for") && c.good(at+".every") && c.good(at+".for") && f.For >= f.Every {
		c.wrong(at+".for", fmt.Sprintf("it strikes again after %s, before it has healed", formatDuration(f.Every)), "write less than every")
	}
}

// struck checks whom a fault strikes.
func (c *checker) struck(s *Scenario, k *FaultKind, f *Fault, at string) {
	in := at + "." + k.Name
	if c.has(at+".for") && !k.Lasts {
		fix := "leave it out"
		if k.Name == "disconnect" {
			fix = "how long devices stay away is a key of disconnect: write {for: …} there"
		}
		c.wrongKey(at+".for", k.Name+" is over at once", fix)
	}
	if k.On == OnPlatform {
		return
	}
	if f.Share == 0 && c.good(in+".share") {
		c.wrong(in+".share", "0% is nobody", "write more than 0%")
	}
	if k.On == OnLoad {
		c.loadOf(s, f.Load, in+".load")
		return
	}
	if k.Name == "bandwidth" && f.Rate == 0 && c.good(in+".bytes") {
		c.wrong(in+".bytes", "at 0 bytes nothing passes", "write more, or half_open instead")
	}
	g := c.group(s, f.Group, in+".group")
	switch {
	case g == nil:
	case g.Presence.Start == "never":
		c.wrong(in+".group", "its devices are never there", "strike another group")
	case k.AtQoS1:
		c.atQoS1(s, g, in)
	}
}

// atQoS1 complains about a fault that needs acknowledgements and gets none.
func (c *checker) atQoS1(s *Scenario, g *Group, at string) {
	d, _ := findDialect(g.Dialect)
	if d.atQoS0 == nil {
		return
	}
	if setting := d.atQoS0(&s.Platform); setting != "" && !c.bad[setting] {
		c.wrongKey(at, "at QoS 0 nothing is acknowledged", "write "+setting+": 1")
	}
}

// loadOf finds the load that a value names.
func (c *checker) loadOf(s *Scenario, name, at string) *Load {
	if !c.good(at) {
		return nil
	}
	var names []string
	for i := range s.Load {
		if s.Load[i].Name == name {
			return &s.Load[i]
		}
		names = append(names, s.Load[i].Name)
	}
	switch {
	case len(names) == 0:
		c.wrong(at, "there is no load", "write one")
	case !slices.Contains(names, ""):
		c.wrong(at, "no load is called "+name, suggest(name, names))
	}
	return nil
}
