package main

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/admin"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

// drill is one run from assembly to judgement. run may be called in a bubble or outside.
type drill struct {
	progress    *sim.Progress
	interrupted atomic.Bool // by Ctrl-C, from outside the bubble
	alone       bool        // in its bubble: nobody interrupts it
	listen      func(*scenarios.Scenario) (mqtt, api listener, err error)
	script      *sim.Script                 // an earlier run that is made again; nil: there is none
	stop        *stopped                    // when it is to be interrupted, on the virtual clock; nil: never
	measured    bool                        // somebody reads the platform's metrics
	admin       atomic.Pointer[admin.Watch] // once there is a platform, if measured
	watch       func(*platform.Fact)        // sees all that the platform tells; nil: nobody
	transcript  *transcript                 // hears what callers are told; nil: nobody does

	result
	err error
}

func newDrill(s *scenarios.Scenario) *drill {
	return &drill{result: result{scenario: s, recorder: report.NewRecorder(loadNames(s))}, progress: sim.NewProgress(s), listen: listen}
}

// tick is how often, in virtual time, a drill looks whether somebody interrupted it while nothing is due.
const tick = 10 * time.Second

// run runs the scenario and leaves its result, or an error, or both. settle is nil on the real clock.
func (d *drill) run(ctx context.Context, settle func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if settle == nil || d.alone {
		d.err = d.drive(ctx, settle)
		return
	}
	began := time.Now()
	look := func() {
		if d.interrupted.Load() || d.stop != nil && d.stop.over(began, d.progress) {
			cancel()
		}
	}
	if d.stop != nil {
		defer time.AfterFunc(d.stop.At, look).Stop()
	}
	go func() {
		watch := time.NewTicker(tick)
		defer watch.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-watch.C:
				look()
			}
		}
	}()
	// Many arrivals may share one virtual instant, in which no ticker ticks: so each of them looks too.
	d.err = d.drive(ctx, func() { settle(); look() })
}

func (d *drill) drive(ctx context.Context, settle func()) error {
	d.began = time.Now()
	ledger := check.NewLedger(loadNames(d.scenario), deviceNames(d.scenario))
	mqtt, api, err := d.listen(d.scenario)
	if err != nil {
		return err
	}
	callers := newSenders(len(deviceNames(d.scenario)))
	var status *admin.Watch
	if d.measured {
		status = admin.New(slog.New(slog.DiscardHandler))
		d.watch = status.Observe
	}
	cfg := platform.Config{Observe: d.observed(ledger, callers)}
	if d.script != nil {
		cfg.Late, cfg.Fall = d.script.Late(ledger), d.script.Fall
	}
	h, err := newHouse(d.scenario, cfg, mqtt, api)
	if err != nil {
		return err
	}
	callers.know(h)
	if status != nil {
		status.Start(h.platform)
		d.admin.Store(status)
	}
	if d.transcript != nil {
		d.transcript.listen(h)
	}
	watch := ledger.Watch(sim.Limits(d.scenario, h.target.Lanes, d.script))
	measured, err := sim.Run(ctx, sim.Config{
		Scenario: d.scenario, Identities: h.identities, Target: h.target, Ledger: ledger, Recorder: d.recorder,
		Progress: d.progress, Settle: settle, Script: d.script, Pending: h.left, GiveUp: h.platform.GiveUp,
	})
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if e := h.close(down); err == nil {
		err = e
	}
	measured.Held = h.platform.Pending()
	measured.Push, measured.PushOrder = h.pushes()
	d.recorder.Close()
	results, stats := watch.Close()
	d.history = ledger.Finish()
	d.summary = sim.Judge(d.scenario, measured, d.recorder, results, stats, trace.New(d.history).Counts())
	d.course = sync.OnceValue(func() *report.Course { return sim.Course(d.scenario, measured, stats, d.history) })
	return err
}

// observed is who hears what the platform sees.
func (d *drill) observed(ledger *check.Ledger, callers *senders) func(*platform.Fact) {
	return func(f *platform.Fact) {
		ledger.Platform(f)
		callers.note(f)
		if d.watch != nil {
			d.watch(f)
		}
		if d.transcript != nil {
			d.transcript.watch(f)
		}
	}
}

func loadNames(s *scenarios.Scenario) (names []string) {
	for _, l := range s.Load {
		names = append(names, l.Name)
	}
	return names
}

// deviceNames are in the order of the platform's numbers: group after group.
func deviceNames(s *scenarios.Scenario) (names []string) {
	for _, g := range s.Devices {
		for i := range g.Count {
			names = append(names, deviceName(g, i))
		}
	}
	return names
}

func deviceName(g scenarios.Group, i int) string { return g.Name + "-" + strconv.Itoa(i+1) }
