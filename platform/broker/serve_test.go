package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func TestADeviceIsToldWhyItsSessionIsClosed(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		send(t, s, 0, 1)
		s.Close("maintenance")
		s.Close("again")
		got, err := d.ended()
		if len(got) != 2 || got[0].kind() != publish || got[1].body[0] != 0x98 || !strings.Contains(string(got[1].body), "maintenance") {
			t.Errorf("got %q, want the message before and DISCONNECT 0x98", got)
		}
		synctest.Wait()
		if err != io.EOF || !errors.Is(o.cause(s), broker.ErrClosed) || !strings.Contains(o.cause(s).Error(), "maintenance") {
			t.Errorf("device %v, cause %v", err, o.cause(s))
		}
	})
}

func TestCloseEndsEverySessionAndCanBeCalledAgain(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		x, y, silent := dial(t, l, connect(5, "x")), dial(t, l, connect(4, "y")), dial(t, l, nil)
		synctest.Wait() // the silent one has been accepted, and not only taken from the listener
		if err := b.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := b.Stats(); s.Connected != 0 || s.Refused != 1 {
			t.Errorf("stats %+v", s)
		}
		if n := len(o.take()); n != 4 {
			t.Errorf("%d calls of Online and Offline, want 4 before Close returns", n)
		}
		if got, err := x.ended(); len(got) != 1 || got[0].body[0] != 0x8b || err != io.EOF {
			t.Errorf("MQTT 5: %x, %v, want DISCONNECT 0x8b", got, err)
		}
		if got, err := y.ended(); len(got) != 0 || err != io.EOF {
			t.Errorf("MQTT 3.1.1: %x, %v, want the end alone", got, err)
		}
		silent.ended()
		if _, err := l.Dial(t.Context()); err == nil {
			t.Error("dial after Close succeeds")
		}
	})
}

func TestCloseCutsWhenItsTimeIsOver(t *testing.T) {
	cfg := broker.DefaultConfig
	cfg.Farewell, cfg.WriteTimeout = time.Hour, time.Hour
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, connect(5, "x"))
		stall(t, <-o.online)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := b.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("close: %v after %v", err, time.Since(begin))
		}
		synctest.Wait()
	})
}

func TestADeviceWithTooLargeAPacketIsCut(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		d.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
		d.ended()
		synctest.Wait()
		if o.cause(s) == nil {
			t.Error("still there")
		}
	})
}

func TestADeviceMaySubscribeToSoManyFiltersAndNoMore(t *testing.T) {
	cfg := broker.DefaultConfig
	cfg.MaxSubscriptions = 2
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		<-o.online
		for i, c := range []struct {
			filter string
			want   byte
		}{{"/down/x/a", 1}, {"/down/x/b", 1}, {"/down/x/c", 0x87}, {"/down/x/a", 1}} {
			d.Write(subscribe(5, uint16(i+1), 1, c.filter))
			if p := d.read(); p.kind() != suback || p.body[3] != c.want {
				t.Errorf("%s: %x %x, want %x", c.filter, p.first, p.body, c.want)
			}
		}
		if n := b.Stats().DeniedSubscribes; n != 1 {
			t.Errorf("%d are counted, want 1", n)
		}
	})
}

func TestTheBusyBrokerSaysSo(t *testing.T) {
	cfg := broker.DefaultConfig
	cfg.MaxConnections = 1
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, connect(5, "x"))
		<-o.online
		d := dial(t, l, nil)
		d.Write(connect(5, "y"))
		if got, _ := d.ended(); len(got) != 1 || got[0].body[1] != 0x89 {
			t.Errorf("got %x, want CONNACK 0x89", got)
		}
	})
}

func TestADeviceMayReplaceItsConnectionToAFullBroker(t *testing.T) {
	cfg := broker.DefaultConfig
	cfg.MaxConnections = 1
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		o.named = true
		lamp := func(clientID string) []byte {
			return hello{version: 4, id: clientID, clean: true, password: "lamp"}.bytes()
		}
		old := dial(t, l, lamp("1"))
		dial(t, l, lamp("1"))
		if _, err := old.ended(); err != io.EOF {
			t.Errorf("its first connection ends with %v", err)
		}
		dial(t, l, lamp("2")) // that it closes the one before is the owner's business
		meter := hello{version: 4, id: "1", clean: true, password: "meter"}.bytes()
		d := dial(t, l, nil)
		d.Write(meter)
		if got, _ := d.ended(); len(got) != 1 || got[0].body[1] != 3 {
			t.Errorf("another device got %x, want CONNACK 3", got)
		}
		for range 3 {
			(<-o.online).Close("away")
		}
		synctest.Wait()
		dial(t, l, meter) // there is room again
	})
}

func TestTheLogHoldsNoPassword(t *testing.T) {
	var log bytes.Buffer
	cfg := broker.DefaultConfig
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		cp := hello{version: 5, id: "x", clean: true, password: "hush"}.bytes()
		d := dial(t, l, cp)
		d.Write(cp) // a protocol error: mochi logs the packet
		d.ended()
		synctest.Wait()
	})
	if s := log.String(); !strings.Contains(s, "error processing packet") || strings.Contains(s, "hush") {
		t.Errorf("log:\n%s", s)
	}
	if s := log.String(); strings.Contains(s, fmt.Sprint([]byte("hush"))) {
		t.Errorf("password as numbers in log:\n%s", s)
	}
}

func TestOverTCPADeviceConnectsReceivesAndIsToldGoodbye(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := newOwner()
	b := broker.New(broker.DefaultConfig, o)
	served := make(chan error, 1)
	go func() { served <- b.Serve(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	d := greet(t, c, connect(5, "x"))
	s := <-o.online
	for i := range uint64(20) {
		send(t, s, 1, i)
	}
	for i := range uint16(20) {
		if p := d.read(); string(p.body[len(p.body)-len(fmt.Sprint(i)):]) != fmt.Sprint(i) {
			t.Errorf("message %d: %q", i, p.body)
		}
		d.Write(ack(i + 1))
	}
	d.Write([]byte{0xc0, 0})
	d.read()
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := d.ended(); len(got) != 1 || got[0].kind() != disconnect || err != io.EOF {
		t.Errorf("goodbye: %x, %v", got, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if n := len(o.take()); n != 22 {
		t.Errorf("%d calls, want online, 20 left, offline", n)
	}
}

// listenerValue is a listener that cannot be a key of a map.
type listenerValue struct {
	net.Listener
	_ []int
}

func TestAnyListenerIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := broker.New(broker.DefaultConfig, newOwner())
		done := make(chan error, 1)
		go func() { done <- b.Serve(listenerValue{Listener: pipe.Listen("any")}) }()
		synctest.Wait()
		b.Close(t.Context())
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
}
