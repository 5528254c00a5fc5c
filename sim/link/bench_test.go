package link_test

import (
	"context"
	"net"
	"testing"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/link"
	"fleetdrill/sim/mqtt"
)

// BenchmarkRoundTrip is a command to a device and its answer, over the bare network and over a link on which no fault
// acts: what a link costs who has one.
func BenchmarkRoundTrip(b *testing.B) {
	for _, network := range []string{"memory", "tcp"} {
		b.Run(network+"/bare", func(b *testing.B) { roundTrips(b, network, false) })
		b.Run(network+"/link", func(b *testing.B) { roundTrips(b, network, true) })
	}
}

func roundTrips(b *testing.B, network string, linked bool) {
	var l net.Listener
	var dial func(context.Context) (net.Conn, error)
	if network == "memory" {
		p := pipe.Listen("mqtt")
		l, dial = p, p.Dial
	} else {
		t, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		l, dial = t, func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", t.Addr().String())
		}
	}
	over := dial
	var way link.Link
	if linked {
		over = func(ctx context.Context) (net.Conn, error) { return way.Dial(ctx, dial) }
	}
	o := &echoes{online: make(chan *broker.Session, 1), answers: make(chan bool, 1)}
	server := broker.New(broker.DefaultConfig, o)
	go server.Serve(l)
	var c *mqtt.Client
	ready := make(chan bool)
	client, err := mqtt.Connect(b.Context(), mqtt.Config{Dial: over, ClientID: "d", Receive: func(m mqtt.Message) {
		<-ready
		c.Publish("up", m.Payload, 0)
	}})
	if err != nil {
		b.Fatal(err)
	}
	c = client
	close(ready)
	s, payload := <-o.online, make([]byte, 200)
	for b.Loop() {
		if err := s.Publish(broker.Message{Topic: "down/d", Payload: payload}); err != nil {
			b.Fatal(err)
		}
		<-o.answers
	}
	c.Close()
	way.End()
	server.Close(context.Background())
}

// echoes is a broker's owner that waits for what its device says.
type echoes struct {
	online  chan *broker.Session
	answers chan bool
}

func (*echoes) Admit(broker.Login) (broker.Grant, error) {
	return broker.Grant{Down: []string{"down/+"}, May: func(string, bool) bool { return true }}, nil
}

func (o *echoes) Online(s *broker.Session)                { o.online <- s }
func (*echoes) Offline(*broker.Session, error)            {}
func (*echoes) Left(*broker.Session, uint64)              {}
func (o *echoes) Message(*broker.Session, string, []byte) { o.answers <- true }
