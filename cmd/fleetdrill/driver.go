package main

import (
	"context"
	"slices"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// driver is what a drill needs of a vendor beside its wire.
type driver struct {
	// callers makes an application that calls by HTTP, and one that calls the platform's Go API.
	callers func(h *house, p scenarios.Platform, d platform.Dialect) (http, direct sim.Caller)
	// calls are the kinds of call that the vendor has; a func shapes what it is about, nil leaves it as it is.
	calls map[string]func(*platform.Command)
	// modelled: the thing model says whether the calls of a service wait for the device.
	modelled bool
}

var enosDriver = driver{
	callers: func(h *house, p scenarios.Platform, d platform.Dialect) (http, direct sim.Caller) {
		return enos.NewHTTPCaller(base, h.client, org, account, p.EnOS.Auth),
			enos.DirectCaller{Service: h.platform.Service, Config: enosConfig(p.EnOS)}
	},
	calls: map[string]func(*platform.Command){"invoke": nil, "cached": nil},
}

var alibabaDriver = driver{
	callers: func(h *house, p scenarios.Platform, d platform.Dialect) (http, direct sim.Caller) {
		return alibaba.NewHTTPCaller(base, h.client, "", account, p.Alibaba.Auth), alibaba.DirectCaller{Dialect: d.(*alibaba.Dialect)}
	},
	calls:    map[string]func(*platform.Command){"invoke": nil, "async": nil, "cached": nil},
	modelled: true,
}

var huaweiDriver = driver{
	callers: func(h *house, p scenarios.Platform, d platform.Dialect) (http, direct sim.Caller) {
		return huawei.NewHTTPCaller(base, h.client, org, account, p.Huawei.Auth),
			huawei.DirectCaller{Service: h.platform.Service, Config: huaweiConfig(p.Huawei)}
	},
	calls: map[string]func(*platform.Command){"invoke": nil, "cached": nil,
		"async":   func(c *platform.Command) { c.Lane = huawei.LaneImmediate },
		"message": func(c *platform.Command) { c.OneWay = true }},
}

// ways are a vendor's callers as sim.Target has them.
func (d vendor) ways(caller sim.Caller, via string) map[string]sim.Caller {
	all := map[string]sim.Caller{}
	for call, shape := range d.calls {
		if all[d.name+"/"+call+"/"+via] = caller; shape != nil {
			all[d.name+"/"+call+"/"+via] = shaped{caller, shape}
		}
	}
	return all
}

// shaped makes another kind of call of each.
type shaped struct {
	sim.Caller
	shape func(*platform.Command)
}

func (s shaped) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	s.shape(&c)
	return s.Caller.Call(ctx, c)
}

// thing is the thing model of a group that its loads make necessary; nil takes any service.
func (d vendor) thing(s *scenarios.Scenario, group string) map[string]platform.Model {
	if !d.modelled {
		return nil
	}
	services := map[string]platform.Model{}
	for _, l := range s.Load {
		if l.To == group {
			services[l.Service] = platform.Model{Async: l.Call != "invoke"}
		}
	}
	return services
}

func vendorOf(dialect string) vendor {
	return vendors[slices.IndexFunc(vendors, func(v vendor) bool { return v.name == dialect })]
}
