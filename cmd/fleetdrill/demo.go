package main

import (
	"fmt"
	"net"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// The demo: everything in it is the same each time, so that lines that were pasted once work again. It has no secrets,
// and is for loopback addresses alone.
const (
	demoOrg     = "demo"
	demoDevices = 10
)

// demoTime stands in logins. No dialect compares it with the clock unless it is asked to.
var demoTime = time.UnixMilli(1_700_000_000_000)

func demoProduct(dialect string) string { return "demo-" + dialect }

func demoSecret(device string) string { return device + "-secret" }

// addDemo makes a product and its devices for each dialect, and lets everybody call.
func addDemo(cfg *scenarios.Service) error {
	l := cfg.Listen
	for _, a := range []string{l.HTTP, l.HTTPS, l.MQTT, l.TLS, l.WS, l.WSS} {
		if a != "" && !isLoopback(a) {
			return fmt.Errorf("--demo lets everybody call, so it serves loopback addresses alone, not %s: use --config there", a)
		}
	}
	if l.HTTP == "" || l.MQTT == "" {
		return fmt.Errorf("--demo needs --http and --mqtt")
	}
	cfg.File = "demo"
	cfg.Accounts = []scenarios.Account{{Key: "demo-app", Secret: "demo-app-secret", Orgs: []string{demoOrg}}}
	for _, v := range vendors {
		v.demo.open(&cfg.Platform)
		p := scenarios.Product{Key: demoProduct(v.name), Dialect: v.name, Org: demoOrg, Secret: "demo-product-secret"}
		for i := range demoDevices {
			name := fmt.Sprintf("device-%d", i+1)
			p.Devices = append(p.Devices, scenarios.Device{Name: name, Secret: demoSecret(name)})
		}
		cfg.Products = append(cfg.Products, p)
	}
	return nil
}

// demoLines are for a second terminal: for each dialect a device that answers, in the background, and a call of it.
//
// The device is one connection after another: mosquitto_sub waits for one command and leaves, mosquitto_pub answers. Both
// at once would be the same device twice, and the second connection ends the first.
func demoLines(api, mqtt string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Demo: nobody has to prove who they are to call. Each dialect has a product demo-DIALECT with device-1 to device-%d,\n", demoDevices)
	b.WriteString("# whose secrets are device-1-secret and so on. These lines are for a second terminal with curl and mosquitto-clients.\n")
	for _, v := range vendors {
		a := platform.Address{Product: demoProduct(v.name), Device: "device-1"}
		id, user, password := v.wire.Login(a, demoSecret(a.Device), demoTime)
		host, port, _ := net.SplitHostPort(mqtt)
		path, body := v.demo.call(a)
		fmt.Fprintf(&b, "\n# %s: a device that answers in the background, then a call\n", v.name)
		fmt.Fprintf(&b, "(set -- -h %s -p %s -i '%s' -u '%s' -P '%s'\n", host, port, id, user, password)
		fmt.Fprintf(&b, "while m=$(mosquitto_sub \"$@\" -t '%s' -C 1 -v); do t=${m%%%% *}; id=${m#*'\"id\":\"'}; id=${id%%%%'\"'*}\n", v.demo.commands(a))
		fmt.Fprintf(&b, "mosquitto_pub \"$@\" -t %s -m %s; done) &\n", v.demo.topic, v.demo.answer)
		fmt.Fprintf(&b, "sleep 1; curl -sS 'http://%s%s'", api, path)
		if body != "" {
			fmt.Fprintf(&b, " -H 'Content-Type: application/json' -d '%s'", body)
		}
		b.WriteString("; echo\n")
	}
	b.WriteString("\n# jobs shows the devices, kill %1 ends the first\n")
	fmt.Fprintf(&b, "curl -sS http://%s/admin/status\n\n", api)
	return b.String()
}
