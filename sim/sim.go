// Package sim runs a scenario: it brings a fleet of simulated devices up, sends the load, waits for what is open, and
// takes the fleet down, measuring all the while. It knows the platform by a dial and by callers alone, so the same run
// works against a platform in memory, over TCP or far away.
//
// To use it, say where the platform is and who the devices are, give it something to record with, and judge:
//
//	cfg := sim.Config{Scenario: s, Identities: ids, Target: target, Ledger: ledger, Recorder: rec, Pending: p.Pending}
//	measured, err := sim.Run(ctx, cfg)           // err: the fleet did not come up, or cfg is incomplete
//	rec.Close()
//	summary := sim.Judge(s, measured, rec, results, stats, causes) // of check and trace: a Watch beside the run, or the history after it
//
// While it runs, cfg.Progress may be read from anywhere. The end of ctx stops the run at once and in good order;
// what is measured by then is whole, and Measured.Interrupted names the phase.
//
// On a virtual clock give Settle (synctest.Wait), and a ctx that was made inside the bubble: one from outside would
// hold the clock. Then the same seed gives the same events in the same order.
package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// Caller is an application that uses the platform. It returns the outcome as a caller sees it, or an error when there
// is no well-formed answer. It must return soon after the end of ctx.
type Caller interface {
	Call(ctx context.Context, c platform.Command) (platform.Outcome, error)
}

// Target is the platform as its users see it.
type Target struct {
	Dial    func(context.Context) (net.Conn, error) // for devices
	Callers map[string]Caller                       // by dialect, call and way: "enos/invoke/http"
	Codecs  map[string]device.Codec                 // by dialect
	Lanes   map[string][]platform.Lane              // by dialect: the queues of a device; of one that is not there no limits are checked

	// Tag tells which call a command comes from, of which a device knows the number on the wire, or else the ID; 0 if the
	// platform does not say. With it a device's draws for a command hang on the call alone, without it on the command's
	// place among those of the device. nil: it is a platform that tells nothing.
	Tag func(platform.Wire, platform.ID) platform.Tag

	// Whose is the device that a command is for, for devices that answer with another's ID. nil: the platform does not say, and
	// such a device may name a command of its own that waits.
	Whose func(platform.ID) platform.Address

	// Restarts lets faults take the platform down and bring it up again. nil: a scenario that has them is refused.
	Restarts Restarts

	// Receiver lets faults take down the application that the platform pushes to. nil: there is none, and they are refused.
	Receiver Receiver

	// Deadline is until when the answer to a command is in time, for faults that make devices answer around it. nil: the
	// platform does not say, and such faults are refused.
	Deadline func(platform.Wire, platform.ID) (time.Time, bool)
}

// Receiver is who can take down the application that the platform pushes to. Each Down has its Up, or lasts; they may
// overlap. How is as scenarios.Fault has it.
type Receiver interface {
	Down(how string)
	Up(how string) error
}

// Config is a run. It is dead after the start.
type Config struct {
	Scenario   *scenarios.Scenario
	Identities map[string][]device.Identity // by group, as many as its count
	Target     Target
	Ledger     *check.Ledger
	Recorder   *report.Recorder // the caller closes it
	Progress   *Progress        // nil: nobody watches
	Script     *Script          // an earlier run that is to be made again; nil: there is none
	Pending    func() int       // commands that the platform still holds; nil: not known
	GiveUp     func()           // ends on the platform what waits for its turn, when the run is over before it; nil: it cannot
	Settle     func()           // virtual clock: returns when nothing else can run in this instant; nil: real clock
}

// The causes for which open calls are cancelled.
var (
	errInterrupted = errors.New("run interrupted")
	errCutShort    = errors.New("drain was over before the call")
	errUnanswered  = errors.New("no answer long after the command's timeout")
	errHungUp      = errors.New("a fault made the caller hang up")
	errBroken      = errors.New("the caller's connection broke")
)

// run is a Config at work.
type run struct {
	Config
	rec     *recorder
	fleet   *fleet
	callers *callers
	cancel  context.CancelCauseFunc // of the open calls
	streams []*stream
	events  []event   // faults to come
	began   time.Time // of the load phase
	broken  error     // a fault did not heal
	falling sync.WaitGroup
	m       Measured
}

// Run runs the scenario once. Whatever it returns, all its goroutines are gone and every arrival has its outcome.
func Run(ctx context.Context, cfg Config) (Measured, error) {
	if err := cfg.check(); err != nil {
		return Measured{}, err
	}
	if cfg.Progress == nil {
		cfg.Progress = NewProgress(cfg.Scenario)
	}
	if cfg.Script != nil {
		time.Sleep(cfg.Script.untilPhase(time.Now()))
	}
	start := used()
	r := &run{Config: cfg, rec: &recorder{ledger: cfg.Ledger, samples: cfg.Recorder, zero: time.Now()}}
	cfg.Ledger.Begin(r.rec.zero)
	if cfg.Settle == nil {
		cfg.Ledger.Began(r.rec.zero)
	}
	if cfg.Script != nil {
		cfg.Script.zero = r.rec.zero
		defer r.retell()()
	}
	stop := func() []report.MachineSample { return nil }
	if cfg.Settle == nil {
		stop = watch(r.rec)
	}
	err := r.phases(ctx)
	r.m.Elapsed = r.rec.now()
	r.leave(seconds(r.m.Elapsed))
	r.m.Machine = stop()
	r.m.Harness.Wall = used().since(start).Wall
	cfg.Progress.enter(Over)
	return r.m, err
}

// check finds what is missing before anything runs.
func (c *Config) check() error {
	for _, g := range c.Scenario.Devices {
		if c.Target.Codecs[g.Dialect] == nil {
			return fmt.Errorf("group %s: no codec for dialect %s", g.Name, g.Dialect)
		}
		if n := len(c.Identities[g.Name]); n != g.Count {
			return fmt.Errorf("group %s: %d identities for %d devices", g.Name, n, g.Count)
		}
	}
	for _, l := range c.Scenario.Load {
		if way := wayOf(c.Scenario, l); c.Target.Callers[way] == nil {
			return fmt.Errorf("load %s: no caller for %s", l.Name, way)
		}
		if len(c.Identities[l.To]) == 0 {
			return fmt.Errorf("load %s: no devices in group %s", l.Name, l.To)
		}
	}
	return c.Target.can(c.Scenario.Faults)
}

// can finds the faults that would do nothing to a target: to a platform in another process, which nobody here can take
// down, and which does not say when its commands are over.
func (t *Target) can(faults []scenarios.Fault) error {
	lacks := map[string]string{}
	if t.Restarts == nil {
		lacks["broker_restart"] = "this process cannot take its platform down (Target.Restarts is nil)"
		lacks["platform_restart"] = lacks["broker_restart"]
	}
	if t.Receiver == nil {
		lacks["receiver_down"] = "there is no application here that the platform pushes to (Target.Receiver is nil)"
	}
	if t.Deadline == nil {
		lacks["edge"] = "its platform does not tell until when an answer is in time (Target.Deadline is nil)"
	}
	for i, f := range faults {
		if why := lacks[f.Kind]; why != "" {
			return fmt.Errorf("faults[%d].%s: %s: leave the fault out, or drill a platform in this process", i, f.Kind, why)
		}
	}
	return nil
}

// wayOf is how a load calls, as Target.Callers has it.
func wayOf(s *scenarios.Scenario, l scenarios.Load) string {
	return group(s, l.To).Dialect + "/" + l.Call + "/" + l.Via
}

// group is the group with that name, or an empty one.
func group(s *scenarios.Scenario, name string) scenarios.Group {
	for _, g := range s.Devices {
		if g.Name == name {
			return g
		}
	}
	return scenarios.Group{}
}

// phases is the run from the first connect to the last disconnect.
func (r *run) phases(ctx context.Context) error {
	fleet, err := newFleet(r.Config, r.rec)
	if err != nil {
		return err
	}
	r.fleet = fleet
	defer r.down(ctx)
	if err := r.connect(ctx); err != nil || r.m.Interrupted != "" {
		return err
	}
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(errInterrupted) })()
	r.cancel, r.callers = cancel, newCallers(calls, r.rec)
	r.load(ctx)
	r.drain(ctx)
	r.callers.finish()
	return r.broken
}

func (r *run) connect(ctx context.Context) error {
	r.enter(Connecting)
	for _, g := range r.Scenario.Devices {
		r.m.Configured += g.Running()
	}
	r.m.Expected = r.fleet.expected
	var before int64
	if r.Settle == nil {
		before = memory()
	}
	begin := time.Now()
	err := r.fleet.up(ctx)
	r.m.ConnectTook = time.Since(begin)
	r.m.Connected = int(r.fleet.first.Load())
	if ctx.Err() != nil {
		r.m.Interrupted = Connecting.String()
		return nil
	}
	if r.Settle == nil && r.m.Connected > 0 {
		r.m.BytesEach = max(0, memory()-before) / int64(r.m.Connected)
	}
	return err
}

func (r *run) load(ctx context.Context) {
	r.enter(Loading)
	r.settle()
	p := &pacer{run: r, zero: time.Now()}
	if r.Script != nil {
		p.zero = r.rec.zero.Add(r.Script.Zero)
	}
	if r.Settle != nil {
		p.zero = p.zero.Truncate(time.Microsecond).Add(time.Microsecond)
	}
	r.events, r.began = schedule(r.Scenario), p.zero
	if r.Script != nil {
		r.events = r.Script.outages(r.events)
	}
	for i := range r.Scenario.Load {
		r.streams = append(r.streams, newStream(r.Config, i))
	}
	defer p.stop()
	before := used()
	if !p.pace(ctx) {
		r.m.Interrupted = Loading.String()
	}
	r.m.LoadTook = time.Since(p.zero)
	r.m.Harness = used().since(before)
}

// down takes the fleet down.
func (r *run) down(ctx context.Context) {
	r.enter(Stopping)
	r.falling.Wait()
	r.settle()
	if r.GiveUp != nil {
		r.GiveUp()
	}
	r.outlast(ctx)
	r.fleet.down()
	r.settle() // the platform hears of it, before anybody closes it in the same instant
}

// settle lets the instant come to its end on a virtual clock, and does nothing on the real one.
func (r *run) settle() {
	if r.Settle != nil {
		r.Settle()
	}
}
