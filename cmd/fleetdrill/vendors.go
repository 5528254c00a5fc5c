package main

import (
	"fmt"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/enos"
	"fleetdrill/scenarios"
)

// vendor is one dialect of `fleetdrill serve`.
type vendor struct {
	name string
	// build makes the dialect as the file configures it.
	build func(scenarios.Platform) platform.Dialect
	demo  demo
}

// vendors are all of them, in the order in which they are asked and printed.
var vendors = []vendor{{
	name:  enos.Name,
	build: func(p scenarios.Platform) platform.Dialect { return enos.New(enosConfig(p.EnOS)) },
	demo: demo{
		open:     func(p *scenarios.Platform) { p.EnOS.Auth = enos.AuthOff },
		login:    enos.Codec{}.Login,
		commands: func(a platform.Address) string { return "/sys/" + a.Product + "/" + a.Device + "/thing/service/+" },
		topic:    `"${t}_reply"`,
		answer:   `'{"id":"'"$id"'","code":200,"data":{"device":"answered"}}'`,
		call: func(a platform.Address) (path, body string) {
			return fmt.Sprintf("/connect-service/v2.1/commands?action=invokeService&orgId=%s&productKey=%s&deviceKey=%s&serviceId=ping",
				demoOrg, a.Product, a.Device), `{"inputData":{}}`
		},
	},
}}

// demo is what `serve --demo` prints of a dialect.
type demo struct {
	// open lets everybody call.
	open func(*scenarios.Platform)
	// login is what a device shows when it connects.
	login func(a platform.Address, secret string, now time.Time) (clientID, username, password string)
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
		m := platform.Model{Input: map[string]string{}}
		for _, p := range s.Input {
			m.Input[p.Name] = jsonKinds[p.Type]
		}
		all[s.Name] = m
	}
	return all
}

// jsonKinds are the types as JSON has them.
var jsonKinds = map[string]string{
	"string": "string", "number": "number", "bool": "bool", "array": "array", "object": "object",
	"int32": "number", "float": "number", "double": "number", "flag": "number", "enum": "number",
	"text": "string", "date": "string", "struct": "object",
}
