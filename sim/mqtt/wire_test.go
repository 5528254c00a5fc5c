package mqtt_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/sim/mqtt"
)

func TestOverTCPPacketsOfManyGoroutinesStayWhole(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := newOwner()
	b := broker.New(broker.DefaultConfig, o)
	go b.Serve(tcp)
	dial := func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", tcp.Addr().String())
	}
	c, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: dial, ClientID: "x", KeepAlive: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s := <-o.online
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 50 {
				c.Publish("/up", make([]byte, g*i), byte(g%2))
			}
		})
	}
	send(t, s, 1, 100)
	all.Wait()
	for range 8 * 50 {
		<-o.said
	}
	for range 100 {
		<-o.left
	}
	c.Abort()
	if cause := <-o.offline; cause == nil {
		t.Error("abort over TCP looks like DISCONNECT")
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
