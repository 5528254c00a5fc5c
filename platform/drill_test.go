package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/sim/check"
)

// The judge of a run is asked about whatever applications and devices may do: it must not find a breach. Only this test
// knows of it; the platform itself does not.

// kinds of lanes that a drill has.
var drillLanes = []platform.Lane{
	{Limit: 3},
	oneByOne,
	stubborn,
	{Limit: 2, Serialize: platform.SerializeAll, Resend: platform.Resend{Every: time.Second, Times: 2, OnReturn: true}},
	{Limit: 2, Overflow: platform.DropOldest, Resend: platform.Resend{OnReturn: true}},
}

// deed is one thing that somebody does, and the time that then passes.
type deed struct {
	do      string
	device  int
	nth     int // which of the messages that a device holds
	command platform.Command
	pause   time.Duration
}

var pauses = []time.Duration{0, 0, 0, 1, time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 5*time.Second + 1, 11 * time.Second, time.Minute}

// drawDeed draws one, with a command for that lane.
func drawDeed(t *rapid.T, lane int) deed {
	d := deed{
		do:     rapid.SampledFrom([]string{"submit", "submit", "submit", "connect", "connect", "drop", "answer", "answer", "ack", "cancel", "forge"}).Draw(t, "do"),
		device: rapid.IntRange(0, 1).Draw(t, "device"), nth: rapid.IntRange(0, 5).Draw(t, "nth"),
		pause: rapid.SampledFrom(pauses).Draw(t, "pause")}
	times := rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Second, time.Minute})
	d.command = platform.Command{Device: dialecttest.Address(d.device), Service: "reboot", Input: json.RawMessage(`{}`),
		Mode: platform.Mode(min(1, rapid.IntRange(0, 2).Draw(t, "mode"))), Lane: lane,
		QoS: byte(min(1, rapid.IntRange(0, 3).Draw(t, "QoS"))), Receipt: rapid.Bool().Draw(t, "receipt"), OneWay: rapid.Bool().Draw(t, "one way"),
		Timeout: times.Draw(t, "timeout"), AckTimeout: times.Draw(t, "ack timeout"), TTL: times.Draw(t, "TTL")}
	return d
}

// drill is an office in which deeds are done.
type drill struct {
	*office
	devices [2]*dialecttest.Device
	held    [2][]dialecttest.Message
	seen    []check.DeviceFact
}

func (d *drill) perform(x deed) {
	dev := d.devices[x.device]
	d.collect()
	held := d.held[x.device]
	switch x.do {
	case "submit":
		d.Platform.Submit(x.command)
	case "connect":
		d.devices[x.device] = d.Connect(x.device)
	case "cancel":
		d.Platform.Cancel(dialecttest.Address(x.device), 0)
	case "drop":
		if dev != nil {
			dev.Drop()
			d.devices[x.device] = nil
		}
	case "answer", "ack", "forge":
		if dev != nil && x.nth < len(held) {
			d.act(dev, held[x.nth], x.do)
		}
	}
	time.Sleep(x.pause)
}

func (d *drill) act(dev *dialecttest.Device, m dialecttest.Message, what string) {
	switch what {
	case "answer":
		dev.Answer(m)
	case "ack":
		dev.Ack(m)
	case "forge":
		m.Wire += platform.WireStride
		dev.Answer(m)
	}
}

func (d *drill) collect() {
	for i, dev := range d.devices {
		if dev == nil {
			continue
		}
		number := d.Platform.Device(dialecttest.Address(i)).Number
		for range dev.Waiting() {
			m := dev.Next()
			d.held[i] = append(d.held[i], m)
			d.seen = append(d.seen, check.DeviceFact{Kind: check.DeviceSeen, Device: number, Wire: m.Wire, ID: m.ID})
		}
	}
}

// breaches are what the judge finds, in words.
func breaches(facts []platform.Fact, seen []check.DeviceFact) (all []string) {
	l := check.NewLedger(nil, []string{"d1", "d2", "d3", "d4", "d5", "d6"})
	for _, f := range facts {
		l.Platform(&f)
	}
	for _, f := range seen {
		l.Device(f)
	}
	h := l.Finish()
	limits := check.Limits{Of: func(_, lane int) int { return drillLanes[lane].Limit }}
	for _, r := range check.Check(h, limits) {
		if r.Breaches > 0 {
			all = append(all, fmt.Sprint(r.Rule, ": ", r.Examples))
		}
	}
	return all
}

func TestWhateverHappensTheJudgeFindsNoBreach(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lanes := rapid.SampledFrom([][]int{{0}, {1}, {2}, {3}, {4}, {0, 2}, {3, 4}}).Draw(rt, "lanes")
		deeds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
			return drawDeed(t, rapid.SampledFrom(lanes).Draw(t, "lane"))
		}), 1, 60).Draw(rt, "deeds")
		var found []string
		synctest.Test(t, func(t *testing.T) {
			d := &drill{office: newOffice(t, &post{lanes: drillLanes})}
			d.Hold = true
			for _, x := range deeds {
				d.perform(x)
			}
			d.collect()
			d.Platform.Close(context.Background())
			found = breaches(d.Facts(), d.seen)
		})
		if found != nil {
			rt.Fatalf("%v", found)
		}
	})
}
