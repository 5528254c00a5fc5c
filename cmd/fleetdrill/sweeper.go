package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/sweep"
)

// sweeper plays kinds of call, a few at a time.
type sweeper struct {
	calls  []sweep.Call
	orders [][]sweep.Order // of each
	of     int64
	done   atomic.Int64 // of them
}

func newSweeper(dialects []string) *sweeper {
	w := &sweeper{}
	for _, name := range dialects {
		w.calls = append(w.calls, sweep.Calls(name)...)
	}
	for i := range w.calls {
		w.orders = append(w.orders, w.calls[i].Orders())
		w.of += int64(len(w.orders[i]))
	}
	return w
}

func (w *sweeper) gauge() gauge {
	return gauge{name: "sweep", unit: "orders", at: func() (int64, int64) { return w.done.Load(), w.of },
		state: func() string { return fmt.Sprintf("%d kinds of call", len(w.calls)) }}
}

// sweep plays them all, each kind in a bubble of its own, as many at once as there are processors.
func (w *sweeper) sweep(open func(inside func()) error) ([]sweep.Found, error) {
	found, failed := make([]sweep.Found, len(w.calls)), make([]error, len(w.calls))
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(w.calls)); i = next.Add(1) - 1 {
				broken := open(func() { found[i], failed[i] = sweepCall(context.Background(), w.calls[i], w.orders[i], &w.done) })
				failed[i] = errors.Join(failed[i], broken)
			}
		})
	}
	all.Wait()
	return found, errors.Join(failed...)
}

// atATime is how many orders share a platform. With all of them on one its devices' pings and what it looks up take longer
// than the orders do.
const atATime = 100

// sweepCall plays one kind of call, and counts. It has to run in a bubble.
func sweepCall(ctx context.Context, c sweep.Call, orders []sweep.Order, done *atomic.Int64) (sweep.Found, error) {
	all := sweep.Found{Call: c, Orders: orders}
	for some := range slices.Chunk(orders, atATime) {
		f, err := sweepSome(ctx, c, some)
		if err != nil {
			return all, err
		}
		done.Add(int64(len(some)))
		all.Got, all.Broken = append(all.Got, f.Got...), append(all.Broken, f.Broken...)
	}
	return all, nil
}

func sweepSome(ctx context.Context, c sweep.Call, orders []sweep.Order) (sweep.Found, error) {
	s, err := scenarios.Parse("sweep", sweepScenario(c, len(orders)), nil)
	if err != nil {
		return sweep.Found{}, err
	}
	ledger := check.NewLedger(loadNames(s), deviceNames(s))
	mqtt, api, err := listen(s)
	if err != nil {
		return sweep.Found{}, err
	}
	h, err := newHouse(s, platform.Config{Observe: ledger.Platform}, mqtt, api)
	if err != nil {
		return sweep.Found{}, err
	}
	began := time.Now()
	ledger.Begin(began)
	watch := ledger.Watch(check.Limits{})
	err = sweep.Play(ctx, sweep.Config{
		Dial: h.target.Dial, Codec: h.target.Codecs[c.Dialect], Caller: h.target.Callers[c.Dialect+"/"+c.Name+"/http"],
		Devices: h.identities[sweepName], State: h.state, TakeBack: func(a platform.Address) { h.platform.Cancel(a, 0) },
		Close:  func() error { return h.close(context.WithoutCancel(ctx)) },
		Ledger: ledger, Settle: settle, Began: began,
	}, c, orders)
	results, _ := watch.Close()
	return sweep.Judge(ledger.Finish(), results, c, orders), err
}

// sweepName is the group, the load and the service of a sweep.
const sweepName = "sweep"

// sweepScenario is a platform for a kind of call. Its load says what the service is; nobody sends it.
func sweepScenario(c sweep.Call, devices int) []byte {
	ttl := ""
	if c.Cached && c.Dialect != "alibaba" {
		ttl = ", ttl: 5m"
	}
	settings := map[string]string{
		"enos":    fmt.Sprintf("{qos: %d}", c.QoS),
		"alibaba": "{}",
		"huawei":  fmt.Sprintf("{implicit_qos: %d, any_keep_alive: true}", c.QoS),
	}[c.Dialect]
	return fmt.Appendf(nil, `
name: sweep
clock: virtual
platform: {dialects: {%[1]s: %[2]s}}
devices: [{group: sweep, dialect: %[1]s, count: %[3]d, presence: {start: offline}}]
load: [{name: sweep, to: sweep, call: %[4]s, service: sweep%[5]s, arrivals: [{burst: 1}]}]
`, c.Dialect, settings, devices, c.Name, ttl)
}

// state is that of a device's only command.
func (h *house) state(a platform.Address) (platform.State, bool) {
	records := h.platform.Known(h.platform.Find(a, nil))
	if len(records) != 1 {
		return 0, false
	}
	return records[0].State, true
}
