package hunt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/scenarios"
)

// parts leaves the calls, devices and faults that it takes to fail. They keep their numbers, by which their chance is
// drawn.
func (c *cutter) parts(calls []Call) {
	slices.SortStableFunc(calls, func(a, b Call) int { return cmp.Compare(a.Load, b.Load) })
	all := len(calls)
	calls = c.calls(calls)
	c.Tell("calls: %d of %d", len(calls), all)
	c.devices(calls)
	c.elements("faults")
	if len(calls) > enough && c.knobs() {
		calls = c.calls(calls)
		c.Tell("calls: %d of %d, with lower limits", len(calls), all)
	}
	c.devices(calls)
}

// enough calls are few enough for a person to look at.
const enough = 10

// knobs sets limits of the platform and the devices to 1, where that fails, too: what needs a full cache or window then
// needs few calls.
func (c *cutter) knobs() (turned bool) {
	for _, limit := range []string{"enos.cached_per_device", "alibaba.cached_per_device", "huawei.cached_per_device"} {
		turned = c.change(func(d *scenarios.Draft) error { return d.Set("platform.dialects."+limit, "1") }) || turned
	}
	for i := range c.draft.Len("devices") {
		turned = c.change(func(d *scenarios.Draft) error { return d.Set(fmt.Sprintf("devices.%d.receive_maximum", i), "1") }) || turned
	}
	return turned
}

// calls leaves as few calls as it takes. It first tries those that the failure names, or that ended without success,
// and those of their devices.
func (c *cutter) calls(calls []Call) []Call {
	try := func(part []Call) bool {
		return len(part) > 0 && c.change(func(d *scenarios.Draft) error { return withCalls(d, calls, part) })
	}
	for _, part := range c.guesses(calls) {
		if len(part) < len(calls) && try(part) {
			return c.calls(part)
		}
	}
	return minimal(calls, false, c.over, try)
}

// guesses are parts of the calls that are worth an attempt of their own.
func (c *cutter) guesses(calls []Call) (parts [][]Call) {
	suspects := filter(calls, c.named)
	if len(suspects) == 0 {
		suspects = filter(calls, func(x Call) bool { return x.Bad })
	}
	if len(suspects) == 0 {
		return nil
	}
	devices := devicesOf(suspects)
	of := func(x Call) bool { return devices[x.Device] }
	first := filter(calls, func(x Call) bool { return x.Device == suspects[0].Device })
	before := filter(first, func(x Call) bool { return x.Load != suspects[0].Load || x.N <= suspects[0].N })
	return [][]Call{suspects[:1], suspects, before, first, filter(calls, of)}
}

func devicesOf(calls []Call) map[string]bool {
	set := map[string]bool{}
	for _, x := range calls {
		set[x.Device] = true
	}
	return set
}

// named tells whether the failure's example is about a call.
func (c *cutter) named(x Call) bool {
	return strings.HasPrefix(c.failure.Example, fmt.Sprintf("%s %d:", x.Load, x.N))
}

func filter[T any](items []T, want func(T) bool) []T {
	var part []T
	for _, item := range items {
		if want(item) {
			part = append(part, item)
		}
	}
	return part
}

// withCalls leaves a part of the calls that there are. A load without any goes.
func withCalls(d *scenarios.Draft, all, part []Call) error {
	for i := d.Len("load") - 1; i >= 0; i-- {
		name, _ := d.Value(fmt.Sprintf("load.%d.name", i))
		of := func(x Call) bool { return x.Load == name }
		left := filter(part, of)
		switch {
		case len(left) == 0:
			d.Drop(fmt.Sprintf("load.%d", i))
		case len(left) < len(filter(all, of)):
			slices.SortFunc(left, func(a, b Call) int { return cmp.Compare(a.N, b.N) })
			only := list(left, func(x Call) string { return strconv.Itoa(x.N) })
			if err := d.Set(fmt.Sprintf("load.%d.only", i), only); err != nil {
				return err
			}
		}
	}
	return nil
}

// member is a device.
type member struct {
	group string
	n     int // from 1
}

// devices leaves those that are called, or as few as it takes. Groups without any go.
func (c *cutter) devices(calls []Call) {
	all := c.members()
	devices := devicesOf(calls)
	called := filter(all, func(m member) bool { return devices[fmt.Sprintf("%s-%d", m.group, m.n)] })
	try := func(part []member) bool {
		return c.change(func(d *scenarios.Draft) error { return withDevices(d, part) })
	}
	if len(called) < len(all) && try(called) {
		all = called
	}
	left := minimal(all, false, c.over, try)
	c.Tell("devices: %d", len(left))
}

// members are the devices that run.
func (c *cutter) members() (all []member) {
	s, err := scenarios.Parse("draft", c.draft.Text(), nil)
	if err != nil {
		return nil
	}
	for _, g := range s.Devices {
		for i := range g.Count {
			if n := i + 1; len(g.Only) == 0 || slices.Contains(g.Only, n) {
				all = append(all, member{g.Name, n})
			}
		}
	}
	return all
}

func withDevices(d *scenarios.Draft, part []member) error {
	for i := d.Len("devices") - 1; i >= 0; i-- {
		at := fmt.Sprintf("devices.%d", i)
		name, _ := d.Value(at + ".group")
		left := filter(part, func(m member) bool { return m.group == name })
		if len(left) == 0 {
			d.Drop(at)
			continue
		}
		if count, _ := d.Value(at + ".count"); count == strconv.Itoa(len(left)) {
			continue
		}
		if err := d.Set(at+".only", list(left, func(m member) string { return strconv.Itoa(m.n) })); err != nil {
			return err
		}
	}
	return nil
}

// elements leaves as few elements of a list as it takes, none if it can.
func (c *cutter) elements(path string) {
	n := c.draft.Len(path)
	if n == 0 {
		return
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	whole := c.draft
	left := minimal(all, true, c.over, func(part []int) bool {
		d := whole.Copy()
		for i := n - 1; i >= 0; i-- {
			if !slices.Contains(part, i) {
				d.Drop(fmt.Sprintf("%s.%d", path, i))
			}
		}
		if len(part) == 0 {
			d.Drop(path)
		}
		return c.try(d)
	})
	c.Tell("%s: %d of %d", path, len(left), n)
}
