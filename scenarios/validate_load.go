package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fleetdrill/report"
)

const maxArrivals = 50_000_000 // of all loads together

func (c *checker) loads(s *Scenario) {
	total, names := 0.0, map[string]int{}
	for i := range s.Load {
		l, at := &s.Load[i], index("load", i)
		c.unique(names, l.Name, at+".name", i)
		if report.Reserved(l.Name) {
			c.wrong(at+".name", fmt.Sprintf("%s has a meaning of its own in expect", l.Name), "write another name")
		}
		c.call(s, l, at)
		count, length := c.schedule(l, at+".arrivals")
		c.onlyCalls(l, count, at+".only")
		c.told(s, l, at+".arrivals")
		if c.within[at+".arrivals"] || !c.has(at+".arrivals") {
			continue
		}
		if count == 0 {
			c.wrong(at+".arrivals", "there are only pauses", "write a rate or a burst")
		}
		if l.Start+length > maxDuration {
			c.wrong(at+".arrivals", "the load lasts longer than 365d", "write less")
		}
		if total += count; total > maxArrivals && total-count <= maxArrivals {
			c.wrong(at+".arrivals", fmt.Sprintf("the arrivals add up to %.0f", total), fmt.Sprintf("%d are the most in a scenario", maxArrivals))
		}
	}
	c.modes(s)
}

// call checks a load against its group and the group's dialect.
func (c *checker) call(s *Scenario, l *Load, at string) {
	g := c.group(s, l.To, at+".to")
	if g == nil {
		return
	}
	d, ok := findDialect(g.Dialect)
	if !ok {
		return
	}
	c.service(d, l, at+".service")
	w, ok := d.call(l.Call)
	if !ok {
		if c.good(at + ".call") {
			c.wrong(at+".call", fmt.Sprintf("%s has no call %s", d.name, l.Call), "write one of "+strings.Join(d.callNames(), ", "))
		}
		return
	}
	c.duty(s, d, w.timeout, &l.Timeout, at+".timeout")
	switch {
	case w.ttl.exists():
		c.duty(s, d, w.ttl, &l.TTL, at+".ttl")
	case c.has(at + ".ttl"):
		c.wrongKey(at+".ttl", fmt.Sprintf("in %s %s has no lifetime", d.name, l.Call), "leave it out, or write call: "+strings.Join(d.lasting(), " or "))
	}
	if w.noForeign && slices.ContainsFunc(g.Behaviours, func(b Behaviour) bool { return b.Kind == "foreign" }) {
		c.wrong(at+".call", fmt.Sprintf("an answer to %s %s cannot name another device's command, which foreign is about", d.name, l.Call),
			"write call: invoke, or leave foreign out of group "+g.Name)
	}
	c.does(d, w, l, at+".arrivals")
}

func (c *checker) service(d dialect, l *Load, at string) {
	switch {
	case d.noSuffix != "" && strings.HasSuffix(l.Service, d.noSuffix):
		c.wrong(at, fmt.Sprintf("in %s a name ending in %s means a reply", d.name, d.noSuffix), "write another name")
	case !d.modules && strings.Contains(l.Service, ":") && c.good(at):
		c.wrong(at, "a service of "+d.name+" has no module", "write the name without "+l.Service[:strings.Index(l.Service, ":")+1])
	}
}

// duty checks a duration of a call, or fills it in where it was not written.
func (c *checker) duty(s *Scenario, d dialect, need duty, got *time.Duration, at string) {
	settings := "platform.dialects." + d.name + "."
	switch {
	case c.bad[at]:
	case !need.exists() && c.has(at):
		c.wrongKey(at, "no answer is awaited", "leave it out")
	case !need.exists():
	case need.fixed != nil:
		fixed, setting := need.fixed(&s.Platform)
		if c.has(at) && *got != fixed && !c.bad[settings+setting] {
			c.wrong(at, fmt.Sprintf("in %s no call chooses it: it is %s", d.name, formatDuration(fixed)), "leave it out, or write "+settings+setting)
		}
		if *got = fixed; need.receipt {
			*got = 0
		}
	case c.has(at):
		c.limited(need.limits, *got, at)
		c.ceiling(s, need, *got, settings, at)
	case need.usual != nil:
		usual, _ := need.usual(&s.Platform)
		most, _ := need.most(&s.Platform)
		*got = min(usual, most)
	case need.def == 0:
		c.wrong(at, "it is missing", "write how long a cached command may wait, such as 1h")
	default:
		*got = need.def
	}
}

// ceiling holds a duration against the platform's own setting.
func (c *checker) ceiling(s *Scenario, need duty, d time.Duration, settings, at string) {
	if need.most == nil || !c.good(at) || d > need.limits.most {
		return
	}
	if most, setting := need.most(&s.Platform); d > most && !c.bad[settings+setting] {
		c.wrong(at, fmt.Sprintf("%s is more than %s, %s", formatDuration(d), settings+setting, formatDuration(most)), "write less")
	}
}

func (c *checker) limited(l limits, d time.Duration, at string) {
	if !c.good(at) {
		return
	}
	if problem, fix := l.check(d); problem != "" {
		c.wrong(at, c.nodes[at].Value+" "+problem, fix)
	}
}

// modes checks that no service is called in two ways where the service itself decides whether a call waits.
func (c *checker) modes(s *Scenario) {
	type key struct{ group, service string }
	first := map[key]*Load{}
	for i := range s.Load {
		l, at := &s.Load[i], index("load", i)
		g := slices.IndexFunc(s.Devices, func(g Group) bool { return g.Name == l.To })
		if g < 0 || c.bad[at+".call"] {
			continue
		}
		d, _ := findDialect(s.Devices[g].Dialect)
		k := key{l.To, l.Service}
		switch before := first[k]; {
		case !d.fixedMode:
		case before == nil:
			first[k] = l
		case (before.Call == "invoke") != (l.Call == "invoke"):
			c.wrong(at+".call", fmt.Sprintf("in %s a service is either called by invoke or by async and cached, and load %s calls %s by %s",
				d.name, before.Name, l.Service, before.Call), "write another service")
		}
	}
}

// schedule checks the stretches of a load and gives its arrivals and its length.
func (c *checker) schedule(l *Load, at string) (count float64, length time.Duration) {
	for i := range l.Arrivals {
		a, entry := &l.Arrivals[i], index(at, i)
		if !c.has(entry + ".rate") {
			for _, key := range []string{"to", "for", "process"} {
				if c.has(entry+"."+key) && !c.bad[entry] {
					c.wrongKey(entry+"."+key, key+" goes with rate", "write rate, or leave it out")
				}
			}
			count += float64(a.Burst + len(a.At))
			length = min(length+a.Pause+a.last(), 2*maxDuration)
			continue
		}
		c.stretch(a, entry)
		count += (a.Rate + a.To) / 2 * a.For.Seconds()
		length = min(length+a.For, 2*maxDuration)
	}
	return count, length
}

func (c *checker) stretch(a *Arrivals, entry string) {
	if !c.has(entry+".for") && !c.bad[entry+".for"] {
		c.wrong(entry+".for", "it is missing", "write how long, such as 10s")
	}
	if !c.has(entry + ".to") {
		a.To = a.Rate
	}
	if a.Process == "" {
		a.Process = "constant"
	}
	if a.Rate == 0 && a.To == 0 && c.good(entry+".rate") && !c.bad[entry+".to"] {
		c.wrong(entry+".rate", "a rate of 0 has no arrivals", "write a pause")
	}
}

// onlyCalls checks that the calls exist. How many a poisson process has is not known before it runs.
func (c *checker) onlyCalls(l *Load, count float64, at string) {
	for _, a := range l.Arrivals {
		if a.Process == "poisson" {
			return
		}
	}
	if n := len(l.Only); n > 0 && c.good(at) && float64(l.Only[n-1]) >= math.Ceil(count) {
		c.wrong(at, fmt.Sprintf("there are %.0f calls, so none has number %d", math.Ceil(count), l.Only[n-1]), "they are counted from 0")
	}
}
