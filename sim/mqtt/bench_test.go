package mqtt_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

// BenchmarkRoundTrip is a command to one of 2,000 devices and its answer, with 64 callers: the network alone, which is
// the share of a platform's command that this package, the broker and the pipe answer for.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		l := pipe.Listen("mqtt")
		benchmarkRoundTrip(b, l, l.Dial)
	})
	b.Run("tcp", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		benchmarkRoundTrip(b, l, func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		})
	})
}

// answers is an owner that wakes the caller of the device that said something.
type answers struct {
	*owner
	callers sync.Map // *broker.Session to chan struct{}
}

func (a *answers) Message(s *broker.Session, _ string, _ []byte) {
	c, _ := a.callers.Load(s)
	c.(chan struct{}) <- struct{}{}
}

func (*answers) Left(*broker.Session, uint64) {}

func benchmarkRoundTrip(b *testing.B, l net.Listener, dial func(context.Context) (net.Conn, error)) {
	const devices, callers = 2000, 64
	o := &answers{owner: newOwner()}
	br := broker.New(broker.DefaultConfig, o)
	go br.Serve(l)
	defer br.Close(context.Background())
	sessions := make([]*broker.Session, devices)
	for i := range sessions {
		var c *mqtt.Client
		up := make(chan struct{})
		c, err := mqtt.Connect(b.Context(), mqtt.Config{Dial: dial, ClientID: name(i), Receive: func(m mqtt.Message) {
			<-up
			c.Publish("/up", m.Payload, 0)
		}})
		if err != nil {
			b.Fatal(err)
		}
		close(up)
		defer c.Abort()
		sessions[i] = <-o.online
		o.callers.Store(sessions[i], make(chan struct{}, 1))
	}
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := caller; next.Add(1) <= int64(b.N); i = (i + callers) % (devices - devices%callers) {
				roundTrip(b, o, sessions[i])
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}

func roundTrip(b *testing.B, o *answers, s *broker.Session) {
	m := broker.Message{Topic: "/down/" + s.Login.ClientID + "/c", Payload: make([]byte, 100), QoS: 1}
	if err := s.Publish(m); err != nil {
		b.Error(err)
		return
	}
	c, _ := o.callers.Load(s)
	<-c.(chan struct{})
}
