package broker_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

func again(t *testing.T, s *broker.Session, token uint64, want bool) {
	t.Helper()
	m := broker.Message{Topic: "/down/x/c", Payload: []byte("again"), Token: token}
	if sent, err := s.Again(m); sent != want || err != nil {
		t.Errorf("again %d: sent %v, %v; want %v", token, sent, err, want)
	}
}

func TestAMessageIsWrittenAgainUnderItsPacketIDAndLeavesOnce(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(4, "x"))
		s := <-o.online
		send(t, s, 1, 41, 42)
		first := d.read()
		d.read()
		again(t, s, 41, true)
		second := d.read()
		id := func(p packet) string { return string(p.body[len("/down/x/c")+2:][:2]) }
		if second.first != 0x3a || id(second) != id(first) {
			t.Errorf("first byte %#x, packet id %x; want 0x3a, a duplicate at QoS 1, and %x", second.first, id(second), id(first))
		}
		d.Write(ack(1))
		d.Write(ack(1))
		synctest.Wait()
		equal(t, "heard", o.take(), []string{"online x", "left x 41"})
		again(t, s, 41, false) // acknowledged
		again(t, s, 7, false)  // never sent
		d.Close()
		synctest.Wait()
		if _, err := s.Again(broker.Message{Token: 42}); !errors.Is(err, broker.ErrGone) {
			t.Errorf("on a session that is gone: %v, want %v", err, broker.ErrGone)
		}
	})
}

func TestWhatIsNotWrittenYetIsNotWrittenAgain(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 5, id: "x", clean: true, props: []byte{0x21, 0, 1}}.bytes()) // Receive Maximum 1
		s := <-o.online
		send(t, s, 1, 41, 42)
		d.read()
		again(t, s, 42, false)
		d.Write(ack(1))
		if p := d.read(); p.first != 0x32 {
			t.Errorf("first byte %#x, want 0x32: its first time", p.first)
		}
		again(t, s, 42, true)
		d.read()
	})
}

func TestAMessageThatMayHaveComeBeforeSaysSo(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(4, "x"))
		s := <-o.online
		for qos, want := range []byte{0x30, 0x3a} { // MQTT has no duplicates at QoS 0
			m := broker.Message{Topic: "/down/x/c", QoS: byte(qos), Dup: true}
			if err := s.Publish(m); err != nil {
				t.Fatal(err)
			}
			if p := d.read(); p.first != want {
				t.Errorf("QoS %d: first byte %#x, want %#x", qos, p.first, want)
			}
		}
	})
}

func TestARepetitionForADeviceThatDoesNotReadFindsNoRoom(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, connect(4, "x"))
		s := <-o.online
		stall(t, s)
		send(t, s, 1, 41)
		m := broker.Message{Topic: "/down/x/c", Token: 41}
		for range broker.DefaultConfig.PendingWrites {
			if _, err := s.Again(m); err != nil {
				if !errors.Is(err, broker.ErrNoRoom) {
					t.Errorf("again: %v, want %v", err, broker.ErrNoRoom)
				}
				if b.Stats().Dropped == 0 {
					t.Error("it is not counted")
				}
				return
			}
		}
		t.Error("there is always room")
	})
}

func TestASessionKnowsTheQoSThatItsDeviceAskedFor(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		want := func(want byte, wantOK bool) {
			t.Helper()
			if qos, ok := s.QoS("/down/x/c"); qos != want || ok != wantOK {
				t.Errorf("QoS %d, %v; want %d, %v", qos, ok, want, wantOK)
			}
		}
		want(0, false) // the implicit one does not count
		for i, step := range []struct {
			filter string
			asked  byte
			want   byte
		}{{"/down/x/c", 0, 0}, {"/down/x/other", 1, 0}, {"/down/x/+", 1, 1}, {"/down/x/#", 2, 1}} {
			d.Write(subscribe(5, uint16(i+1), step.asked, step.filter))
			d.read()
			want(step.want, true)
		}
		for _, f := range []string{"/down/x/+", "/down/x/#"} {
			d.Write(unsubscribe(9, f))
			d.read()
		}
		want(0, true)
	})
}

func TestALoginTellsWhetherTheDeviceWantsToBeRemembered(t *testing.T) {
	expiry := []byte{0x11, 0, 0, 0, 60}
	for what, c := range map[string]struct {
		hello
		want bool
	}{
		"clean session":                        {hello{version: 4, id: "x", clean: true}, true},
		"no clean session":                     {hello{version: 4, id: "x"}, false},
		"clean start, no expiry":               {hello{version: 5, id: "x", clean: true}, true},
		"clean start, but then to be kept":     {hello{version: 5, id: "x", clean: true, props: expiry}, false},
		"no clean start, but nothing to keep":  {hello{version: 5, id: "x"}, true},
		"no clean start, and to be kept again": {hello{version: 5, id: "x", props: expiry}, false},
	} {
		bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
			dial(t, l, c.bytes())
			if s := <-o.online; s.Login.Clean != c.want {
				t.Errorf("%s: Clean is %v", what, s.Login.Clean)
			}
		})
	}
}
