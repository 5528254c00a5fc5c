package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
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
	benchRounds  = 30   // of each of the two, in turn: A B B A A B …
	benchCalls   = 1000 // a round
)

// BenchmarkInvoke compares a command that waits for its device, through the whole platform, with its floor: of each
// vendor, in memory and over TCP, through the platform's Go API and through HTTP.
func BenchmarkInvoke(b *testing.B) {
	for _, v := range vendors {
		for _, transport := range []string{"memory", "tcp"} {
			for _, via := range []string{"direct", "http"} {
				b.Run(v.name+"/"+transport+"/"+via, func(b *testing.B) {
					for range b.N {
						invokeAgainstFloor(b, v.name, transport, via)
					}
				})
			}
		}
	}
}

func invokeAgainstFloor(b *testing.B, dialect, transport, via string) {
	first := againstFloor(b, dialect, transport, via, true)
	second := againstFloor(b, dialect, transport, via, false)
	b.ReportMetric((first.rates[0]+second.rates[0])/2, "floor/s")
	b.ReportMetric((first.rates[1]+second.rates[1])/2, "invoke/s")
	b.ReportMetric(math.Sqrt(first.ratio*second.ratio), "ratio")
	b.ReportMetric(math.Sqrt(first.ofCPU*second.ofCPU), "cpu-ratio")
	b.ReportMetric(0, "ns/op")
}

// againstFloor has no tracing: what that costs is BenchmarkTracing's. What is made second is slower by a few percent, so
// each is it once.
func againstFloor(b *testing.B, dialect, transport, via string, floorFirst bool) comparison {
	var fl *floor
	if floorFirst {
		fl = newFloor(b, benchDevices, benchListener(b, transport), benchListener(b, transport))
	}
	h := newBenchHouse(b, dialect, transport, benchDevices, nil)
	defer h.stop()
	if !floorFirst {
		fl = newFloor(b, benchDevices, benchListener(b, transport), benchListener(b, transport))
	}
	defer fl.close()
	floorCall := fl.call
	if via == "http" {
		floorCall = fl.callHTTP
	}
	return compareRates(b, floorCall, h.invoke(via))
}

// BenchmarkTracing compares a command of which every fact is kept, on the platform, at its caller and its device, with
// one of which none is. Judged is the same with a check.Watch, which judges every command while the run goes on, as in a
// drill. The control is none against none, and tells how far from 1 the ratio of equal things was meanwhile.
func BenchmarkTracing(b *testing.B) {
	for _, via := range []string{"direct", "http"} {
		b.Run("memory/"+via, func(b *testing.B) {
			for range b.N {
				traced := againstNothing(b, via, newTracing)
				b.ReportMetric(againstNothing(b, via, newJudging).ratio, "judged")
				b.ReportMetric(againstNothing(b, via, func() *tracing { return nil }).ratio, "control")
				b.ReportMetric(traced.rates[0], "off/s")
				b.ReportMetric(traced.rates[1], "on/s")
				b.ReportMetric(traced.ratio, "ratio")
				b.ReportMetric(traced.ofCPU, "cpu-ratio")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// againstNothing compares many pairs of platforms. Of two equal ones that were made after each other one is the faster by
// 1 or 2%, for it has the better memory: in a fresh process mostly the first, later mostly the second. So each is both by
// turns, and what the turns say is averaged.
func againstNothing(b *testing.B, via string, traced func() *tracing) (sum comparison) {
	const turns = 16
	sum.ratio, sum.ofCPU = 1, 1
	for turn := range turns {
		var c comparison
		if turn%4 == 0 || turn%4 == 3 {
			c = compareHouses(b, via, nil, traced())
		} else {
			c = compareHouses(b, via, traced(), nil).reversed()
		}
		for i := range c.rates {
			sum.rates[i] += c.rates[i] / turns
		}
		sum.ratio *= math.Pow(c.ratio, 1./turns)
		sum.ofCPU *= math.Pow(c.ofCPU, 1./turns)
	}
	return sum
}

func compareHouses(b *testing.B, via string, one, other *tracing) comparison {
	a := newBenchHouse(b, vendors[0].name, "memory", benchDevices, one)
	z := newBenchHouse(b, vendors[0].name, "memory", benchDevices, other)
	defer z.stop()
	defer a.stop()
	return compareRates(b, a.invoke(via), z.invoke(via))
}

// comparison is what compareRates measures: calls per second of both ways, and the second's by the first's.
type comparison struct {
	rates [2]float64
	ratio float64
	ofCPU float64 // the same of calls per second of CPU time, which hears less of what else the machine does
}

func (c comparison) reversed() comparison {
	return comparison{[2]float64{c.rates[1], c.rates[0]}, 1 / c.ratio, 1 / c.ofCPU}
}

// compareRates measures two ways to make a call in turn. A ratio is the middle one of all pairs of neighbours, which a
// moment of something else on the machine does not move.
func compareRates(b *testing.B, a, other func(int) error) comparison {
	ways := [...]func(int) error{a, other}
	round(b, a) // warm up
	round(b, other)
	var took [2]time.Duration
	var ratios, ofCPU []float64
	for i := range benchRounds {
		var wall, busy [2]time.Duration
		for j := range ways {
			which := (i + j) % 2 // A B B A A B B A
			before := busyFor()
			wall[which] = round(b, ways[which])
			busy[which] = busyFor() - before
			took[which] += wall[which]
		}
		ratios = append(ratios, wall[0].Seconds()/wall[1].Seconds())
		ofCPU = append(ofCPU, busy[0].Seconds()/busy[1].Seconds())
	}
	rate := func(d time.Duration) float64 { return benchRounds * benchCalls / d.Seconds() }
	return comparison{[2]float64{rate(took[0]), rate(took[1])}, middle(ratios), middle(ofCPU)}
}

func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// busyFor is the time that this process has had of all cores.
func busyFor() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
	dialect string
	*tracing
	stop func()
}

// tracing keeps facts as a drill does.
type tracing struct {
	*check.Ledger
	zero  time.Time
	seq   atomic.Uint64
	judge *check.Watch // nil: nobody does
}

func newTracing() *tracing {
	t := &tracing{zero: time.Now(), Ledger: check.NewLedger([]string{"bench"}, slices.Repeat([]string{"meters"}, benchDevices))}
	t.Begin(t.zero)
	return t
}

// newJudging is a tracing whose commands are judged.
func newJudging() *tracing {
	t := newTracing()
	t.judge = t.Watch(check.Limits{Slack: time.Second})
	return t
}

func (t *tracing) device(f device.Fact) {
	kind := check.DeviceSeen
	switch f.Kind {
	case device.Seen:
	case device.Answered:
		kind = check.DeviceAnswered
	default:
		return
	}
	t.Device(check.DeviceFact{Device: f.Device, Kind: kind, At: f.At.Sub(t.zero), Wire: f.Wire})
}

// invoke makes a call to device i, and notes its facts if the house has a tracing. When it was sent
// and done is read in any case: a drill needs both for its latencies, traced or not.
func (h *benchHouse) invoke(via string) func(i int) error {
	caller, ids := h.target.Callers[h.dialect+"/invoke/"+via], h.identities["meters"]
	zero := time.Now()
	if h.tracing != nil {
		zero = h.zero
	}
	return func(i int) error {
		c := platform.Command{Device: ids[i].Address, Service: "ping", Input: []byte(`{"delay":5}`), Timeout: 10 * time.Second}
		f := check.CallFact{Device: ids[i].Number, At: time.Since(zero)}
		if h.tracing != nil {
			f.Seq, f.Kind = h.seq.Add(1)-1, check.CallDue
			c.Tag = h.Tag(0, f.Seq)
			h.Call(f)
			f.Kind = check.CallSent
			h.Call(f)
		}
		out, err := caller.Call(context.Background(), c)
		done := time.Since(zero)
		if h.tracing != nil {
			f.Kind, f.At, f.Outcome, f.Code = check.CallDone, done, out.Kind, out.Code
			h.Call(f)
		}
		if err == nil && out.Kind != platform.OK {
			err = fmt.Errorf("%s %s", out.Kind, out.Code)
		}
		return err
	}
}

// newBenchHouse opens a house. Without a tracing nobody looks at what happens in it.
func newBenchHouse(b *testing.B, dialect, transport string, devices int, t *tracing) *benchHouse {
	s, err := scenarios.Parse("bench.yaml", []byte(fmt.Sprintf(`
name: bench
platform: {transport: %s, dialects: {alibaba: {qps: 0}}}
devices: [{group: meters, dialect: %s, count: %d}]
load: [{name: ping, to: meters, call: invoke, arrivals: [{burst: 1}]}]
`, transport, dialect, devices)), nil)
	must(b, err)
	var observe func(*platform.Fact)
	devicesTell := func(device.Fact) {}
	if t != nil {
		observe, devicesTell = t.Platform, t.device
	}
	h, err := newHouse(s, platform.Config{Observe: observe}, benchListener(b, transport), benchListener(b, transport))
	must(b, err)
	up := newFleet(b, s, h, devicesTell)
	return &benchHouse{house: h, dialect: dialect, tracing: t, stop: func() {
		up()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		must(b, h.close(ctx))
		if t != nil && t.judge != nil {
			results, _ := t.judge.Close()
			for _, r := range results {
				if r.Breaches > 0 {
					b.Errorf("%s: %v", r.Rule, r.Examples)
				}
			}
		}
	}}
}

// newFleet connects all devices of a scenario, and returns what takes them down.
func newFleet(b *testing.B, s *scenarios.Scenario, h *house, observe func(device.Fact)) (down func()) {
	g := s.Devices[0]
	mix, err := device.NewMix(g.Behaviours)
	must(b, err)
	connected := make(chan struct{}, g.Count)
	var tally device.Tally
	shared := &device.Group{Dial: h.target.Dial, Codec: h.target.Codecs[g.Dialect], Mix: mix, Presence: g.Presence,
		Reconnect: g.Reconnect, KeepAlive: g.KeepAlive, Tally: &tally, Observe: func(f device.Fact) {
			observe(f)
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
