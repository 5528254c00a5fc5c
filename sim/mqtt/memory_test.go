package mqtt_test

import (
	"context"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

// sink is an owner that lets everybody in and counts.
type sink struct {
	online   chan *broker.Session
	messages atomic.Int64
	left     atomic.Int64
}

func (o *sink) Admit(l broker.Login) (broker.Grant, error) {
	return broker.Grant{
		Down: []string{"/sys/" + l.ClientID + "/thing/service/+"},
		May:  func(string, bool) bool { return true },
	}, nil
}

func (o *sink) Online(s *broker.Session)                { o.online <- s }
func (o *sink) Offline(*broker.Session, error)          {}
func (o *sink) Message(*broker.Session, string, []byte) { o.messages.Add(1) }
func (o *sink) Left(*broker.Session, uint64)            { o.left.Add(1) }

// fleet connects n devices over l.
func fleet(t testing.TB, dial func(context.Context) (net.Conn, error), n int, cfg mqtt.Config) []*mqtt.Client {
	t.Helper()
	cfg.Dial = dial
	var clients []*mqtt.Client
	for i := range n {
		cfg.ClientID = "device-" + string(rune('a'+i%26)) + time.Duration(i).String()
		c, err := mqtt.Connect(t.Context(), cfg)
		if err != nil {
			t.Fatalf("device %d: %v", i, err)
		}
		clients = append(clients, c)
	}
	return clients
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

func TestMemoryADeviceCostsAtMost45KBWithBothEnds(t *testing.T) {
	const devices = 2000
	owner := &sink{online: make(chan *broker.Session, devices)}
	l := pipe.Listen("mqtt")
	b := broker.New(broker.DefaultConfig, owner)
	go b.Serve(l)
	before := inUse()
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	t0 := time.Now()
	clients := fleet(t, l.Dial, devices, mqtt.Config{KeepAlive: time.Minute})
	took := time.Since(t0)
	for range devices {
		s := <-owner.online
		if err := s.Publish(broker.Message{Topic: "/sys/" + s.Login.ClientID + "/thing/service/reboot", Payload: []byte(`{"id":"1","params":{}}`), QoS: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clients {
		c.Publish("up", make([]byte, 100), 0)
	}
	for owner.left.Load() < devices || owner.messages.Load() < devices {
		runtime.Gosched()
	}
	each := (inUse() - before) / devices
	runtime.ReadMemStats(&m1)
	t.Logf("%d bytes a device (heap %d, stacks %d), %d goroutines a device, connected in %v", each,
		int64(m1.HeapAlloc-m0.HeapAlloc)/devices, int64(m1.StackInuse-m0.StackInuse)/devices, runtime.NumGoroutine()/devices, took)
	if each > 45<<10 {
		t.Errorf("a device costs %d bytes, want at most %d", each, 45<<10)
	}
	runtime.KeepAlive(clients)
	for _, c := range clients {
		c.Close()
	}
	b.Close(context.Background())
}
