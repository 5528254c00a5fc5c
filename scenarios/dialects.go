package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// dialect is what a scenario may say to one vendor's platform.
type dialect struct {
	name, doc    string
	calls        []string
	timeout, ttl limits
	noSuffix     string // a service must not end like this: its topic would be that of a reply
	settings     func(*Platform) []field
}

// limits of a duration that the vendor's API takes in whole seconds.
type limits struct {
	least, most, def time.Duration
}

// dialects is the only place here that knows a vendor.
var dialects = []dialect{{
	name: "enos", doc: "Envision EnOS, Invoke Service.",
	calls:    []string{"invoke", "cached"},
	timeout:  limits{time.Second, 60 * time.Second, 30 * time.Second},
	ttl:      limits{time.Second, 172_800 * time.Second, 0},
	noSuffix: "_reply",
	settings: func(p *Platform) []field { return enosFields(&p.EnOS) },
}}

func enosFields(e *EnOS) []field {
	return []field{
		{key: "cached_per_device", def: "50", rule: whole(&e.CachedPerDevice, 1, 10_000), doc: "Cached commands that a device may have waiting."},
		{key: "max_ttl", def: "48h", rule: duration(&e.MaxTTL, time.Second, 60*day), doc: "The longest lifetime in the cache that a call may ask for."},
		{key: "auth", def: "strict", rule: oneWord(&e.Auth, "strict", "lenient", "off"), doc: "How callers prove themselves: token and signature, token alone, not at all."},
		{key: "qos", def: "0", rule: whole(&e.QoS, 0, 1), doc: "MQTT quality of service of commands to devices."},
		{key: "serialize", def: "cached", rule: oneWord(&e.Serialize, "cached", "all"), doc: "Which commands to a device go one after another."},
		{key: "device_error", def: "code", rule: oneWord(&e.DeviceError, "code", "success"), doc: "How a device's failure reaches the caller: as the device's code, or as a success."},
		{key: "cached_online", def: "return", rule: oneWord(&e.CachedOnline, "return", "wait"), doc: "A cached call to a device that is there: returns at once, or waits for the answer."},
		{key: "strict_input", def: "true", rule: boolean(&e.StrictInput), doc: "A call without inputData is an error."},
		{key: "rate_limit", def: "0", rule: whole(&e.RateLimit, 0, maxNumber), doc: "Calls per minute over all callers; 0 is no limit."},
	}
}

func dialectNames() []string {
	var names []string
	for _, d := range dialects {
		names = append(names, d.name)
	}
	return names
}

func findDialect(name string) (dialect, bool) {
	i := slices.IndexFunc(dialects, func(d dialect) bool { return d.name == name })
	if i < 0 {
		return dialect{}, false
	}
	return dialects[i], true
}

// allCalls lists what any dialect can.
func allCalls() []string {
	var calls []string
	for _, d := range dialects {
		for _, call := range d.calls {
			if !slices.Contains(calls, call) {
				calls = append(calls, call)
			}
		}
	}
	return calls
}

// dialectRanges documents a setting whose range depends on the dialect.
func dialectRanges(of func(dialect) limits) string {
	var texts []string
	for _, d := range dialects {
		l := of(d)
		text := fmt.Sprintf("%s: %s in whole seconds", d.name, l)
		if l.def > 0 {
			text += ", " + formatDuration(l.def) + " by default"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ") + "."
}

// check gives what is wrong with d, and what would be right.
func (l limits) check(d time.Duration) (problem, fix string) {
	fix = "write whole seconds from " + l.String()
	switch {
	case d < l.least || d > l.most:
		return "is out of range", fix
	case d%time.Second != 0:
		return "has a part of a second", fix
	}
	return "", ""
}

// String speaks of seconds, as the vendors' documents do.
func (l limits) String() string {
	return fmt.Sprintf("%ds to %ds", l.least/time.Second, l.most/time.Second)
}
