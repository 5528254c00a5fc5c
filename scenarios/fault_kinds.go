package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// Whom a kind of fault strikes.
const (
	OnGroup    = "group"    // a share of a group's devices
	OnLoad     = "load"     // a share of a load's calls
	OnPlatform = "platform" // everybody
)

// FaultKind is one way in which a run can go wrong, as those need it who place faults by themselves. Every fault has
// at, and may have every and times.
type FaultKind struct {
	Name, Doc   string
	On          string         // the key that it needs: group or load, each with a share; or OnPlatform
	Lasts       bool           // it may have a for, of Least to Most
	Least, Most time.Duration  // sensible, not the only ones allowed
	Links       bool           // it acts on the links of devices
	AtQoS1      bool           // only where commands go at QoS 1 it has an effect
	Settings    []FaultSetting // beside those that On names
	fields      func(*Fault) []field
	needs       func(c *checker, s *Scenario, f *Fault, at string) // what only this kind needs
}

// FaultSetting is a key of a kind with values worth trying, as they are written.
type FaultSetting struct {
	Key    string
	Must   bool
	Values []string
}

var directions = FaultSetting{Key: "direction", Values: []string{"both", "up", "down"}}

// FaultKinds lists every kind.
func FaultKinds() []FaultKind { return faultKinds }

// faultKinds is the table of kinds. A kind is a row here, and in sim what its strike and its heal do.
var faultKinds = []FaultKind{
	{Name: "disconnect", On: OnGroup, Doc: "Resets the connections of a share of a group.",
		Settings: []FaultSetting{{Key: "for", Values: []string{"0s", "100ms", "2s", "exponential(5s)"}}},
		fields: func(f *Fault) []field {
			return []field{
				{key: "for", rule: delay(&f.Away), doc: "How long they stay away; reconnect decides if nothing is said."},
				{key: "only", rule: numberList(&f.Only, 1, maxNumber), doc: "Which devices, by number from 1, instead of a share."}}
		}, needs: onlyNeeds},
	{Name: "half_open", On: OnGroup, Links: true, Lasts: true, Least: 100 * time.Millisecond, Most: time.Minute,
		Doc:      "Bytes vanish and nothing closes: connections that are open stay dead for good, and none can be made before the heal.",
		Settings: []FaultSetting{directions}, fields: directionField},
	{Name: "latency", On: OnGroup, Links: true, Lasts: true, Least: 10 * time.Millisecond, Most: time.Minute,
		Doc:      "Each packet takes longer; packets stay in order.",
		Settings: []FaultSetting{{Key: "add", Must: true, Values: []string{"1ms", "100ms", "uniform(0s, 50ms)", "lognormal(200ms, p99=2s)"}}, directions},
		fields: func(f *Fault) []field {
			return append(directionField(f), field{key: "add", must: true, rule: delay(&f.Add), doc: "How much longer. A distribution makes jitter."})
		}},
	{Name: "bandwidth", On: OnGroup, Links: true, Lasts: true, Least: 100 * time.Millisecond, Most: time.Minute,
		Doc:      "Each direction carries no more than so many bytes per second.",
		Settings: []FaultSetting{{Key: "bytes", Must: true, Values: []string{"100/s", "1000/s", "20000/s"}}, directions},
		fields: func(f *Fault) []field {
			return append(directionField(f), field{key: "bytes", must: true, rule: rateAs(&f.Rate, &f.Bytes), doc: "Bytes per time, such as 2000/s."})
		}},
	{Name: "stall", On: OnGroup, Links: true, Lasts: true, Least: 10 * time.Millisecond, Most: time.Minute,
		Doc: "The device does not read what the platform sends, and finds it all when it reads again."},
	{Name: "duplicate", On: OnGroup, Links: true, Lasts: true, Least: 10 * time.Millisecond, Most: time.Minute,
		Doc:      "Messages are delivered twice.",
		Settings: []FaultSetting{{Key: "copy", Values: []string{"both", "commands", "answers"}}},
		fields: func(f *Fault) []field {
			return []field{{key: "copy", def: "both", rule: oneWord(&f.Copy, "both", "commands", "answers"), doc: "Which messages."}}
		}},
	{Name: "lose_ack", On: OnGroup, Links: true, Lasts: true, Least: 10 * time.Millisecond, Most: time.Minute, AtQoS1: true,
		Doc: "The device's MQTT acknowledgements (PUBACK) of commands are lost; needs qos: 1."},
	{Name: "edge", On: OnGroup, Lasts: true, Least: 100 * time.Millisecond, Most: time.Minute,
		Doc:      "Devices answer just before, at or just after the deadline of each command.",
		Settings: []FaultSetting{{Key: "answer", Must: true, Values: []string{"before", "at", "after"}}, {Key: "by", Values: []string{"1ns", "1us", "1ms", "20ms"}}},
		fields: func(f *Fault) []field {
			return []field{
				{key: "answer", must: true, rule: oneWord(&f.Answer, "before", "at", "after"), doc: "Where in time."},
				{key: "by", rule: duration(&f.By, time.Nanosecond, time.Hour), doc: "How long before or after; 1ms if nothing is said."}}
		}, needs: edgeNeeds},
	{Name: "caller_gone", On: OnLoad, Lasts: true, Least: 100 * time.Millisecond, Most: time.Minute,
		Doc:      "Callers hang up before they have an answer.",
		Settings: []FaultSetting{{Key: "after", Values: []string{"0s", "1ms", "50ms", "1s", "exponential(100ms)"}}},
		fields: func(f *Fault) []field {
			return []field{{key: "after", def: "0s", rule: delay(&f.After), doc: "From the sending of a call to the hanging up."}}
		}},
	{Name: "broker_restart", On: OnPlatform, Lasts: true, Least: time.Millisecond, Most: 30 * time.Second,
		Doc:      "The MQTT broker dies and comes back: all connections end without a word, none is taken meanwhile. The platform lives on.",
		Settings: []FaultSetting{{Key: "sessions", Values: []string{"kept", "lost"}}},
		fields: func(f *Fault) []field {
			return []field{{key: "sessions", def: "kept", rule: oneWord(&f.Sessions, "kept", "lost"),
				doc: "lost: commands that devices have not acknowledged are not sent again when they return."}}
		}, needs: outageNeeds},
	{Name: "platform_restart", On: OnPlatform, Lasts: true, Least: time.Millisecond, Most: 30 * time.Second,
		Doc:   "The platform dies and comes back, and all that was in memory is lost: open calls, instant commands, what awaits an answer. The cache is on disk.",
		needs: outageNeeds},
	{Name: "receiver_down", On: OnPlatform, Lasts: true, Least: time.Second, Most: time.Hour,
		Doc:      "The application that states are pushed to is down; needs push: true.",
		Settings: []FaultSetting{{Key: "how", Values: []string{"refused", "error", "silent"}}},
		fields: func(f *Fault) []field {
			return []field{{key: "how", def: "refused", rule: oneWord(&f.How, "refused", "error", "silent"),
				doc: "Nobody listens, or it answers with HTTP 500, or it takes a push and does not answer."}}
		}, needs: receiverNeeds},
}

// outageNeeds fills in how long a restart takes.
func outageNeeds(_ *checker, _ *Scenario, f *Fault, _ string) {
	switch {
	case f.For > 0:
	case f.Every > 0:
		f.For = min(time.Second, f.Every/2)
	default:
		f.For = time.Second
	}
}

func onlyNeeds(c *checker, s *Scenario, f *Fault, at string) {
	if len(f.Only) > 0 && c.has(at+".share") {
		c.wrongKey(at+".share", "only says who is struck", "leave one of them out")
	}
	g := slices.IndexFunc(s.Devices, func(g Group) bool { return g.Name == f.Group })
	if n := len(f.Only); g >= 0 && n > 0 && f.Only[n-1] > s.Devices[g].Count && c.good(at+".only") && c.good(index("devices", g)+".count") {
		c.wrong(at+".only", fmt.Sprintf("the group has %d devices, so none has number %d", s.Devices[g].Count, f.Only[n-1]), "they are counted from 1")
	}
}

func receiverNeeds(c *checker, s *Scenario, _ *Fault, at string) {
	for _, d := range dialects {
		if d.pushes == nil {
			continue
		}
		if on, setting := d.pushes(&s.Platform); !on && !c.bad[setting] {
			c.wrongKey(at, "nothing is pushed", "write "+setting+": true")
		}
	}
}

// usualBy is By where nothing is said.
const usualBy = time.Millisecond

func edgeNeeds(c *checker, _ *Scenario, f *Fault, at string) {
	switch {
	case f.Answer == "at" && c.has(at+".by"):
		c.wrongKey(at+".by", "at the deadline is neither before nor after it", "leave it out, or write answer: before or after")
	case f.Answer != "at" && !c.has(at+".by"):
		f.By = usualBy
	}
}

func directionField(f *Fault) []field {
	return []field{{key: "direction", def: "both", rule: oneWord(&f.Direction, "both", "up", "down"), doc: "up is from the devices, down is to them."}}
}

func faultNames() []string {
	var names []string
	for _, k := range faultKinds {
		names = append(names, k.Name)
	}
	return names
}

func findFault(name string) *FaultKind {
	i := slices.IndexFunc(faultKinds, func(k FaultKind) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &faultKinds[i]
}
