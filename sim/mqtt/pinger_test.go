package mqtt_test

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

func TestAnIdleClientKeepsItselfAlive(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		c := login(t, l, mqtt.Config{ClientID: "x", KeepAlive: 5 * time.Second, Lost: func(err error) { t.Errorf("lost: %v", err) }})
		for range 1000 {
			time.Sleep(7 * time.Second)
			c.Publish("/up", nil, 0)
			<-o.said
		}
		c.Close()
		if cause := <-o.offline; cause != nil {
			t.Errorf("offline because of %v", cause)
		}
	})
}

func TestABrokerThatFallsSilentIsLostAfterTwoKeepAlives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("mqtt")
		go func() {
			c, _ := l.Accept()
			c.Write([]byte{0x20, 3, 0, 0, 0})
			io.Copy(io.Discard, c)
		}()
		lost := make(chan error, 1)
		c := login(t, l, mqtt.Config{ClientID: "x", KeepAlive: 5 * time.Second, Lost: func(err error) { lost <- err }})
		begin := time.Now()
		err := <-lost
		if took := time.Since(begin).Truncate(time.Microsecond); took != 10*time.Second || err.Error() != "broker did not answer a ping" {
			t.Errorf("lost after %v: %v", took, err)
		}
		c.Close()
	})
}

// A message that was due in the instant of a ping made that needless, or went before or behind it, as the machine liked.
func TestNothingElseIsSentInTheInstantOfAPing(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		pings := make(chan time.Time, 100)
		dial := func(ctx context.Context) (net.Conn, error) {
			c, err := l.Dial(ctx)
			return watched{c.(*pipe.Conn), pings}, err
		}
		c, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: dial, ClientID: "x", KeepAlive: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 { // each message is due when a ping is
			time.Sleep(5 * time.Second)
			c.Publish("/up", nil, 0)
			<-o.said
		}
		time.Sleep(time.Second)
		c.Close()
		close(pings)
		if len(pings) != 20 {
			t.Errorf("%d pings, want one every five seconds", len(pings))
		}
		for at := range pings {
			if ns := at.UnixNano() % 1000; ns != 875 {
				t.Errorf("a ping %d ns past a microsecond, want 875", ns)
			}
		}
	})
}

// watched notes when a PINGREQ is written.
type watched struct {
	*pipe.Conn
	pings chan<- time.Time
}

func (w watched) Write(p []byte) (int, error) {
	if p[0] == 0xc0 {
		w.pings <- time.Now()
	}
	return w.Conn.Write(p)
}
