package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// These benchmarks are `make bench`. Each prints a figure beside its floor and their ratio, measured in turn in the
// same run: the machine's speed drifts, the ratio does not. One iteration is the whole measurement.

const (
	benchDevices = 2000
	benchCallers = 64
	benchRounds  = 6    // of each of the two, in turn: A B B A A B …
	benchCalls   = 5000 // a round
)

// BenchmarkInvoke compares a command through the whole platform with its floor: in memory and over TCP, through the
// platform's Go API and through HTTP.
func BenchmarkInvoke(b *testing.B) {
	for _, transport := range []string{"memory", "tcp"} {
		for _, via := range []string{"direct", "http"} {
			b.Run(transport+"/"+via, func(b *testing.B) {
				for range b.N {
					invokeAgainstFloor(b, transport, via)
				}
			})
		}
	}
}

func invokeAgainstFloor(b *testing.B, transport, via string) {
	fl := newFloor(b, benchDevices, benchListener(b, transport), benchListener(b, transport))
	floorCall := fl.call
	if via == "http" {
		floorCall = fl.callHTTP
	}
	h := newBenchHouse(b, transport, benchDevices)
	caller := h.target.Callers["enos/invoke/"+via]
	ids := h.identities["meters"]
	invoke := func(i int) error {
		out, err := caller.Call(context.Background(), platform.Command{Device: ids[i].Address, Service: "ping",
			Input: []byte(`{"delay":5}`), Timeout: 10 * time.Second})
		if err == nil && out.Kind != platform.OK {
			err = fmt.Errorf("%s %s", out.Kind, out.Code)
		}
		return err
	}
	round(b, floorCall) // warm up
	round(b, invoke)
	var took [2]time.Duration
	for i := range benchRounds * 2 {
		which := (i + 1) / 2 % 2 // A B B A A B B A
		took[which] += round(b, [...]func(int) error{floorCall, invoke}[which])
	}
	rate := func(d time.Duration) float64 { return benchRounds * benchCalls / d.Seconds() }
	b.ReportMetric(rate(took[0]), "floor/s")
	b.ReportMetric(rate(took[1]), "invoke/s")
	b.ReportMetric(rate(took[1])/rate(took[0]), "ratio")
	b.ReportMetric(0, "ns/op")
	h.stop()
}

// round makes benchCalls calls from benchCallers goroutines, over all devices in turn.
func round(b *testing.B, call func(device int) error) time.Duration {
	var next atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range benchCallers {
		wg.Go(func() {
			for i := next.Add(1); i <= benchCalls; i = next.Add(1) {
				if err := call(int(i*7919) % benchDevices); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begin)
}

func benchListener(b *testing.B, transport string) listener {
	if transport == "memory" {
		return inMemory("bench")
	}
	l, err := overTCP()
	must(b, err)
	return l
}

// benchHouse is a platform with a fleet that answers at once.
type benchHouse struct {
	*house
	stop func()
}

func newBenchHouse(b *testing.B, transport string, devices int) *benchHouse {
	s, err := scenarios.Parse("bench.yaml", []byte(fmt.Sprintf("name: bench\nplatform: {transport: %s}\ndevices: [{group: meters, count: %d}]\n",
		transport, devices)), nil)
	must(b, err)
	ledger := check.NewLedger(nil, deviceNames(s))
	ledger.Begin(time.Now())
	h, err := newHouse(s, ledger.Platform, benchListener(b, transport), benchListener(b, transport))
	must(b, err)
	up := newFleet(b, s, h, ledger)
	return &benchHouse{house: h, stop: func() {
		up()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		must(b, h.close(ctx))
	}}
}

// newFleet connects all devices of a scenario, and returns what takes them down.
func newFleet(b *testing.B, s *scenarios.Scenario, h *house, ledger *check.Ledger) (down func()) {
	g := s.Devices[0]
	mix, err := device.NewMix(g.Behaviours)
	must(b, err)
	connected := make(chan struct{}, g.Count)
	var tally device.Tally
	shared := &device.Group{Dial: h.target.Dial, Codec: h.target.Codecs[g.Dialect], Mix: mix, Presence: g.Presence,
		Reconnect: g.Reconnect, KeepAlive: g.KeepAlive, Tally: &tally, Observe: func(f device.Fact) {
			switch f.Kind {
			case device.Connected:
				connected <- struct{}{}
			case device.Refused:
				b.Error(f.Err)
				connected <- struct{}{}
			}
		}}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, id := range h.identities[g.Name] {
		d := device.New(shared, id)
		running.Go(func() { d.Run(ctx) })
	}
	for range g.Count {
		<-connected
	}
	return func() { cancel(); running.Wait() }
}

// BenchmarkFleet brings fleets up as fast as they connect, and weighs them: heap and stacks of both ends.
func BenchmarkFleet(b *testing.B) {
	for _, f := range []struct {
		transport string
		devices   int
	}{{"memory", 10_000}, {"tcp", 9_000}} {
		b.Run(fmt.Sprintf("%s/%d", f.transport, f.devices), func(b *testing.B) {
			for range b.N {
				d := benchDrill(b, fmt.Sprintf("name: fleet\nplatform: {transport: %s}\ndevices: [{group: meters, count: %d, connect: 0/s}]\n",
					f.transport, f.devices))
				d.run(context.Background(), nil)
				must(b, d.err)
				b.ReportMetric(d.summary.Devices.Connect, "s/connect")
				b.ReportMetric(float64(d.summary.Devices.Connected)/d.summary.Devices.Connect, "devices/s")
				b.ReportMetric(float64(d.summary.Devices.BytesEach), "B/device")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// BenchmarkCache48h runs two virtual days of cached commands as a person would, the binary and all, and says how many
// virtual seconds go by in one.
func BenchmarkCache48h(b *testing.B) {
	for range b.N {
		out := filepath.Join(b.TempDir(), "out")
		begin := time.Now()
		must(b, itself(b, "run", "cache-48h", "--quiet", "--out", out).Run())
		wall := time.Since(begin).Seconds()
		text, err := os.Open(filepath.Join(out, "summary.json"))
		must(b, err)
		defer text.Close()
		s, err := report.ReadSummary(text)
		must(b, err)
		b.ReportMetric(wall, "s/wall")
		b.ReportMetric(s.Elapsed/wall, "virtual-s/s")
		b.ReportMetric(0, "ns/op")
	}
}

func benchDrill(b *testing.B, text string) *drill {
	s, err := scenarios.Parse("bench.yaml", []byte(text), nil)
	must(b, err)
	return newDrill(s)
}
