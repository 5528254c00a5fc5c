package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/scenarios"
)

// vendor is one dialect, for `fleetdrill serve` and for drills.
type vendor struct {
	name string
	// build makes the dialect as the file configures it. push is the way to receivers of pushes; nil: TCP.
	build func(p scenarios.Platform, push dial) platform.Dialect
	wire  wire
	demo  demo
	driver
}

// wire is a vendor's messages as devices see them.
type wire interface {
	Login(a platform.Address, secret string, now time.Time) (clientID, username, password string)
	Filters(platform.Address) []string
	Decode(topic string, payload []byte) (platform.Command, error)
	Encode(a platform.Address, r platform.Reply) (topic string, payload []byte, err error)
}

// dial is as net.Dialer has it.
type dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// vendors are all of them, in the order in which they are asked and printed.
var vendors = []vendor{{
	name:   enos.Name,
	wire:   enos.Codec{},
	driver: enosDriver,
	build:  func(p scenarios.Platform, _ dial) platform.Dialect { return enos.New(enosConfig(p.EnOS)) },
	demo: demo{
		open:     func(p *scenarios.Platform) { p.EnOS.Auth = enos.AuthOff },
		commands: func(a platform.Address) string { return "/sys/" + a.Product + "/" + a.Device + "/thing/service/+" },
		topic:    `"${t}_reply"`,
		answer:   `'{"id":"'"$id"'","code":200,"data":{"device":"answered"}}'`,
		call: func(a platform.Address) (path, body string) {
			return fmt.Sprintf("/connect-service/v2.1/commands?action=invokeService&orgId=%s&productKey=%s&deviceKey=%s&serviceId=ping",
				demoOrg, a.Product, a.Device), `{"inputData":{}}`
		},
	},
}, {
	name:   alibaba.Name,
	wire:   alibaba.Codec{},
	driver: alibabaDriver,
	build:  func(p scenarios.Platform, _ dial) platform.Dialect { return alibaba.New(alibabaConfig(p.Alibaba)) },
	demo: demo{
		open:     func(p *scenarios.Platform) { p.Alibaba.Auth, p.Alibaba.Unmodelled = alibaba.AuthOff, alibaba.Sync },
		commands: func(a platform.Address) string { return "/sys/" + a.Product + "/" + a.Device + "/rrpc/request/+" },
		topic:    `"${t%/request/*}/response/${t##*/}"`,
		answer:   `'{"id":"'"$id"'","code":200,"data":{"device":"answered"}}'`,
		call: func(a platform.Address) (path, body string) {
			return fmt.Sprintf("/?Action=InvokeThingService&Version=2018-01-20&Format=JSON&ProductKey=%s&DeviceName=%s&Identifier=ping&Args=%%7B%%7D",
				a.Product, a.Device), ""
		},
	},
}, {
	name:   huawei.Name,
	wire:   huawei.Codec{},
	driver: huaweiDriver,
	build: func(p scenarios.Platform, push dial) platform.Dialect {
		c := huaweiConfig(p.Huawei)
		c.PushDial = push
		return huawei.New(c)
	},
	demo: demo{
		open: func(p *scenarios.Platform) { p.Huawei.Auth = huawei.AuthOff },
		commands: func(a platform.Address) string {
			return "$oc/devices/" + a.Product + "_" + a.Device + "/sys/commands/#"
		},
		topic:  `"${t%/*}/response/${t##*/}"`,
		answer: `'{"result_code":0,"paras":{"device":"answered"}}'`,
		call: func(a platform.Address) (path, body string) {
			return fmt.Sprintf("/v5/iot/%s/devices/%s_%s/commands", demoOrg, a.Product, a.Device),
				`{"service_id":"demo","command_name":"ping","paras":{}}`
		},
	},
}}

func enosConfig(e scenarios.EnOS) enos.Config {
	c := enos.DefaultConfig
	c.Auth, c.DeviceError, c.CachedOnline, c.StrictInput, c.MaxTTL = e.Auth, e.DeviceError, e.CachedOnline, e.StrictInput, e.MaxTTL
	c.Cached, c.Serialize, c.QoS, c.RateLimit = e.CachedPerDevice, e.Serialize, byte(e.QoS), e.RateLimit
	return c
}

func alibabaConfig(a scenarios.Alibaba) alibaba.Config {
	c := alibaba.DefaultConfig
	c.Auth, c.CheckTime, c.CheckNonce, c.Instance = a.Auth, a.CheckTime, a.CheckNonce, a.Instance
	c.Unmodelled, c.AsyncOffline, c.SyncTimeout, c.AsyncTimeout = a.Unmodelled, a.AsyncOffline, a.SyncTimeout, a.AsyncTimeout
	c.QPS, c.BatchQPS, c.RRpcQPS = a.QPS, a.BatchQPS, a.RRpcQPS
	c.DisabledKeys = a.DisabledKeys
	c.Kept, c.KeptFor, c.KeepAliveCheck = a.Kept, a.KeptFor, a.KeepAliveCheck
	return c
}

func huaweiConfig(h scenarios.Huawei) huawei.Config {
	c := huawei.DefaultConfig
	c.Auth, c.SignWindow, c.InstanceID, c.RateLimit = h.Auth, h.SignWindow, h.Instance, h.RateLimit
	c.SyncTimeout, c.AckTimeout, c.ResponseTimeout = h.SyncTimeout, h.AckTimeout, h.ResponseTimeout
	c.KeepDelivered, c.RefuseAsync, c.ExpireDefault, c.ExpireMax = h.KeepDelivered, h.RefuseAsync, h.ExpireDefault, h.ExpireMax
	c.PendingLimit, c.MessageLimit, c.StrictModel = h.PendingLimit, h.MessageLimit, h.StrictModel
	c.AnyKeepAlive, c.ImplicitQoS, c.Resend, c.PushSpelling = h.AnyKeepAlive, byte(h.ImplicitQoS), h.Resend, h.PushSpelling
	c.NoImplicit, c.ReturnResend = h.MustSubscribe, h.ReturnResend
	c.PushTimeout, c.PushFails, c.PushProbe = h.PushTimeout, h.PushFails, h.PushProbe
	c.Projects, c.Tokens, c.Topics = map[string]string{}, map[string]string{}, map[string][]string{}
	for _, p := range h.Projects {
		c.Projects[p.ID] = p.Org
	}
	for _, t := range h.Tokens {
		c.Tokens[t.Text] = t.Account
	}
	for _, t := range h.Topics {
		c.Topics[t.Product] = t.Suffixes
	}
	return c
}

// demo is what `serve --demo` prints of a dialect.
type demo struct {
	// open lets everybody call.
	open func(*scenarios.Platform)
	// commands is the topic filter of a device's commands.
	commands func(platform.Address) string
	// topic and answer are words of a shell that make a device's answer: $t is the command's topic, and $id what its
	// payload has as its id.
	topic, answer string
	// call is the call of a service that waits for the device.
	call func(platform.Address) (path, body string)
}

// register makes known who exists.
func register(p *platform.Platform, cfg *scenarios.Service) error {
	for _, a := range cfg.Accounts {
		p.AddAccount(platform.Account{Key: a.Key, Secret: a.Secret, Orgs: a.Orgs})
	}
	for _, kind := range cfg.Products {
		err := p.AddProduct(platform.Product{Key: kind.Key, Secret: kind.Secret, Org: kind.Org, Dialect: kind.Dialect,
			Custom: kind.Format == "custom", Services: models(kind.Services)})
		if err != nil {
			return fmt.Errorf("%s: %w", cfg.File, err)
		}
		for _, several := range kind.Devices {
			for _, d := range several.Each() {
				if _, err := p.AddDevice(registration(kind.Key, d)); err != nil {
					return fmt.Errorf("%s: %w", cfg.File, err)
				}
			}
		}
	}
	return nil
}

func registration(product string, d scenarios.Device) platform.Registration {
	return platform.Registration{Address: platform.Address{Product: product, Device: d.Name}, Alias: d.Alias, Secret: d.Secret,
		Activated: d.Activated, Disabled: d.Disabled}
}

// models is a thing model as the platform checks it.
func models(services []scenarios.ServiceModel) map[string]platform.Model {
	if services == nil {
		return nil
	}
	all := map[string]platform.Model{}
	for _, s := range services {
		all[s.Name] = platform.Model{Name: s.Name, Async: s.Call == "async", Input: params(s.Input)}
	}
	return all
}

func params(list []scenarios.Param) map[string]platform.Param {
	all := map[string]platform.Param{}
	for _, p := range list {
		all[p.Name] = param(p)
	}
	return all
}

// param has the words of the file as they are: scenarios.ParamTypes are the platform's kinds.
func param(p scenarios.Param) platform.Param {
	out := platform.Param{Kind: platform.ParamKind(p.Type), Required: p.Required, Min: p.Min, Max: p.Max, MaxLength: p.Length}
	for _, v := range p.Values {
		out.Values = append(out.Values, int32(v))
	}
	if p.Item != nil {
		item := param(*p.Item)
		out.Item = &item
	}
	if p.Members != nil {
		out.Members = params(p.Members)
	}
	return out
}
