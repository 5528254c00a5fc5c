package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

func TestADeviceConnectsReceivesAndPublishes(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		got := make(chan mqtt.Message, 10)
		c := login(t, l, mqtt.Config{
			ClientID: "x", Username: "user", Password: "secret", KeepAlive: time.Minute,
			Receive: func(m mqtt.Message) { got <- m },
			Lost:    func(err error) { t.Errorf("lost: %v", err) },
		})
		s := <-o.online
		if s.Login.KeepAlive != 60 || s.Login.Version != 5 {
			t.Errorf("login %+v", s.Login)
		}
		send(t, s, 1, 3)
		for i := range 3 {
			if m := <-got; m.Topic != "/down/x/c" || string(m.Payload) != strconv.Itoa(i) || m.QoS != 1 {
				t.Errorf("message %d: %+v", i, m)
			}
			<-o.left
		}
		for qos := range byte(2) {
			if err := c.Publish("/up", fmt.Append(nil, qos), qos); err != nil {
				t.Error(err)
			}
			if m, want := <-o.said, fmt.Sprintf("/up %d", qos); m != want {
				t.Errorf("said %q, want %q", m, want)
			}
		}
		c.Close()
		c.Close()
		if cause := <-o.offline; cause != nil {
			t.Errorf("offline because of %v, want nil after DISCONNECT", cause)
		}
		if err := c.Publish("/up", nil, 0); err == nil {
			t.Error("publish after Close succeeds")
		}
		if err := c.Publish("/up", nil, 1); err == nil {
			t.Error("publish at QoS 1 after Close succeeds")
		}
	})
}

func TestARefusalTellsTheCodeAndTheReason(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		_, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: l.Dial, ClientID: "stranger"})
		r := (*mqtt.Refused)(nil)
		if !errors.As(err, &r) || r.Code != 0x86 || r.Reason != "who is this" {
			t.Errorf("got %v, want 0x86 and the reason", err)
		}
	})
}

func TestConnectFailsWithWhatWentWrong(t *testing.T) {
	broken := errors.New("no route")
	for _, tt := range []struct {
		name string
		dial func(net.Conn) error // what the far end does
		want error
		took time.Duration
	}{
		{"dial", nil, broken, 0},
		{"silence", func(net.Conn) error { return nil }, context.DeadlineExceeded, 3 * time.Second},
		{"hang up", func(c net.Conn) error { return c.Close() }, nil, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := pipe.Listen("mqtt")
			go func() {
				if c, err := l.Accept(); err == nil {
					c.Read(make([]byte, 100))
					tt.dial(c)
				}
			}()
			dial := l.Dial
			if tt.dial == nil {
				dial = func(context.Context) (net.Conn, error) { return nil, broken }
			}
			begin := time.Now()
			_, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: dial, ClientID: "x", Timeout: 3 * time.Second})
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || time.Since(begin) != tt.took {
				t.Errorf("%s: %v after %v", tt.name, err, time.Since(begin))
			}
			l.Close()
		})
	}
}

func TestASubscriptionIsMadeOrConnectFails(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		got := make(chan mqtt.Message, 1)
		c := login(t, l, mqtt.Config{ClientID: "x", Subscribe: []string{"/news/+", "/more"}, Receive: func(m mqtt.Message) { got <- m }})
		if err := (<-o.online).Publish(broker.Message{Topic: "/news/1", QoS: 1}); err != nil {
			t.Error(err)
		}
		<-got
		c.Close()
		_, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: l.Dial, ClientID: "y", Subscribe: []string{"/forbidden"}})
		if err == nil {
			t.Error("connect with a forbidden filter succeeds")
		}
	})
}

func TestAConnectionLostWhileSubscribingFailsConnectAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial := func(ctx context.Context) (net.Conn, error) {
			c, err := l.Dial(ctx)
			go func() {
				s := <-o.online
				time.Sleep(time.Second)
				s.Close("go away")
			}()
			return deaf{c.(*pipe.Conn)}, err
		}
		begin := time.Now()
		_, err := mqtt.Connect(t.Context(), mqtt.Config{
			Dial: dial, ClientID: "x", Subscribe: []string{"/news"}, Lost: func(err error) { t.Errorf("lost: %v", err) },
		})
		d := (*mqtt.Disconnected)(nil)
		if !errors.As(err, &d) || d.Code != 0x98 || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v, want DISCONNECT 0x98 after a second", err, time.Since(begin))
		}
	})
}

// deaf is a connection that loses every SUBSCRIBE.
type deaf struct{ *pipe.Conn }

func (d deaf) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == 0x82 {
		d.Conn.Write([]byte{0xc0, 0}) // a PINGREQ instead, so that what follows is taken for a packet that is never complete
		d.Conn.Write([]byte{0x30, 0x7f})
		return len(p), nil
	}
	return d.Conn.Write(p)
}

func TestABrokerThatClosesTellsWhyAndLostIsCalledOnce(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		lost := make(chan error, 10)
		c := login(t, l, mqtt.Config{ClientID: "x", KeepAlive: time.Second, Lost: func(err error) { lost <- err }})
		(<-o.online).Close("maintenance")
		d := (*mqtt.Disconnected)(nil)
		if err := <-lost; !errors.As(err, &d) || d.Code != 0x98 || d.Reason != "maintenance" {
			t.Errorf("lost: %v", err)
		}
		c.Close()
		c.Abort()
		time.Sleep(time.Hour)
		if len(lost) > 0 {
			t.Errorf("lost again: %v", <-lost)
		}
	})
}

func TestAbortLooksLikeAPulledPlug(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		c := login(t, l, mqtt.Config{ClientID: "x", Lost: func(err error) { t.Errorf("lost: %v", err) }})
		<-o.online
		c.Abort()
		c.Abort()
		c.Close()
		if cause := <-o.offline; cause == nil || errors.Is(cause, io.EOF) {
			t.Errorf("offline because of %v, want a reset", cause)
		}
	})
}
