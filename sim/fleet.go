package sim

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
	"fleetdrill/sim/device"
	"fleetdrill/sim/link"
)

// patience is how long the fleet waits without a single new device connected before it gives up: two rounds of a
// connect timeout and its backoff.
const patience = 30 * time.Second

// grace is how long the fleet goes on after a refusal, to be able to say how many are refused.
const grace = time.Second

// fleet is all devices of a run.
type fleet struct {
	groups   map[string]*members
	order    []*members // as in the scenario
	expected int
	rec      *recorder
	script   *Script
	progress *Progress
	running  sync.WaitGroup
	end      context.CancelFunc

	changed chan struct{} // 1 deep: a device connected, or was refused
	first   atomic.Int64  // devices that have been connected at least once
	trouble trouble
}

type members struct {
	scenarios.Group
	devices []*device.Device
	links   []*link.Link // of each device; none where no fault of the scenario acts on them
	started int
	awaited bool // the load begins once they are connected
}

// trouble is why devices do not connect.
type trouble struct {
	mu      sync.Mutex
	refused map[int]error // by device number
	device  int           // the first that was refused, or else the last that failed
	err     error
}

func newFleet(cfg Config, rec *recorder) (*fleet, error) {
	f := &fleet{groups: map[string]*members{}, rec: rec, script: cfg.Script, progress: cfg.Progress, changed: make(chan struct{}, 1)}
	f.trouble.refused = map[int]error{}
	for _, g := range cfg.Scenario.Devices {
		mix, err := device.NewMix(g.Behaviours)
		if err != nil {
			return nil, fmt.Errorf("group %s: %w", g.Name, err)
		}
		does, err := told(cfg, g, mix)
		if err != nil {
			return nil, err
		}
		f.add(cfg, g, mix, does)
	}
	f.progress.Expected.Store(int64(f.expected))
	return f, nil
}

func (f *fleet) add(cfg Config, g scenarios.Group, mix *device.Mix, does func(platform.Wire, platform.ID) device.Behaviour) {
	m := &members{Group: g, awaited: g.Presence.Start != "offline" && g.Presence.Start != "never"}
	shared := &device.Group{Dial: cfg.Target.Dial, Codec: cfg.Target.Codecs[g.Dialect], Mix: mix, Told: does,
		Presence: g.Presence, Reconnect: g.Reconnect, KeepAlive: g.KeepAlive, ReceiveMaximum: g.ReceiveMaximum, Clean: g.Clean, Tally: &f.progress.Tally,
		Key:     chance.Seed(cfg.Scenario.Seed).Text("device").Text(g.Name),
		Observe: func(d device.Fact) { f.observe(m, d) }}
	if cfg.Settle != nil {
		shared.Apart = true
	}
	shared.Deadline, shared.Whose = cfg.Target.Deadline, cfg.Target.Whose
	if cfg.Target.Tag != nil {
		shared.Origin = origin(cfg)
	}
	if cfg.Script != nil {
		shared.Script = cfg.Script.devices(cfg, f.rec.zero)
		m.Connect, m.awaited = 0, false // they come as they came
	}
	for i, id := range cfg.Identities[g.Name] {
		id.Nth = i
		m.devices = append(m.devices, device.New(shared, id))
	}
	if cfg.Script == nil && cfg.Scenario.Links(g.Name) {
		m.connect(cfg.Settle != nil)
	}
	if m.awaited {
		f.expected += g.Running()
	}
	m.skip()
	f.groups[g.Name], f.order = m, append(f.order, m)
}

// origin names the calls that commands come from, by load and number.
func origin(cfg Config) func(platform.Wire, platform.ID) (chance.Key, bool) {
	loads := make([]chance.Key, len(cfg.Scenario.Load))
	for i, l := range cfg.Scenario.Load {
		loads[i] = chance.Seed(0).Text(l.Name)
	}
	return func(w platform.Wire, id platform.ID) (chance.Key, bool) {
		load, seq, ok := cfg.Ledger.Untag(cfg.Target.Tag(w, id))
		if !ok {
			return 0, false
		}
		return loads[load].Number(seq), true
	}
}

// skip goes on to the next device that the scenario wants to run.
func (m *members) skip() {
	for m.started < len(m.devices) && !m.Runs(m.started+1) {
		m.started++
	}
}

// connect gives each device a link of its own.
func (m *members) connect(apart bool) {
	for _, d := range m.devices {
		l := &link.Link{}
		if apart {
			l.Moment = func(t time.Time, w link.Way) time.Time { return device.Passing(t, w == link.Up) }
		}
		d.Over(l)
		m.links = append(m.links, l)
	}
}

// up starts all devices, each group at its own rate, and waits until those that should be are connected.
func (f *fleet) up(ctx context.Context) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	f.end = end
	zero := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		m, at := f.soonest()
		if m == nil {
			break
		}
		if d := time.Until(zero.Add(at)); d > 0 {
			timer.Reset(d)
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-timer.C:
			}
		}
		d := m.devices[m.started]
		m.started++
		m.skip()
		f.running.Go(func() { d.Run(life) })
	}
	return f.await(ctx)
}

// soonest is the group whose turn it is to start a device, and when. A group that never connects has none.
func (f *fleet) soonest() (*members, time.Duration) {
	var best *members
	var when time.Duration
	for _, m := range f.order {
		if m.started == len(m.devices) || m.Presence.Start == "never" {
			continue
		}
		at := time.Duration(0)
		if m.Connect > 0 {
			at = time.Duration(float64(m.started) / m.Connect * float64(time.Second))
		}
		if best == nil || at < when {
			best, when = m, at
		}
	}
	return best, when
}

func (f *fleet) await(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	last, refused := int64(-1), false
	for f.first.Load() < int64(f.expected) {
		switch now := f.first.Load(); {
		case refused: // the timer runs
		case f.refusals() > 0:
			refused = true
			timer.Reset(grace)
		case now != last:
			last = now
			timer.Reset(patience)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
			return f.complaint()
		case <-f.changed:
		}
	}
	return nil
}

func (f *fleet) refusals() int {
	f.trouble.mu.Lock()
	defer f.trouble.mu.Unlock()
	return len(f.trouble.refused)
}

// complaint says in one sentence why the fleet is not up.
func (f *fleet) complaint() error {
	f.trouble.mu.Lock()
	defer f.trouble.mu.Unlock()
	t := &f.trouble
	switch {
	case len(t.refused) > 0:
		return fmt.Errorf("connect: %d of %d devices connected, %d refused, first device %d: %w",
			f.first.Load(), f.expected, len(t.refused), t.device, t.err)
	case t.err != nil:
		return fmt.Errorf("connect: %d of %d devices connected and no more in %v, last failure at device %d: %w",
			f.first.Load(), f.expected, patience, t.device, t.err)
	}
	return fmt.Errorf("connect: %d of %d devices connected and no more in %v", f.first.Load(), f.expected, patience)
}

// observe is told every fact of every device, on the device's goroutine.
func (f *fleet) observe(m *members, d device.Fact) {
	if !f.retold(d) {
		f.rec.device(d)
	}
	switch d.Kind {
	case device.Connected:
		f.progress.Online.Add(1)
		if d.Nth == 1 && m.awaited {
			f.first.Add(1)
			f.progress.Connected.Add(1)
			f.ring()
		}
	case device.Lost, device.Left, device.HungUp:
		f.progress.Online.Add(-1)
	case device.Refused, device.Failed:
		f.trouble.note(d)
		f.ring()
	}
}

// retold tells whether a script has the fact: devices come and go as it says, which is when the platform saw it.
func (f *fleet) retold(d device.Fact) bool {
	switch d.Kind {
	case device.Connected, device.Lost, device.Left, device.HungUp:
		return f.script != nil
	}
	return false
}

func (t *trouble) note(d device.Fact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d.Kind == device.Failed && len(t.refused) > 0 {
		return
	}
	if d.Kind == device.Failed || len(t.refused) == 0 {
		t.device, t.err = d.Device, d.Err
	}
	if d.Kind == device.Refused {
		t.refused[d.Device] = d.Err
	}
}

func (f *fleet) ring() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// down stops all devices and waits for them.
func (f *fleet) down() {
	if f.end != nil {
		f.end()
	}
	f.running.Wait()
	for _, m := range f.order {
		for _, l := range m.links {
			l.End()
		}
	}
}
