package mqtt_test

import (
	"runtime"
	"testing"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// Every device has taken and acknowledged a command and has said something before it is weighed.
func TestADeviceCostsAtMost45KBWithBothEnds(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's shadow memory is not ours to weigh")
	}
	const devices = 2000
	o, l := newOwner(), pipe.Listen("mqtt")
	b := broker.New(broker.DefaultConfig, o)
	go b.Serve(l)
	before := inUse()
	clients := make([]*mqtt.Client, devices)
	for i := range clients {
		clients[i] = login(t, l, mqtt.Config{ClientID: name(i), KeepAlive: time.Minute})
		s := <-o.online
		if err := s.Publish(broker.Message{Topic: "/down/" + name(i), Payload: make([]byte, 100), QoS: 1}); err != nil {
			t.Fatal(err)
		}
		if err := clients[i].Publish("/up", make([]byte, 100), 0); err != nil {
			t.Fatal(err)
		}
	}
	for range devices {
		<-o.left
		<-o.said
	}
	each := (inUse() - before) / devices
	t.Logf("%d bytes a device, heap and stacks", each)
	if each > 45<<10 {
		t.Errorf("a device costs %d bytes, want at most %d", each, 45<<10)
	}
	for _, c := range clients {
		c.Close()
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
