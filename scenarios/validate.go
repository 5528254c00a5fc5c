package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"fleetdrill/report"
)

const maxDevices = 1_000_000 // of all groups together

// relations checks what the tables of fields cannot: values against each other. It fills in the defaults that depend
// on other values, and leaves alone what has a mistake already.
func (c *checker) relations(s *Scenario) {
	if !c.has("drain") {
		s.Drain = 10 * time.Second
		if s.Clock == "virtual" {
			s.Drain = 50 * time.Hour
		}
	}
	if s.Clock == "virtual" && s.Platform.Transport == "tcp" {
		c.wrong("platform.transport", "tcp takes real time, and the clock is virtual", "write memory, or clock: real")
	}
	c.devices(s)
	c.pushes(s)
	c.loads(s)
	c.faults(s)
	c.expectations(s)
}

func (c *checker) devices(s *Scenario) {
	total, names := 0, map[string]int{}
	for i := range s.Devices {
		g, at := &s.Devices[i], index("devices", i)
		c.unique(names, g.Name, at+".group", i)
		if g.KeepAlive%time.Second != 0 && !c.bad[at+".keep_alive"] {
			c.wrong(at+".keep_alive", formatDuration(g.KeepAlive)+" has a part of a second", "write whole seconds")
		}
		c.keepAlive(g, &s.Platform, at+".keep_alive")
		if !c.has(at + ".activated") {
			g.Activated = g.Presence.Start == "offline"
		}
		if g.Reconnect.Max < g.Reconnect.After && !c.bad[at+".reconnect.max"] && !c.bad[at+".reconnect.after"] {
			c.wrong(at+".reconnect.max", fmt.Sprintf("%s is less than after, %s", formatDuration(g.Reconnect.Max),
				formatDuration(g.Reconnect.After)), "write at least as much")
		}
		if n := len(g.Only); n > 0 && g.Only[n-1] > g.Count && c.good(at+".only") && !c.bad[at+".count"] {
			c.wrong(at+".only", fmt.Sprintf("the group has %d devices, so none has number %d", g.Count, g.Only[n-1]), "they are counted from 1")
		}
		c.presence(g.Presence, at+".presence")
		c.behaviours(g, &s.Platform, at+".behaviour")
		if total += g.Count; total > maxDevices && total-g.Count <= maxDevices {
			c.wrong(at+".count", fmt.Sprintf("with this group there are %d devices", total), fmt.Sprintf("%d are the most", maxDevices))
		}
	}
}

// pushes complains about pushing to which nobody gives cause.
func (c *checker) pushes(s *Scenario) {
	for _, d := range dialects {
		if d.pushes == nil || c.within["devices"] {
			continue
		}
		on, setting := d.pushes(&s.Platform)
		if on && c.good(setting) && !slices.ContainsFunc(s.Devices, func(g Group) bool { return g.Dialect == d.name }) {
			c.wrongKey(setting, "no group is of dialect "+d.name+", so that nothing is ever pushed", "leave it out, or write dialect: "+d.name+" in a group")
		}
	}
}

// keepAlive holds a group's keep-alive against what its vendor admits.
func (c *checker) keepAlive(g *Group, p *Platform, at string) {
	d, ok := findDialect(g.Dialect)
	if !ok || d.keepAlive == nil || c.bad[at] {
		return
	}
	if l, setting := d.keepAlive(p); l.most > 0 && (g.KeepAlive < l.least || g.KeepAlive > l.most) {
		c.wrong(at, fmt.Sprintf("%s admits no device with %s", d.name, formatDuration(g.KeepAlive)), "write "+l.String()+", or "+setting)
	}
}

func (c *checker) unique(names map[string]int, name, at string, i int) {
	if name == "" {
		return
	}
	if first, taken := names[name]; taken {
		c.wrong(at, fmt.Sprintf("%s is taken by element %d", short(name), first), "write another name")
		return
	}
	names[name] = i
}

func (c *checker) presence(p Presence, at string) {
	if c.within[at] || c.bad[at+".up"] || c.bad[at+".offline"] {
		return
	}
	up, offline := c.has(at+".up"), c.has(at+".offline")
	switch p.Start {
	case "never":
		for _, key := range []string{"up", "offline"} {
			if c.has(at + "." + key) {
				c.wrongKey(at+"."+key, "a device that is never there has no "+key, "leave it out, or write start: offline")
			}
		}
	case "online":
		if offline && !up {
			c.wrongKey(at+".offline", "a device that never leaves is never offline", "write up too, or start: offline")
		}
	}
	if up && !offline && p.Start != "never" {
		c.wrongKey(at+".up", "nothing says how long the device then stays away", "write offline too")
	}
	for _, key := range []string{"up", "offline"} {
		if d := map[string]Delay{"up": p.Up, "offline": p.Offline}[key]; c.good(at+"."+key) && d.Law == "constant" && d.A == 0 {
			c.wrong(at+"."+key, "0s is no time", "write more than 0s, or leave both out")
		}
	}
}

func (c *checker) behaviours(g *Group, p *Platform, at string) {
	if !c.has(at) {
		g.Behaviours = []Behaviour{{Weight: 100, Kind: "respond"}}
		return
	}
	sum, known := 0.0, len(g.Behaviours) > 0
	for i := range g.Behaviours {
		b, entry := &g.Behaviours[i], index(at, i)
		weight := entry + ".weight"
		switch {
		case c.bad[weight], c.bad[entry] && !c.has(weight):
			known = false
		case c.has(weight):
		case len(g.Behaviours) == 1:
			b.Weight = 100
		default:
			c.wrong(weight, "it is missing", "write one for each of several behaviours")
			known = false
		}
		sum += b.Weight
		c.acknowledges(g, p, b, entry)
	}
	if known && math.Abs(sum-100) > 1e-6 {
		c.wrong(at, fmt.Sprintf("the weights add up to %.6g", sum), "they must add up to 100")
	}
}

func (c *checker) acknowledges(g *Group, p *Platform, b *Behaviour, entry string) {
	if d, _ := findDialect(g.Dialect); b.Kind == "slow_ack" && d.atQoS0 != nil {
		if setting := d.atQoS0(p); setting != "" && !c.bad[setting] {
			c.wrongKey(entry+".slow_ack", "at QoS 0 nothing is acknowledged", "write "+setting+": 1")
		}
	}
}

// group finds the group that a value names. It stays silent where a group's own name is missing: it may be that one.
func (c *checker) group(s *Scenario, name, at string) *Group {
	if !c.good(at) {
		return nil
	}
	var names []string
	for i := range s.Devices {
		if s.Devices[i].Name == name {
			return &s.Devices[i]
		}
		if !slices.Contains(names, s.Devices[i].Name) {
			names = append(names, s.Devices[i].Name)
		}
	}
	if len(names) > 0 && !slices.Contains(names, "") {
		c.wrong(at, "no group is called "+name, suggest(name, names))
	}
	return nil
}

func (c *checker) expectations(s *Scenario) {
	node := c.nodes["expect"]
	if node == nil || c.bad["expect"] {
		return
	}
	var loads []string
	for _, l := range s.Load {
		loads = append(loads, l.Name)
	}
	for i, n := range node.Content {
		if at := index("expect", i); !c.bad[at] {
			if s.Clock == "virtual" && measuresMachine(n.Value) {
				c.mistake(n, at, "the virtual clock does not measure the machine", "leave it out, or write clock: real")
				continue
			}
			s.Expect = append(s.Expect, c.expectation(n, at, loads))
		}
	}
}

// measuresMachine tells whether an expectation is about what only a real clock measures.
func measuresMachine(expr string) bool {
	return strings.HasPrefix(expr, "harness.cpu_share") || strings.HasPrefix(expr, "harness.gc_pause_max")
}

// expectation looks up the expression's first word itself: a wrong name of a load then gets a short answer, and the
// parser of thresholds has one load to know instead of all.
func (c *checker) expectation(n *yaml.Node, at string, loads []string) report.Threshold {
	about, _, _ := strings.Cut(n.Value, ".")
	switch {
	case slices.Contains(loads, about):
		loads = []string{about}
	case report.Reserved(about):
		loads = nil
	case word.re.MatchString(about) && !slices.Contains(loads, ""):
		c.mistake(n, at, "no load is called "+about, suggest(about, append(loads, reserved()...)))
		return report.Threshold{}
	}
	t, err := report.ParseThreshold(n.Value, loads)
	if err != nil {
		c.mistake(n, at, err.Error(), "")
	}
	return t
}

// reserved are the words that begin an expectation about something other than a load.
func reserved() []string {
	var words []string
	for _, path := range report.Paths(nil) {
		if w, _, _ := strings.Cut(path, "."); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
