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
	if !slices.Contains(d.calls, l.Call) && c.good(at+".call") {
		c.wrong(at+".call", fmt.Sprintf("%s has no call %s", d.name, l.Call), suggest(l.Call, d.calls))
	}
	if d.noSuffix != "" && strings.HasSuffix(l.Service, d.noSuffix) {
		c.wrong(at+".service", fmt.Sprintf("in %s a name ending in %s means a reply", d.name, d.noSuffix), "write another name")
	}
	if !c.has(at + ".timeout") {
		l.Timeout = d.timeout.def
	}
	c.limited(d.timeout, l.Timeout, at+".timeout")
	c.lifetime(s, d, l, at+".ttl")
}

func (c *checker) lifetime(s *Scenario, d dialect, l *Load, at string) {
	switch {
	case c.bad[at]:
	case l.Call == "cached" && !c.has(at):
		c.wrong(at, "it is missing", "write how long a cached command may wait, such as 1h")
	case l.Call == "cached":
		c.limited(d.ttl, l.TTL, at)
		if most := s.Platform.EnOS.MaxTTL; d.name == "enos" && l.TTL > most && l.TTL <= d.ttl.most && c.good(at) && !c.bad["platform.dialects.enos.max_ttl"] {
			c.wrong(at, fmt.Sprintf("%s is more than platform.dialects.enos.max_ttl, %s", formatDuration(l.TTL), formatDuration(most)), "write less")
		}
	case c.has(at) && c.good(strings.TrimSuffix(at, "ttl")+"call"):
		c.wrongKey(at, "only cached commands have a lifetime", "leave it out, or write call: cached")
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
