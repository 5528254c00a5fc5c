package dialecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/pipe"
)

// Who is in a World.
const (
	Org      = "o1"
	Product  = "pk1"
	Odd      = "pk-odd" // a product with a data format of its own; its device is DeviceOdd
	Base     = "http://platform"
	Devices  = 4 // 0 to 2 have been online before; 3 has not: Fresh
	Fresh    = 3
	Disabled = "dk-disabled" // of Product
)

// World is a platform with a few devices and an application, inside one bubble.
type World struct {
	T        *testing.T
	Harness  Harness
	Platform *platform.Platform
	Account  platform.Account
	Client   *http.Client
	Caller   Caller
	Version  byte   // of MQTT that devices speak from now on: 4, or 5
	Hold     bool   // devices that connect from now on acknowledge nothing by themselves, as after Device.Hold
	Receive  uint16 // Receive Maximum of devices that connect from now on and speak MQTT 5; 0: none
	Persist  bool   // whether devices want to be remembered from now on: clean session 0

	mqtt, api *pipe.Listener

	mu    sync.Mutex
	facts []platform.Fact
}

// NewWorld starts a platform. It is closed, and seen to hold nothing any more, when the test ends.
func NewWorld(t *testing.T, h Harness) *World {
	t.Helper()
	w := &World{T: t, Harness: h, Account: platform.Account{Key: "ak-test", Secret: "as-test", Orgs: []string{Org}}, Version: 4, mqtt: pipe.Listen("mqtt")}
	d := h.Dialect()
	cfg := platform.Config{Dialects: []platform.Dialect{d}, Observe: w.observe, Logger: h.Logger}
	p, err := platform.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.Platform = p
	w.populate(d.Name())
	w.api = pipe.Listen("http")
	p.Start(w.mqtt, w.api)
	transport := &http.Transport{MaxIdleConnsPerHost: 100,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return w.api.Dial(ctx) }}
	w.Client = &http.Client{Transport: transport}
	w.Caller = h.Caller(w)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("platform closes with %v", err)
		}
		if n := p.Pending(); n != 0 {
			t.Errorf("%d commands have no ending after the platform is closed", n)
		}
	})
	return w
}

func (w *World) populate(dialect string) {
	w.T.Helper()
	w.Platform.AddAccount(w.Account)
	for _, p := range []platform.Product{
		{Key: Product, Secret: "ps-test", Org: Org, Dialect: dialect},
		{Key: Odd, Org: Org, Dialect: dialect, Custom: true},
	} {
		if w.Harness.Product != nil {
			w.Harness.Product(&p)
		}
		if err := w.Platform.AddProduct(p); err != nil {
			w.T.Fatal(err)
		}
	}
	regs := []platform.Registration{{Address: platform.Address{Product: Product, Device: Disabled}, Secret: "ds-test", Disabled: true, Activated: true},
		{Address: OddDevice, Secret: "ds-test", Activated: true}}
	for i := range Devices {
		regs = append(regs, platform.Registration{Address: Address(i), Alias: fmt.Sprint("asset-", i), Secret: "ds-test", Activated: i != Fresh})
	}
	for _, r := range regs {
		if w.Harness.Device != nil {
			w.Harness.Device(&r)
		}
		if _, err := w.Platform.AddDevice(r); err != nil {
			w.T.Fatal(err)
		}
	}
}

// OddDevice is the device of the product Odd.
var OddDevice = platform.Address{Product: Odd, Device: "dk-odd"}

// Address is that of device i, 0 to Devices-1.
func Address(i int) platform.Address {
	return platform.Address{Product: Product, Device: fmt.Sprint("dk", i)}
}

func (w *World) observe(f *platform.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts = append(w.facts, *f)
}

// Count is how many facts of a kind there have been, once everything that can happen now has happened.
func (w *World) Count(kind platform.FactKind) int {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, f := range w.facts {
		if f.Kind == kind || kind == platform.Matched && f.Answered {
			n++
		}
	}
	return n
}

// Facts are all facts so far, in the order in which they were told.
func (w *World) Facts() []platform.Fact {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.facts)
}

// Tags are the different tags of all facts about commands, in the order in which they appeared.
func (w *World) Tags() []platform.Tag {
	w.mu.Lock()
	defer w.mu.Unlock()
	var tags []platform.Tag
	for _, f := range w.facts {
		if f.ID != 0 && !slices.Contains(tags, f.Tag) {
			tags = append(tags, f.Tag)
		}
	}
	return tags
}

// Expect fails the test unless there have been n facts of a kind.
func (w *World) Expect(n int, kind platform.FactKind) {
	w.T.Helper()
	if got := w.Count(kind); got != n {
		w.T.Errorf("%v: seen %d times, want %d", kind, got, n)
	}
}

// Timeout is that of plain calls.
func (w *World) Timeout() time.Duration {
	if w.Harness.Timeout > 0 {
		return w.Harness.Timeout
	}
	return 5 * time.Second
}

func (w *World) command(i int) platform.Command {
	return platform.Command{Device: Address(i), Service: "reboot", Input: json.RawMessage(`{"delay":5}`), Timeout: w.Timeout()}
}

// Command is a plain, instant command for device i with World.Timeout.
func (w *World) Command(i int) platform.Command {
	c := w.command(i)
	if w.Harness.Plain != nil {
		w.Harness.Plain(&c)
	}
	return c
}

// Cached is a cached command for device i with a lifetime.
func (w *World) Cached(i int, ttl time.Duration) platform.Command {
	c := w.command(i)
	c.Mode, c.TTL = platform.Cached, ttl
	if k := w.Harness.Cache; k != nil && k.Keep != nil {
		k.Keep(&c)
	}
	return c
}

// Ended is how a call ended, and how long it took.
type Ended struct {
	platform.Outcome
	Err  error
	Took time.Duration
}

// Call calls and waits.
func (w *World) Call(c platform.Command) Ended {
	start := time.Now()
	out, err := w.Caller.Call(context.Background(), c)
	return Ended{out, err, time.Since(start)}
}

// Go calls, and returns when the command is where it can get without time passing.
func (w *World) Go(c platform.Command) <-chan Ended {
	done := make(chan Ended, 1)
	go func() { done <- w.Call(c) }()
	synctest.Wait()
	return done
}

// Want fails the test unless a call ended with the vendor's code for an error.
func (w *World) Want(got Ended, want error) {
	w.T.Helper()
	code, ok := w.Harness.Codes[want]
	if !ok {
		w.T.Fatalf("the harness has no code for %v", want)
	}
	if got.Err != nil || got.Code != code {
		w.T.Errorf("call ended with code %q (%s, error %v), want %s for %v", got.Code, got.Message, got.Err, code, want)
	}
}

// WantTook fails the test unless a call took exactly that long.
func (w *World) WantTook(got Ended, want time.Duration) {
	w.T.Helper()
	if got.Took != want {
		w.T.Errorf("call took %v, want %v", got.Took, want)
	}
}

// Kept is by how much more memory is in use after run than before.
func Kept(run func()) int {
	used := func() int {
		runtime.GC()
		runtime.GC() // what is in a sync.Pool goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := used()
	run()
	return used() - before
}
