package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// town is the smallest platform that a run can be made against: a real broker, one wire format, and a caller that
// publishes a command and waits for its answer.
type town struct {
	broker *broker.Broker
	dial   func(context.Context) (net.Conn, error)
	refuse func(device string) bool
	ids    map[string][]device.Identity

	mu       sync.Mutex
	sessions map[string]*broker.Session
	counts   map[string]platform.Wire
	open     map[platform.Wire]chan platform.Reply
}

// newTown has the devices of all groups of s.
func newTown(s *scenarios.Scenario) *town {
	l := pipe.Listen("mqtt")
	w := &town{dial: l.Dial, ids: map[string][]device.Identity{}, sessions: map[string]*broker.Session{},
		counts: map[string]platform.Wire{}, open: map[platform.Wire]chan platform.Reply{}}
	number := 0
	for _, g := range s.Devices {
		for i := range g.Count {
			number++
			w.ids[g.Name] = append(w.ids[g.Name], device.Identity{Number: number,
				Address: platform.Address{Product: g.Name, Device: fmt.Sprintf("%s-%d", g.Name, i+1)}})
		}
	}
	w.broker = broker.New(broker.DefaultConfig, w)
	go w.broker.Serve(l)
	return w
}

func (w *town) close() { w.broker.Close(context.Background()) }

func (w *town) Admit(l broker.Login) (broker.Grant, error) {
	if w.refuse != nil && w.refuse(l.Username) {
		return broker.Grant{}, &broker.Refusal{BadCredentials: true, Reason: "wrong"}
	}
	return broker.Grant{Owner: l.Username, Down: []string{"down/" + l.Username + "/+"},
		May: func(string, bool) bool { return true }}, nil
}

func (w *town) Online(s *broker.Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[s.Owner.(string)] = s
}

func (w *town) Offline(s *broker.Session, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, s.Owner.(string))
}

func (w *town) Left(*broker.Session, uint64) {}

func (w *town) Message(_ *broker.Session, _ string, payload []byte) {
	var r platform.Reply
	if json.Unmarshal(payload, &r) != nil {
		return
	}
	w.mu.Lock()
	answer := w.open[r.Wire]
	delete(w.open, r.Wire)
	w.mu.Unlock()
	if answer != nil {
		answer <- r
	}
}

// Call is the direct way to a device.
func (w *town) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	w.mu.Lock()
	s := w.sessions[c.Device.Device]
	if s == nil {
		w.mu.Unlock()
		return platform.Outcome{Kind: platform.Offline, Code: "away"}, nil
	}
	w.counts[c.Device.Device]++
	wire := platform.Wire(w.number(c.Device))*platform.WireStride + w.counts[c.Device.Device]
	answer := make(chan platform.Reply, 1)
	w.open[wire] = answer
	w.mu.Unlock()
	s.Publish(broker.Message{Topic: "down/" + c.Device.Device + "/" + c.Service, Payload: fmt.Appendf(nil, `{"id":%d}`, wire)})
	late := time.NewTimer(c.Timeout)
	defer late.Stop()
	select {
	case r := <-answer:
		return platform.Outcome{Kind: platform.OK, Code: "0", Data: r.Data}, nil
	case <-late.C:
		return platform.Outcome{Kind: platform.Timeout, Code: "late"}, nil
	case <-ctx.Done():
		return platform.Outcome{}, ctx.Err()
	}
}

func (w *town) number(a platform.Address) int {
	for _, id := range w.ids[a.Product] {
		if id.Device == a.Device {
			return id.Number
		}
	}
	return 0
}

type townCodec struct{}

func (townCodec) Login(id device.Identity, _ time.Time) (clientID, username, password string) {
	return id.Device, id.Device, "s"
}

func (townCodec) Filters(device.Identity) []string { return nil }

func (townCodec) Decode(topic string, payload []byte) (platform.Command, error) {
	var m struct{ ID platform.Wire }
	err := json.Unmarshal(payload, &m)
	return platform.Command{Wire: m.ID, Service: topic[strings.LastIndexByte(topic, '/')+1:]}, err
}

func (townCodec) Encode(id platform.Address, r platform.Reply) (string, []byte, error) {
	payload, err := json.Marshal(r)
	return "up/" + id.Device, payload, err
}

// callFunc makes a Caller of a function.
type callFunc func(context.Context, platform.Command) (platform.Outcome, error)

func (f callFunc) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	return f(ctx, c)
}

// fine answers every call at once.
func fine(context.Context, platform.Command) (platform.Outcome, error) {
	return platform.Outcome{Kind: platform.OK, Code: "0"}, nil
}

// meters is a scenario of n devices that answer after 20 ms, under the given loads.
func meters(n int, loads ...scenarios.Load) *scenarios.Scenario {
	return &scenarios.Scenario{Name: "test", Seed: 1, Clock: "virtual", Drain: time.Minute, Load: loads,
		Devices: []scenarios.Group{{Name: "meters", Dialect: "town", Count: n, Connect: 100,
			Behaviours: []scenarios.Behaviour{{Weight: 100, Kind: "respond", After: constant(20 * time.Millisecond)}}}}}
}

// ping is a load on the meters.
func ping(list ...scenarios.Arrivals) scenarios.Load {
	return scenarios.Load{Name: "ping", To: "meters", Call: "invoke", Service: "ping", Timeout: 5 * time.Second, Via: "direct",
		Pick: "random", MaxOpen: 1000, Arrivals: list}
}

func constant(d time.Duration) scenarios.Delay { return scenarios.Delay{Law: "constant", A: d} }

// config is a run of s in town; a nil caller is the town's own.
func (w *town) config(s *scenarios.Scenario, caller Caller) Config {
	var loads, devices []string
	for _, l := range s.Load {
		loads = append(loads, l.Name)
	}
	for _, g := range s.Devices {
		for _, id := range w.ids[g.Name] {
			devices = append(devices, id.Device)
		}
	}
	if caller == nil {
		caller = w
	}
	return Config{Scenario: s, Identities: w.ids, Ledger: check.NewLedger(loads, devices),
		Recorder: report.NewRecorder(loads), Progress: NewProgress(s), Settle: synctest.Wait,
		Target: Target{Dial: w.dial, Callers: map[string]Caller{"town/invoke/direct": caller, "town/cached/direct": caller},
			Codecs: map[string]device.Codec{"town": townCodec{}}}}
}

// result is what a run gave.
type result struct {
	Measured
	cfg   Config
	loads []report.Load
	err   error
}

// drill runs s in a town of its own. change, if not nil, sees town and config before the run.
func drill(t *testing.T, ctx context.Context, s *scenarios.Scenario, caller Caller, change func(*town, *Config)) result {
	t.Helper()
	w := newTown(s)
	defer w.close()
	cfg := w.config(s, caller)
	if change != nil {
		change(w, &cfg)
	}
	m, err := Run(ctx, cfg)
	cfg.Recorder.Close()
	r := result{Measured: m, cfg: cfg, loads: cfg.Recorder.Loads(), err: err}
	for _, l := range r.loads {
		if l.Arrivals != l.Outcomes.OK+l.Outcomes.DeviceError+l.Outcomes.Timeout+l.Outcomes.Offline+l.Outcomes.Rejected+
			l.Outcomes.Broken+l.Outcomes.Dropped {
			t.Errorf("load %s: %d arrivals are not the sum of %+v", l.Name, l.Arrivals, l.Outcomes)
		}
	}
	return r
}

// gauge counts how many are inside at once.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() {
	for n := g.now.Add(1); ; {
		if m := g.most.Load(); n <= m || g.most.CompareAndSwap(m, n) {
			return
		}
	}
}
