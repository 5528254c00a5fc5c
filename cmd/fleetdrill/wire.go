package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/device"
)

// house is a platform with all that a scenario needs of it, ready to be driven.
type house struct {
	platform   *platform.Platform
	target     sim.Target
	identities map[string][]device.Identity
	client     *http.Client
	mqtt, api  *entrance
	pushed     *pushed // nil: nothing is pushed
}

// One organisation and one application own everything in a drill.
const org = "drill"

var account = platform.Account{Key: "drill-app", Secret: "drill-app-secret", Orgs: []string{org}}

// newHouse starts a platform that devices reach at mqtt and applications at api. It has the dialects of the scenario's
// groups and no others, whatever cfg says.
func newHouse(s *scenarios.Scenario, cfg platform.Config, mqtt, api listener) (*house, error) {
	h := &house{identities: map[string][]device.Identity{}, mqtt: newEntrance(mqtt), api: newEntrance(api)}
	h.target = sim.Target{Dial: h.mqtt.dial, Restarts: &outages{house: h},
		Callers: map[string]sim.Caller{}, Codecs: map[string]device.Codec{}, Lanes: map[string][]platform.Lane{}}
	if err := h.receive(s); err != nil {
		return nil, err
	}
	dialects := map[string]platform.Dialect{}
	cfg.Dialects = nil
	for _, v := range vendors {
		if drills(s, v.name) {
			d := v.build(s.Platform, h.pushDial)
			dialects[v.name], h.target.Lanes[v.name] = d, d.Lanes()
			cfg.Dialects = append(cfg.Dialects, d)
		}
	}
	var err error
	if h.platform, err = platform.New(cfg); err != nil {
		return nil, err
	}
	h.target.Deadline = h.platform.Deadline
	h.platform.AddAccount(account)
	for _, g := range s.Devices {
		if err := h.addGroup(s, g); err != nil {
			return nil, err
		}
	}
	h.client = &http.Client{Transport: &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return h.api.dial(ctx) },
		MaxIdleConnsPerHost: 1 << 16, // a call that finds no idle connection opens one and leaves it for the next
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}}
	for _, v := range vendors {
		if d := dialects[v.name]; d != nil {
			h.target.Codecs[v.name] = codec{v.wire}
			http, direct := v.callers(h, s.Platform, d)
			maps.Copy(h.target.Callers, v.ways(http, "http"))
			maps.Copy(h.target.Callers, v.ways(mortal{direct, h.platform}, "direct"))
		}
	}
	if err := h.subscribe(dialects[huawei.Name]); err != nil {
		return nil, err
	}
	h.platform.Start(mqtt.Listener, api.Listener)
	return h, nil
}

func drills(s *scenarios.Scenario, dialect string) bool {
	return slices.ContainsFunc(s.Devices, func(g scenarios.Group) bool { return g.Dialect == dialect })
}

// base is where callers find the platform, whatever its transport: the client's dial knows the way.
const base = "http://platform"

// codec is a vendor's wire as the simulator wants it.
type codec struct{ wire }

func (c codec) Login(id device.Identity, now time.Time) (clientID, username, password string) {
	return c.wire.Login(id.Address, id.Secret, now)
}

func (c codec) Filters(id device.Identity) []string { return c.wire.Filters(id.Address) }

// addGroup registers a group: a product of its own, and its devices in order.
func (h *house) addGroup(s *scenarios.Scenario, g scenarios.Group) error {
	err := h.platform.AddProduct(platform.Product{Key: g.Name, Org: org, Dialect: g.Dialect, Custom: g.Format == "custom",
		Services: vendorOf(g.Dialect).thing(s, g.Name)})
	if err != nil {
		return err
	}
	for i := range g.Count {
		r := platform.Registration{Address: platform.Address{Product: g.Name, Device: deviceName(g, i)}, Activated: g.Activated}
		r.Alias, r.Secret = "asset-"+r.Device, secret(s.Seed, r.Device)
		d, err := h.platform.AddDevice(r)
		if err != nil {
			return err
		}
		h.identities[g.Name] = append(h.identities[g.Name], device.Identity{Address: r.Address, Secret: r.Secret, Number: d.Number})
	}
	return nil
}

func secret(seed uint64, device string) string {
	sum := sha256.Sum256([]byte(strconv.FormatUint(seed, 10) + device))
	return hex.EncodeToString(sum[:8])
}

func (h *house) close(ctx context.Context) error {
	h.client.CloseIdleConnections()
	err := h.platform.Close(ctx)
	if h.pushed != nil {
		h.pushed.close()
	}
	return err
}

// listener is where the platform can be reached, and the way there.
type listener struct {
	net.Listener
	dial  func(context.Context) (net.Conn, error)
	again func() (listener, error) // listens anew, for a platform that comes up again; nil: it cannot
}

func listen(s *scenarios.Scenario) (mqtt, api listener, err error) {
	if s.Platform.Transport == "tcp" {
		if err := fitOpenFiles(s); err != nil {
			return mqtt, api, err
		}
	}
	mqtt, err = listenAs("mqtt", s)
	if err == nil {
		api, err = listenAs("http", s)
	}
	return mqtt, api, err
}

func listenAs(name string, s *scenarios.Scenario) (listener, error) {
	if s.Platform.Transport == "memory" {
		return inMemory(name), nil
	}
	return overTCP()
}

func inMemory(name string) listener {
	l := pipe.Listen(name)
	return listener{l, l.Dial, func() (listener, error) { return inMemory(name), nil }}
}

func overTCP() (listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return listener{}, err
	}
	var d net.Dialer
	return listener{l, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", l.Addr().String()) }, overTCP}, nil
}

// spareFiles are the open files that a run needs beside its connections: results, the standard streams, the poller.
const spareFiles = 100

// fitOpenFiles says in one sentence when the limit on open files stands in the way: a device over TCP in one process
// takes two, one for each end, and so does an open call.
func fitOpenFiles(s *scenarios.Scenario) error {
	devices, calls := 0, 0
	for _, g := range s.Devices {
		devices += g.Count
	}
	for _, l := range s.Load {
		if l.Via == "http" {
			calls++
		}
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return errors.New("cannot read the limit on open files: " + err.Error())
	}
	left := (int(limit.Cur)-spareFiles)/2 - devices
	if left < calls*minOpenCalls {
		fit := "platform.transport: memory, or a higher limit (ulimit -n)"
		if most := left + devices - calls*minOpenCalls; most > 0 {
			fit = fmt.Sprintf("at most %d devices, %s", most, fit)
		}
		return fmt.Errorf("%d devices over TCP need %d open files and this process may have %d: use %s",
			devices, 2*(devices+calls*minOpenCalls)+spareFiles, limit.Cur, fit)
	}
	for i := range s.Load {
		if l := &s.Load[i]; l.Via == "http" && l.MaxOpen > left/calls {
			fmt.Fprintf(os.Stderr, "fleetdrill: note: load %s can have %d calls open, not %d: the limit on open files (ulimit -n) is %d\n",
				l.Name, left/calls, l.MaxOpen, limit.Cur)
			l.MaxOpen = left / calls
		}
	}
	return nil
}

// minOpenCalls is what a load over HTTP must be able to have open at once to be worth a run.
const minOpenCalls = 64
