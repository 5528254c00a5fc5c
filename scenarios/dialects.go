package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// dialect is what a scenario may say to one vendor's platform.
type dialect struct {
	name, doc string
	calls     []way
	modules   bool   // a service may be module:service
	joins     string // a device is also called by its product and its name, with this between them; empty: it is not
	noSuffix  string // a service must not end like this: its topic would be that of a reply
	settings  func(*Platform) []field
	served    []string // settings that mean something in a service file alone
	drillOnly []string // and in a scenario alone
	// inServe are defaults that are others in a service file: what it serves runs for long.
	inServe map[string]string
	// keepAlive is what a device may ask for, with the setting that allows all; nil: anything.
	keepAlive func(*Platform) (allowed limits, setting string)
	// atQoS0 is the setting because of which commands cannot be acknowledged; empty if they can. nil: they can.
	atQoS0 func(*Platform) string
	// pushes tells whether states are pushed to an application, with the setting that decides. nil: the vendor has no such thing.
	pushes func(*Platform) (on bool, setting string)
	// fixedMode: whether a service waits for its device is up to the service and not to the call.
	fixedMode bool
}

// way is a kind of call that a dialect has.
type way struct {
	name    string
	timeout duty // for the device's answer
	ttl     duty // its lifetime on the platform; zero: it has none
	// noForeign: an answer counts the device's own commands, so that there is no way to name another's.
	noForeign bool
}

// duty is a duration of a call: the caller chooses it within limits, or the vendor has fixed it.
type duty struct {
	limits
	// most is a setting that lowers the limits, with its name; usual one that is used where a call says nothing; fixed one
	// that decides alone. nil: there is none.
	most, usual, fixed func(*Platform) (time.Duration, string)
	receipt            bool // it does not begin with the publishing but with the device's receipt
}

// limits of a duration that the vendor's API takes in steps; zero: there is no such thing.
type limits struct {
	least, most, step, def time.Duration
}

// dialects is the only place here that knows a vendor.
var dialects = []dialect{{
	name: "enos", doc: "Envision EnOS, Invoke Service.",
	calls:    []way{{name: "invoke", timeout: enosTimeout}, {name: "cached", timeout: enosTimeout, ttl: enosTTL}},
	noSuffix: "_reply",
	settings: func(p *Platform) []field { return enosFields(&p.EnOS) },
	atQoS0: func(p *Platform) string {
		if p.EnOS.QoS == 0 {
			return "platform.dialects.enos.qos"
		}
		return ""
	},
}, {
	name: "alibaba", doc: "Alibaba Cloud IoT, API 2018-01-20.",
	calls: []way{
		{name: "invoke", timeout: duty{fixed: alibabaSync}},
		{name: "async", timeout: duty{fixed: alibabaAsync}, noForeign: true},
		{name: "cached", timeout: duty{fixed: alibabaAsync}, ttl: duty{fixed: alibabaKept}, noForeign: true},
	},
	modules: true, noSuffix: "_reply", fixedMode: true,
	settings: func(p *Platform) []field { return alibabaFields(&p.Alibaba) },
	served:   []string{"disabled_keys", "instance", "unmodelled", "batch_qps", "rrpc_qps"},
	inServe:  map[string]string{"async_timeout": "1d"}, // or devices that never answer would fill the memory
	keepAlive: func(p *Platform) (limits, string) {
		if !p.Alibaba.KeepAliveCheck {
			return limits{}, ""
		}
		return limits{least: 30 * time.Second, most: 18 * time.Hour, step: time.Second}, "platform.dialects.alibaba.keep_alive_check: false"
	},
}, {
	name: "huawei", doc: "Huawei Cloud IoTDA, API v5.",
	calls: []way{
		{name: "invoke", timeout: duty{fixed: huaweiSync}},
		{name: "async", timeout: duty{fixed: huaweiAsync, receipt: true}},
		{name: "cached", timeout: duty{fixed: huaweiAsync, receipt: true}, ttl: huaweiTTL},
		{name: "message", ttl: duty{limits: limits{0, day, 5 * time.Minute, day}}},
	},
	modules: true, joins: "_",
	settings:  func(p *Platform) []field { return huaweiFields(&p.Huawei) },
	served:    []string{"instance", "projects", "strict_model", "tokens", "must_subscribe", "return_resend", "topics"},
	drillOnly: []string{"push"},
	keepAlive: func(p *Platform) (limits, string) {
		if p.Huawei.AnyKeepAlive {
			return limits{}, ""
		}
		return limits{least: 30 * time.Second, most: 1200 * time.Second, step: time.Second}, "platform.dialects.huawei.any_keep_alive: true"
	},
	atQoS0: func(p *Platform) string {
		if p.Huawei.ImplicitQoS == 0 {
			return "platform.dialects.huawei.implicit_qos"
		}
		return ""
	},
	pushes: func(p *Platform) (bool, string) { return p.Huawei.Push, "platform.dialects.huawei.push" },
}}

var (
	enosTimeout = duty{limits: limits{time.Second, 60 * time.Second, time.Second, 30 * time.Second}}
	enosTTL     = duty{limits: limits{time.Second, 172_800 * time.Second, time.Second, 0},
		most: func(p *Platform) (time.Duration, string) { return p.EnOS.MaxTTL, "max_ttl" }}
	huaweiTTL = duty{limits: limits{time.Second, 172_800 * time.Second, time.Second, 0},
		most:  func(p *Platform) (time.Duration, string) { return p.Huawei.ExpireMax, "expire_max" },
		usual: func(p *Platform) (time.Duration, string) { return p.Huawei.ExpireDefault, "expire_default" }}
)

func alibabaSync(p *Platform) (time.Duration, string) { return p.Alibaba.SyncTimeout, "sync_timeout" }
func alibabaAsync(p *Platform) (time.Duration, string) {
	return p.Alibaba.AsyncTimeout, "async_timeout"
}
func alibabaKept(p *Platform) (time.Duration, string) { return p.Alibaba.KeptFor, "kept_for" }
func huaweiSync(p *Platform) (time.Duration, string)  { return p.Huawei.SyncTimeout, "sync_timeout" }

// huaweiAsync is the second of two waits; the first is ack_timeout.
func huaweiAsync(p *Platform) (time.Duration, string) {
	return p.Huawei.ResponseTimeout, "response_timeout"
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

// call finds a kind of call.
func (d dialect) call(name string) (way, bool) {
	i := slices.IndexFunc(d.calls, func(w way) bool { return w.name == name })
	if i < 0 {
		return way{}, false
	}
	return d.calls[i], true
}

func (d dialect) callNames() (names []string) {
	for _, w := range d.calls {
		names = append(names, w.name)
	}
	return names
}

// lasting are the calls with a lifetime.
func (d dialect) lasting() (names []string) {
	for _, w := range d.calls {
		if w.ttl.exists() {
			names = append(names, w.name)
		}
	}
	return names
}

// inScenario are the settings that a scenario may have.
func (d dialect) inScenario(p *Platform) []field { return without(d.served, d.settings(p)) }

// inService are those that a service file may have.
func (d dialect) inService(p *Platform) []field {
	fields := without(d.drillOnly, d.settings(p))
	for i, f := range fields {
		if def, ok := d.inServe[f.key]; ok {
			fields[i].def = def
		}
	}
	return fields
}

func without(keys []string, fields []field) []field {
	return slices.DeleteFunc(fields, func(f field) bool { return slices.Contains(keys, f.key) })
}

// allCalls lists what any dialect can.
func allCalls() []string {
	var calls []string
	for _, d := range dialects {
		for _, w := range d.calls {
			if !slices.Contains(calls, w.name) {
				calls = append(calls, w.name)
			}
		}
	}
	return calls
}

// callsByDialect documents who has which calls.
func callsByDialect() string {
	var texts []string
	for _, d := range dialects {
		texts = append(texts, d.name+": "+strings.Join(d.callNames(), ", "))
	}
	return strings.Join(texts, "; ") + "."
}

// dialectRanges documents a duration whose limits depend on the dialect and the call.
func dialectRanges(of func(way) duty) string {
	var texts []string
	for _, d := range dialects {
		var groups []string // calls with the same text
		said := map[string][]string{}
		for _, w := range d.calls {
			if t := of(w).String(); t != "" {
				if said[t] == nil {
					groups = append(groups, t)
				}
				said[t] = append(said[t], w.name)
			}
		}
		for _, t := range groups {
			texts = append(texts, fmt.Sprintf("%s %s: %s", d.name, strings.Join(said[t], " and "), t))
		}
	}
	return strings.Join(texts, "; ") + "."
}

func (d duty) exists() bool { return d.fixed != nil || d.limits.most > 0 }

// String is for the schema; empty for what does not exist.
func (d duty) String() string {
	switch {
	case !d.exists():
		return ""
	case d.fixed != nil:
		_, setting := d.fixed(new(Platform))
		return "fixed by " + setting
	case d.usual != nil:
		_, setting := d.usual(new(Platform))
		return d.limits.String() + ", " + setting + " by default"
	case d.def > 0:
		return d.limits.String() + ", " + formatDuration(d.def) + " by default"
	}
	return d.limits.String()
}

// check gives what is wrong with d, and what would be right.
func (l limits) check(d time.Duration) (problem, fix string) {
	fix = "write " + l.String()
	switch {
	case d < l.least || d > l.most:
		return "is out of range", fix
	case d%l.step != 0 && l.step == time.Second:
		return "has a part of a second", fix
	case d%l.step != 0:
		return "is between two steps", fix
	}
	return "", ""
}

// String speaks of seconds, as the vendors' documents do.
func (l limits) String() string {
	if l.step == time.Second {
		return fmt.Sprintf("whole seconds from %ds to %ds", l.least/time.Second, l.most/time.Second)
	}
	return fmt.Sprintf("steps of %s from %s to %s", formatDuration(l.step), formatDuration(l.least), formatDuration(l.most))
}
