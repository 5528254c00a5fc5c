package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
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

func TestAGoodbyeIsUnderstoodWhenAnAnswerBeforeItCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, l := newOwner(), &oneWay{Listener: pipe.Listen("mqtt")}
		b := broker.New(broker.DefaultConfig, o)
		go b.Serve(l)
		defer b.Close(t.Context())
		d := dial(t, l.Listener, connect(5, "x"))
		s := <-o.online
		l.gone.Store(true)
		d.Write([]byte{0xc0, 0})
		synctest.Wait()
		d.Write([]byte{0xe0, 0})
		synctest.Wait()
		equal(t, "heard", o.take(), []string{"online x", "offline x"})
		if err := o.cause(s); err != nil {
			t.Errorf("cause %v, want nil", err)
		}
	})
}

// oneWay is a listener whose connections can at some time only be read, as when the device has closed its end.
type oneWay struct {
	*pipe.Listener
	gone atomic.Bool
}

type oneWayConn struct {
	net.Conn
	l *oneWay
}

func (l *oneWay) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return oneWayConn{c, l}, err
}

func (c oneWayConn) Write(p []byte) (int, error) {
	if c.l.gone.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
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
		time.Sleep(7500 * time.Millisecond)
		synctest.Wait()
		equal(t, "at the last moment", o.take(), []string{"online x"})
		d.Write([]byte{0xc0, 0}) // is in time
		if p := d.read(); p.kind() != pingresp {
			t.Fatalf("answer to PINGREQ: %x", p.first)
		}
		time.Sleep(7500 * time.Millisecond)
		synctest.Wait()
		equal(t, "at the last moment again", o.take(), nil)
		time.Sleep(time.Microsecond)
		synctest.Wait()
		equal(t, "on time", o.take(), []string{"offline x"})
		if err := o.cause(s); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("cause %v, want deadline exceeded", err)
		}
	})
}

func TestAKeepAliveThatIsTooLongForTheOwnerIsTheLongestThatItTakes(t *testing.T) {
	for keepAlive, want := range map[uint16]time.Duration{5: 7500 * time.Millisecond, 10: 15 * time.Second, 11: 15 * time.Second, 65535: 15 * time.Second} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			o.most = 10
			dial(t, l, hello{version: 4, id: "x", clean: true, keepAlive: keepAlive}.bytes())
			<-o.online
			time.Sleep(want)
			synctest.Wait()
			equal(t, "at the last moment", o.take(), []string{"online x"})
			time.Sleep(time.Microsecond)
			synctest.Wait()
			equal(t, "on time", o.take(), []string{"offline x"})
		})
	}
}

func TestADeviceThatSpeaksMQTT5IsToldOfAShorterKeepAlive(t *testing.T) {
	for keepAlive, want := range map[uint16]bool{10: false, 11: true} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			o.most = 10
			d := dial(t, l, nil)
			d.Write(hello{version: 5, id: "x", clean: true, keepAlive: keepAlive}.bytes())
			p := d.read()
			if told := bytes.Contains(p.body, []byte{0x13, 0, 10}); p.kind() != connack || told != want {
				t.Errorf("keep-alive %d: CONNACK % x, told %v, want %v", keepAlive, p.body, told, want)
			}
		})
	}
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

func TestDevicesThatChoseTheSameClientIDDoNotDisturbEachOther(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		o.named = true
		for i := range 2 {
			for _, who := range []string{"meter", "lamp"} {
				dial(t, l, hello{version: 4, id: "1", clean: true, password: who}.bytes())
				if s := <-o.online; s.Owner != who {
					t.Errorf("owner %v, want %s", s.Owner, who)
				}
			}
			synctest.Wait()
			if n := b.Stats().Connected; n != 2 {
				t.Fatalf("%d connected after each has come %d times, want 2", n, i+1)
			}
		}
	})
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
