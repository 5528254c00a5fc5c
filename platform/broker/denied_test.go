package broker_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mochi-mqtt/server/v2/packets"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func TestAMessageThatADeviceMayNotSendIsDroppedWhereMQTTCannotSaySo(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(4, "x"))
		<-o.online
		d.Write(message(4, 0, 0, "/up/y/a", "not mine"))
		d.Write(message(4, 1, 1, "/up/y/a", "not mine"))
		if p := d.read(); p.kind() != puback || len(p.body) != 2 {
			t.Errorf("PUBLISH to another's topic: %x %x", p.first, p.body)
		}
		d.Write(message(4, 1, 2, "/up/x/a", "mine"))
		if p := d.read(); p.kind() != puback {
			t.Errorf("PUBLISH to its own topic: %x %x", p.first, p.body)
		}
		equal(t, "heard", o.take(), []string{"online x", "message x /up/x/a mine"})
		if s := b.Stats(); s.DeniedPublishes != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestAMessageAtQoS2EndsTheConnection(t *testing.T) {
	for _, version := range []byte{4, 5} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			d := dial(t, l, connect(version, "x"))
			s := <-o.online
			d.Write(message(version, 2, 1, "/up/x/a", "twice safe"))
			got, err := d.ended()
			if version == 5 && (len(got) != 1 || got[0].kind() != disconnect || got[0].body[0] != 0x9b) ||
				version == 4 && len(got) != 0 || err != io.EOF {
				t.Errorf("version %d: got %x, %v, want the end, in MQTT 5 with DISCONNECT 0x9b", version, got, err)
			}
			synctest.Wait()
			equal(t, "heard", o.take(), []string{"online x", "offline x"})
			if err := o.cause(s); !errors.Is(err, packets.ErrQosNotSupported) {
				t.Errorf("cause %v", err)
			}
		})
	}
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

func TestAFilterThatIsTooLongOrTooDeepIsRefused(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		<-o.online
		long := "/down/x/" + strings.Repeat("a", 512-len("/down/x/"))
		deep := "/down/x/a" + strings.Repeat("/a", 12)
		for i, c := range []struct {
			filter string
			want   byte
		}{{long, 1}, {long + "a", 0x87}, {deep, 1}, {deep + "/a", 0x87}, {"/down/x" + strings.Repeat("/", 60000), 0x87}} {
			d.Write(subscribe(5, uint16(i+1), 1, c.filter))
			if p := d.read(); p.kind() != suback || p.body[3] != c.want {
				t.Errorf("%d bytes, %d levels: %x %x, want %x", len(c.filter), strings.Count(c.filter, "/")+1, p.first, p.body, c.want)
			}
		}
		if n := b.Stats().DeniedSubscribes; n != 3 {
			t.Errorf("%d are counted, want 3", n)
		}
	})
}

func TestTheLogNamesWhoIsRefusedAndWhatIsDenied(t *testing.T) {
	var log bytes.Buffer
	cfg := broker.DefaultConfig
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	bubble(t, cfg, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		o.refuse["thief"] = &broker.Refusal{BadCredentials: true, Reason: "sign check failed"}
		d := dial(t, l, nil)
		d.Write(hello{version: 4, id: "thief", clean: true, password: "hush"}.bytes())
		d.ended()
		d = dial(t, l, hello{version: 4, id: "x", clean: true, password: "hush"}.bytes())
		d.Write(message(4, 1, 1, "/up/y/a", "not mine"))
		d.read()
		d.Write(subscribe(4, 2, 1, "/down/y/b"))
		d.read()
		d.Write(message(4, 2, 3, "/up/x/twice", "safe"))
		d.ended()
	})
	for _, want := range []string{
		`msg="device refused" user=user client=thief remote=mqtt error="connection refused: sign check failed"`,
		`msg="publish denied" user=user topic=/up/y/a`, `msg="subscribe denied" user=user topic=/down/y/b`,
		`msg="publish at QoS 2 denied" user=user topic=/up/x/twice`, `msg="connection ended" user=user`,
	} {
		if !strings.Contains(log.String(), want) || strings.Contains(log.String(), "hush") {
			t.Errorf("log without %s, or with the password:\n%s", want, &log)
		}
	}
}
