package broker_test

// One test for each weakness of the MQTT library that would touch us. Most are avoided by not using what is weak; the
// tests are there for the day when somebody does.

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func TestPitfall06AFullWindowIsNotDropped(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		const window = 128
		for i := range uint64(window) { // without a pause in which anything could be written
			send(t, s, 1, i)
		}
		for i := range window {
			if p := d.read(); !bytes.HasSuffix(p.body, fmt.Append(nil, i)) {
				t.Fatalf("message %d: %q", i, p.body)
			}
		}
		if n := b.Stats().Dropped; n != 0 {
			t.Errorf("%d dropped", n)
		}
	})
}

func TestPitfall07AReceiveMaximumBelowTheBurstDoesNotStall(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 5, id: "x", clean: true, props: []byte{0x21, 0, 2}}.bytes()) // Receive Maximum 2
		s := <-o.online
		for i := range uint64(100) {
			send(t, s, 1, i)
		}
		send(t, s, 0, 100)
		open := 0
		for i := range 100 {
			p := d.read()
			if open++; open > 2 {
				t.Fatalf("message %d: %d unacknowledged, the device takes 2", i, open)
			}
			topic := len("/down/x/c") + 2
			if got := string(p.body[topic+3:]); got != fmt.Sprint(i) {
				t.Fatalf("message %d: %q", i, got)
			}
			if open == 2 {
				d.Write(ack(uint16(i)))
				d.Write(ack(uint16(i + 1)))
				open = 0
			}
		}
		if p := d.read(); p.first != 0x30 {
			t.Errorf("last: %x %q, want the message at QoS 0 in its place", p.first, p.body)
		}
		synctest.Wait()
		if n := len(o.take()); n != 102 {
			t.Errorf("%d calls, want online and 101 left", n)
		}
	})
}

func TestPitfall08NothingOutlivesAConnection(t *testing.T) {
	for _, version := range []byte{4, 5} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			stay := hello{version: version, id: "x", clean: false, keepAlive: 60, props: []byte{0x11, 0, 0, 1, 0}} // for 256 s
			d := dial(t, l, stay.bytes())
			s := <-o.online
			d.Write(subscribe(version, 1, 1, "/elsewhere"))
			d.read()
			send(t, s, 1, 1, 2, 3)
			d.Close()
			synctest.Wait()
			d = dial(t, l, nil)
			d.Write(stay.bytes())
			p := d.read()
			if p.kind() != connack || p.body[0] != 0 {
				t.Errorf("CONNACK %x, want no session present", p.body)
			}
			if version == 5 && !bytes.Contains(p.body, []byte{0x11, 0, 0, 0, 0}) {
				t.Errorf("CONNACK %x does not say that sessions expire at once", p.body)
			}
			again := <-o.online
			if err := again.Publish(broker.Message{Topic: "/elsewhere"}); err == nil {
				t.Error("a subscription came back")
			}
			d.Write([]byte{0xc0, 0})
			if p := d.read(); p.kind() != pingresp {
				t.Errorf("a message came back: %x %q", p.first, p.body)
			}
		})
	}
}

// tired is a listener that fails now and then.
type tired struct {
	*pipe.Listener
	mu   sync.Mutex
	errs []error
}

func (l *tired) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.errs) == 0 {
		return l.Listener.Accept()
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

func TestPitfall09AnAcceptErrorDoesNotEndTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := &net.OpError{Op: "accept", Err: syscall.EMFILE}
		l := &tired{Listener: pipe.Listen("mqtt"), errs: slices.Repeat([]error{full}, 20)}
		o := newOwner()
		b := broker.New(broker.DefaultConfig, o)
		served := make(chan error, 1)
		go func() { served <- b.Serve(l) }()
		begin := time.Now()
		dial(t, l.Listener, connect(5, "x"))
		if took := time.Since(begin); took < time.Second || took > 20*time.Second {
			t.Errorf("20 failures took %v: no growing wait", took)
		}
		b.Close(t.Context())
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func TestPitfall09ALastingAcceptErrorIsReturned(t *testing.T) {
	l := &tired{Listener: pipe.Listen("mqtt"), errs: []error{syscall.EINVAL}}
	if err := broker.New(broker.DefaultConfig, newOwner()).Serve(l); err != syscall.EINVAL {
		t.Errorf("serve: %v, want EINVAL", err)
	}
}

func TestPitfall10AnIdleBrokerDoesNothing(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 5, id: "x", clean: true}.bytes())
		d.Write(subscribe(5, 1, 1, "#"))
		d.read()
		d.SetReadDeadline(time.Now().Add(48 * time.Hour))
		if p, err := d.tryRead(); err == nil {
			t.Errorf("in 48 hours of silence came %x %q", p.first, p.body)
		}
	})
}

func TestPitfall11CloseAmidComingAndGoingDoesNotDeadlock(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				c, err := l.Dial(t.Context())
				if err != nil {
					return
				}
				c.Write(connect(5, fmt.Sprint(i%50)))
				if i%3 == 0 {
					c.Close()
				}
				for buf := make([]byte, 100); err == nil; {
					_, err = c.Read(buf)
				}
				c.Close()
			})
		}
		time.Sleep(time.Millisecond)
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
		all.Wait()
		balance := 0
		for _, h := range o.take() {
			if h[:2] == "on" {
				balance++
			} else {
				balance--
			}
		}
		if balance != 0 {
			t.Errorf("%d sessions came online and did not go offline", balance)
		}
	})
}

// The table of packet ids that the library keeps is shared by both directions.
func TestPitfall12ADevicesOwnPacketIDsDoNotDisturbItsCommands(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		send(t, <-o.online, 1, 41, 42)
		d.read()
		d.read()
		d.Write(message(5, 1, 1, "/up/x/a", "mine"))
		if p := d.read(); p.kind() != puback || len(p.body) > 2 && p.body[2] != 0 {
			t.Errorf("PUBLISH with an id that a command has: %x %x", p.first, p.body)
		}
		d.Write(subscribe(5, 2, 1, "/down/x/c"))
		if p := d.read(); p.kind() != suback || p.body[3] != 1 {
			t.Errorf("SUBSCRIBE with an id that a command has: %x %x", p.first, p.body)
		}
		o.take()
		d.Write(ack(1))
		d.Write(ack(2))
		synctest.Wait()
		equal(t, "heard", o.take(), []string{"left x 41", "left x 42"})
	})
}

func TestPitfall13EveryMessageAtQoS1IsAcknowledged(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		for i := range uint16(3000) { // more than the library's quota for one client
			d.Write(message(5, 1, i+1, "/up/x/a", ""))
			if p := d.read(); p.kind() != puback || p.body[0] != byte((i+1)>>8) || p.body[1] != byte(i+1) {
				t.Fatalf("message %d: %x %x", i, p.first, p.body)
			}
		}
	})
}

func TestPitfall14AKeepAliveOf65535SecondsLasts(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, hello{version: 5, id: "x", clean: true, keepAlive: 65535}.bytes())
		s := <-o.online
		time.Sleep(65535 * time.Second * 3 / 2)
		synctest.Wait()
		if o.cause(s) != nil {
			t.Fatal("cut early")
		}
		time.Sleep(time.Microsecond)
		synctest.Wait()
		if o.cause(s) == nil {
			t.Error("not cut in time")
		}
	})
}
