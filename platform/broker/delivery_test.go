package broker_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func TestAMessageAtQoS0HasLeftWhenItIsWrittenAndCarriesItsRealTopic(t *testing.T) {
	for _, version := range []byte{4, 5} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			d := dial(t, l, connect(version, "x"))
			send(t, <-o.online, 0, 41)
			synctest.Wait()
			equal(t, "heard", o.take(), []string{"online x", "left x 41"})
			want := message(version, 0, 0, "/down/x/c", "41")
			got := make([]byte, len(want))
			io.ReadFull(d.in, got)
			if !bytes.Equal(got, want) {
				t.Errorf("version %d: on the wire\n got %x\nwant %x", version, got, want)
			}
		})
	}
}

func TestAMessageAtQoS1HasLeftWhenTheDeviceAcknowledgesIt(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		send(t, <-o.online, 1, 41, 42)
		want := message(5, 1, 1, "/down/x/c", "41")
		got := make([]byte, len(want))
		io.ReadFull(d.in, got)
		if !bytes.Equal(got, want) {
			t.Errorf("on the wire\n got %x\nwant %x", got, want)
		}
		synctest.Wait()
		equal(t, "before the acknowledgement", o.take(), []string{"online x"})
		d.Write(ack(2))
		d.Write(ack(1))
		d.Write(ack(1))
		d.Write(ack(99))
		synctest.Wait()
		equal(t, "after it", o.take(), []string{"left x 42", "left x 41"})
	})
}

// stall fills what the network holds for a device that does not read.
func stall(t *testing.T, s *broker.Session) {
	t.Helper()
	for range 8 { // with their headers more than 1 MiB: the last one waits in the middle
		m := broker.Message{Topic: "/down/" + s.Login.ClientID + "/c", Payload: make([]byte, 128<<10)}
		if err := s.Publish(m); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	}
}

func TestADeviceThatDoesNotReadNeverBlocksThePublisherAndIsCut(t *testing.T) {
	cfg := broker.DefaultConfig
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, connect(5, "x"))
		s := <-o.online
		stall(t, s)
		for i := range cfg.PendingWrites - 1 { // one is being written
			send(t, s, 1, uint64(i))
		}
		if err := s.Publish(broker.Message{Topic: "/down/x/c", QoS: 1}); !errors.Is(err, broker.ErrNoRoom) {
			t.Errorf("publish: %v, want ErrNoRoom", err)
		}
		if n := b.Stats().Dropped; n != 1 {
			t.Errorf("dropped %d, want 1", n)
		}
		time.Sleep(cfg.WriteTimeout - 1)
		synctest.Wait()
		if o.cause(s) != nil {
			t.Fatal("cut too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if o.cause(s) == nil {
			t.Error("not cut in time")
		}
	})
}

func TestADeviceThatFloodsWithoutReadingIsCut(t *testing.T) {
	cfg := broker.DefaultConfig
	cfg.MaxOutbox, cfg.WriteTimeout = 1000, time.Hour
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		stall(t, s)
		ping := bytes.Repeat([]byte{0xc0, 0}, 400)
		d.Write(ping)
		synctest.Wait()
		if o.cause(s) != nil {
			t.Fatal("cut with room left")
		}
		d.Write(ping)
		synctest.Wait()
		if o.cause(s) == nil {
			t.Error("800 unread PINGRESP of 2 bytes fit into 1000")
		}
	})
}

func TestADeviceGetsOneCopyWhateverElseItSubscribesTo(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		for i, f := range []string{"/down/x/c", "/down/x/+", "/down/x/#"} {
			d.Write(subscribe(5, uint16(i+1), 0, f))
			d.read()
		}
		d.Write(unsubscribe(9, "/down/x/#"))
		d.read()
		send(t, s, 1, 1)
		if p := d.read(); p.first != 0x32 {
			t.Errorf("first byte %#x, want PUBLISH at QoS 1 although it subscribed at 0", p.first)
		}
		d.Write([]byte{0xc0, 0})
		if p := d.read(); p.kind() != pingresp {
			t.Errorf("a second copy: %x %q", p.first, p.body)
		}
	})
}

func TestNothingGoesFromDeviceToDeviceOrBack(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		x, y := dial(t, l, connect(5, "x")), dial(t, l, hello{version: 5, id: "y", clean: true, will: "/elsewhere"}.bytes())
		for _, d := range []*device{x, y} {
			d.Write(subscribe(5, 1, 1, "#"))
			if p := d.read(); p.kind() != suback || p.body[3] != 1 {
				t.Fatalf("SUBSCRIBE #: %x", p.body)
			}
		}
		y.Write(message(5, 0, 0, "/elsewhere", "hello"))
		y.Write(message(5, 1, 1, "/up/y/a", "hello"))
		y.read()
		y.Close() // without DISCONNECT: its will is due
		x.Write([]byte{0xc0, 0})
		synctest.Wait()
		if p := x.read(); p.kind() != pingresp {
			t.Errorf("x got %x %q", p.first, p.body)
		}
	})
}

func TestAMessageForATopicWithoutSubscriptionFails(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		m := broker.Message{Topic: "/elsewhere"}
		if err := s.Publish(m); !errors.Is(err, broker.ErrUnsubscribed) {
			t.Errorf("publish: %v, want ErrUnsubscribed", err)
		}
		d.Write(subscribe(5, 1, 1, "/elsewhere"))
		d.read()
		if err := s.Publish(m); err != nil {
			t.Errorf("publish after SUBSCRIBE: %v", err)
		}
	})
}

func TestAMessageLargerThanTheDeviceTakesFails(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 5, id: "x", clean: true, props: []byte{0x27, 0, 0, 0, 200}}.bytes())
		s := <-o.online
		m := broker.Message{Topic: "/down/x/c", Payload: make([]byte, 200-3-2-9-2-1+1), QoS: 1}
		if err := s.Publish(m); !errors.Is(err, broker.ErrTooLarge) {
			t.Errorf("201 bytes: %v, want ErrTooLarge", err)
		}
		m.Payload = m.Payload[1:]
		if err := s.Publish(m); err != nil {
			t.Errorf("200 bytes: %v", err)
		}
		if p := d.read(); len(p.body) != 197 {
			t.Errorf("remaining length %d, want 197", len(p.body))
		}
	})
}

func TestPublishAndCloseFromAnywhereAtOnce(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		o.onLeft = func(s *broker.Session, token uint64) {
			if token < 50 {
				s.Publish(broker.Message{Topic: "/down/x/again", QoS: 0, Token: token + 50})
			}
		}
		o.onSay = func(s *broker.Session, _ string, _ []byte) { s.Close("enough") }
		var all sync.WaitGroup
		for i := range uint64(40) {
			all.Go(func() { s.Publish(broker.Message{Topic: "/down/x/c", QoS: byte(i % 2), Token: i}) })
		}
		all.Go(func() {
			for range 30 {
				p := d.read()
				if p.first == 0x32 {
					d.Write(ack(uint16(p.body[11])<<8 | uint16(p.body[12])))
				}
			}
			d.Write(message(5, 0, 0, "/up/x/a", ""))
			d.ended()
		})
		all.Wait()
		synctest.Wait()
		if got := o.take(); got[len(got)-1] != "offline x" {
			t.Errorf("last: %q", got)
		}
	})
}
