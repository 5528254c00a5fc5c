package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func TestADeviceComesOnlinePublishesAndGoesOffline(t *testing.T) {
	for _, version := range []byte{4, 5} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			d := dial(t, l, hello{version: version, id: "x", clean: true, keepAlive: 60, password: "secret"}.bytes())
			s := <-o.online
			d.Write(message(version, 0, 0, "/up/x/a", "one"))
			d.Write(message(version, 1, 7, "/up/x/b", "two"))
			if p := d.read(); p.kind() != puback || p.body[0] != 0 || p.body[1] != 7 {
				t.Errorf("version %d: answer to PUBLISH: %x %x", version, p.first, p.body)
			}
			d.Write([]byte{0xe0, 0})
			d.ended()
			synctest.Wait()
			equal(t, "heard", o.take(), []string{
				"online x", "message x /up/x/a one", "message x /up/x/b two", "offline x"})
			if err := o.cause(s); err != nil {
				t.Errorf("cause after DISCONNECT: %v, want nil", err)
			}
			if s.Owner != "owner of x" || s.Login.Username != "user" || s.Login.Password != nil || s.Login.Version != version {
				t.Errorf("session: owner %v, login %+v", s.Owner, s.Login)
			}
			if string(o.login.Password) != "secret" {
				t.Errorf("Admit got password %q", o.login.Password)
			}
		})
	}
}

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

func TestARefusedDeviceGetsTheCodeOfItsProtocolVersion(t *testing.T) {
	for _, tt := range []struct {
		version byte
		id      string
		err     error
		code    byte
	}{
		{4, "x", &broker.Refusal{BadCredentials: true, Reason: "wrong password"}, 4},
		{5, "x", &broker.Refusal{BadCredentials: true, Reason: "wrong password"}, 0x86},
		{4, "x", &broker.Refusal{Reason: "disabled"}, 5},
		{5, "x", fmt.Errorf("admit: %w", &broker.Refusal{Reason: "disabled"}), 0x87},
		{4, "x", errors.New("any other"), 5},
		{5, "x", errors.New("any other"), 0x87},
		{4, "", nil, 2},
		{5, "", nil, 0x85},
	} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			o.refuse["x"] = tt.err
			d := dial(t, l, nil)
			d.Write(connect(tt.version, tt.id))
			got, err := d.ended()
			if len(got) != 1 || got[0].kind() != connack || got[0].body[1] != tt.code || err != io.EOF {
				t.Errorf("version %d, %v: got %x, %v, want CONNACK %#x and the end", tt.version, tt.err, got, err, tt.code)
			}
			synctest.Wait()
			equal(t, "heard", o.take(), nil)
			if s := b.Stats(); s.Refused != 1 || s.Connected != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestASilentDeviceIsOfflineAtOneAndAHalfTimesItsKeepAlive(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 4, id: "x", clean: true, keepAlive: 5}.bytes())
		s := <-o.online
		time.Sleep(3 * time.Second)
		d.Write([]byte{0xc0, 0})
		if p := d.read(); p.kind() != pingresp {
			t.Fatalf("answer to PINGREQ: %x", p.first)
		}
		time.Sleep(7500*time.Millisecond - 1)
		synctest.Wait()
		equal(t, "one nanosecond before", o.take(), []string{"online x"})
		time.Sleep(1)
		synctest.Wait()
		equal(t, "on time", o.take(), []string{"offline x"})
		if err := o.cause(s); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("cause %v, want deadline exceeded", err)
		}
	})
}

func TestAConnectionThatDoesNotSayConnectIsCutInTime(t *testing.T) {
	for _, start := range []string{"", "\x10", "\x10\x20\x00\x04MQTT"} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			d := dial(t, l, nil)
			d.Write([]byte(start))
			begin := time.Now()
			if got, err := d.ended(); err != io.EOF || len(got) > 0 {
				t.Errorf("after %q: %v, %v", start, got, err)
			}
			if took := time.Since(begin); took != broker.DefaultConfig.ConnectTimeout {
				t.Errorf("after %q: cut after %v", start, took)
			}
			synctest.Wait()
			if s := b.Stats(); s.Refused != 1 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestASecondConnectionTakesTheClientIDOver(t *testing.T) {
	for _, version := range []byte{4, 5} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			first := dial(t, l, connect(version, "x"))
			s1 := <-o.online
			send(t, s1, 1, 1)
			second := dial(t, l, connect(version, "x"))
			s2 := <-o.online
			got, err := first.ended()
			if version == 5 && (len(got) != 2 || got[1].kind() != disconnect || got[1].body[0] != 0x8e) || err != io.EOF {
				t.Errorf("first: %x, %v, want DISCONNECT 0x8e and the end", got, err)
			}
			if err := s1.Publish(broker.Message{Topic: "/down/x/c"}); !errors.Is(err, broker.ErrGone) {
				t.Errorf("publish to the first session: %v, want ErrGone", err)
			}
			send(t, s2, 1, 2)
			if p := second.read(); p.kind() != publish || !bytes.HasSuffix(p.body, []byte("2")) {
				t.Errorf("second: %x %q", p.first, p.body)
			}
			second.Write(ack(1))
			synctest.Wait()
			equal(t, "heard", o.take(), []string{"online x", "offline x", "online x", "left x 2"})
			if err := o.cause(s1); !errors.Is(err, broker.ErrTakenOver) {
				t.Errorf("cause %v, want ErrTakenOver", err)
			}
		})
	}
}

func TestManyConnectionsWithOneClientIDLeaveOneSession(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		var all sync.WaitGroup
		for range 50 {
			c, _ := l.Dial(t.Context())
			all.Go(func() {
				c.Write(connect(5, "x"))
				io.Copy(io.Discard, c)
			})
		}
		synctest.Wait()
		if s := b.Stats(); s.Connected != 1 {
			t.Errorf("%d connected, want 1", s.Connected)
		}
		online := 0
		for _, h := range o.take() {
			if online += map[string]int{"online x": 1, "offline x": -1}[h]; online < 0 || online > 1 {
				t.Fatalf("%d sessions at once", online)
			}
		}
		b.Close(t.Context())
		all.Wait()
	})
}

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
		time.Sleep(1)
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

func TestWhatADeviceMayNotDoIsRefusedAndCounted(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		<-o.online
		d.Write(message(5, 1, 1, "/up/y/a", "not mine"))
		if p := d.read(); p.kind() != puback || p.body[2] != 0x87 {
			t.Errorf("PUBLISH to another's topic: %x %x", p.first, p.body)
		}
		d.Write(subscribe(5, 2, 1, "/down/+/a"))
		if p := d.read(); p.kind() != suback || p.body[3] != 0x87 {
			t.Errorf("SUBSCRIBE to others' topics: %x %x", p.first, p.body)
		}
		d.Write(subscribe(5, 3, 1, "/down/x/+"))
		if p := d.read(); p.kind() != suback || p.body[3] != 1 {
			t.Errorf("SUBSCRIBE to its own topics: %x %x", p.first, p.body)
		}
		equal(t, "heard", o.take(), []string{"online x"})
		if s := b.Stats(); s.DeniedPublishes != 1 || s.DeniedSubscribes != 1 {
			t.Errorf("stats %+v", s)
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
