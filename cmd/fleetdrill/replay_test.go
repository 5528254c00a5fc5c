package main

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/replay"
)

const busy = `
name: busy
seed: 3
clock: real
drain: 2s
devices:
  - group: meters
    count: 40
    behaviour:
      - {weight: 50, respond: {after: "exponential(100ms)"}}
      - {weight: 15, respond: {after: "uniform(500ms, 1200ms)"}}
      - {weight: 10, drop: {}}
      - {weight: 10, twice: {after: 10ms, gap: 20ms}}
      - {weight: 10, foreign: {after: 20ms}}
      - {weight: 5, disconnect: {after: 5ms, offline: 200ms}}
    reconnect: {after: 100ms, max: 1s}
  - group: roaming
    count: 20
    presence: {up: exponential(300ms), offline: exponential(200ms)}
    behaviour: [{respond: {after: "exponential(100ms)"}}]
load:
  - {name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 200/s, for: 1500ms, process: poisson}]}
  - {name: rest, to: roaming, call: cached, ttl: 1s, timeout: 1s, arrivals: [{rate: 50/s, for: 1500ms, process: poisson}]}
faults:
  - {at: 300ms, for: 300ms, latency: {group: meters, share: 50%, add: 700ms}}
  - {at: 700ms, disconnect: {group: meters, share: 50%}}
  - {at: 400ms, for: 600ms, caller_gone: {load: ask, share: 20%}}
`

func TestARunOnTheRealClockEndsTheSameWhenItIsReplayedInVirtualTime(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("busy", []byte(busy), nil)
	must(t, err)
	d := newDrill(s)
	d.run(context.Background(), nil)
	must(t, d.err)
	var recorded bytes.Buffer
	must(t, d.history.WriteJSONL(&recorded))
	then, err := check.ReadJSONL(&recorded)
	must(t, err)
	for _, only := range []string{"", "roaming", "meters-7"} {
		v, err := scenarios.Parse("busy", []byte(busy), []string{"clock=virtual"})
		must(t, err)
		v, err = replay.Only(v, then, only)
		must(t, err)
		again := newDrill(v)
		again.script = sim.NewScript(v, then)
		synctest.Test(t, func(*testing.T) { again.run(context.Background(), settle) })
		must(t, again.err)
		r := replay.Compare(v, then, again.history)
		if r.Commands == 0 || r.Same+len(r.Differences) != r.Commands {
			t.Fatalf("--only %s: %+v", only, r)
		}
		// A machine that has other things to do may bring anything close; that it is told is the promise. Two cached
		// commands that wait when their device's session changes have been seen to end each in the other's way, once in
		// a dozen runs on a busy machine and with 20 ms to spare: that is not understood yet.
		const swapped = 2
		if n := r.Beyond(5 * time.Millisecond); n > swapped {
			t.Errorf("--only %q: %d of %d commands differ: %+v", only, n, r.Commands, r.Differences)
		}
		t.Logf("--only %q: %d of %d the same", only, r.Same, r.Commands)
	}
}
