package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
	"pgregory.net/rapid"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

// propertiesOf reads them as another implementation does.
func propertiesOf(t *testing.T, p packet) *broker.Properties {
	t.Helper()
	pk := packets.Packet{ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: p.first >> 1 & 3, Remaining: len(p.body)}}
	if err := pk.PublishDecode(p.body); err != nil {
		t.Fatalf("what is on the wire cannot be read: %v", err)
	}
	got := &broker.Properties{CorrelationData: pk.Properties.CorrelationData, ResponseTopic: pk.Properties.ResponseTopic}
	for _, u := range pk.Properties.User {
		got.User = append(got.User, [2]string{u.Key, u.Val})
	}
	return got
}

func TestPropertiesReachADeviceThatSpeaksMQTT5AsTheyAre(t *testing.T) {
	word := rapid.StringMatching(`[a-zA-Z0-9 /_ü☃]{0,200}`)
	var all []*broker.Properties
	rapid.Check(t, func(rt *rapid.T) {
		p := &broker.Properties{ResponseTopic: word.Draw(rt, "topic"), CorrelationData: rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(rt, "data")}
		for range rapid.IntRange(0, 20).Draw(rt, "pairs") {
			p.User = append(p.User, [2]string{"k" + word.Draw(rt, "name"), word.Draw(rt, "value")})
		}
		all = append(all, p)
	})
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		s := <-o.online
		for i, want := range all {
			if err := s.Publish(broker.Message{Topic: "/down/x/c", Payload: []byte("hello"), QoS: byte(i % 2), Properties: want}); err != nil {
				t.Fatal(err)
			}
			p := d.read()
			if diff := cmp.Diff(want, propertiesOf(t, p)); diff != "" || !strings.HasSuffix(string(p.body), "hello") {
				t.Fatalf("message %d (-want +got):\n%s", i, diff)
			}
			if i%2 == 1 {
				at := len("/down/x/c") + 2
				d.Write(ack(uint16(p.body[at])<<8 | uint16(p.body[at+1])))
			}
		}
	})
}

func TestPropertiesAreLeftOutForADeviceThatDoesNotKnowThem(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(4, "x"))
		s := <-o.online
		m := broker.Message{Topic: "/down/x/c", Payload: []byte("hello"), Properties: &broker.Properties{ResponseTopic: "/up/x", User: [][2]string{{"a", "b"}}}}
		if err := s.Publish(m); err != nil {
			t.Fatal(err)
		}
		if p := d.read(); string(p.body) != string(text("/down/x/c"))+"hello" {
			t.Errorf("on the wire: %q", p.body)
		}
	})
}

func TestPropertiesCountForTheLargestPacketAndEachHasALimit(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, hello{version: 5, id: "x", clean: true, props: []byte{0x27, 0, 0, 0, 200}}.bytes())
		s := <-o.online
		m := broker.Message{Topic: "/down/x/c", QoS: 1, Properties: &broker.Properties{}}
		for _, c := range []struct {
			room int
			want error
		}{{200 - 3 - 2 - 9 - 2 - 2 - 3, nil}, {200 - 3 - 2 - 9 - 2 - 2 - 3 + 1, broker.ErrTooLarge}} {
			m.Properties = &broker.Properties{CorrelationData: make([]byte, c.room)}
			if err := s.Publish(m); !errors.Is(err, c.want) {
				t.Errorf("%d bytes of data: %v, want %v", c.room, err, c.want)
			}
		}
		if p := d.read(); len(p.body) != 197 {
			t.Errorf("remaining length %d, want 197", len(p.body))
		}
	})
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		dial(t, l, connect(5, "y"))
		s := <-o.online
		long := strings.Repeat("x", 65536)
		for _, p := range []broker.Properties{{ResponseTopic: long}, {CorrelationData: []byte(long)}, {User: [][2]string{{long, ""}}}, {User: [][2]string{{"", long}}}} {
			if err := s.Publish(broker.Message{Topic: "/down/y/c", Properties: &p}); !errors.Is(err, broker.ErrTooLarge) {
				t.Errorf("65,536 bytes in one: %v, want %v", err, broker.ErrTooLarge)
			}
		}
	})
}

func TestWhoKeepsAMessageDoesNotKeepItsProperties(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		<-o.online
		kept := make(chan []byte, 400)
		o.onSay = func(_ *broker.Session, _ string, payload []byte) { kept <- payload }
		message := packets.Packet{ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "/up/x/a", Payload: []byte("hello"),
			Properties: packets.Properties{User: []packets.UserProperty{{Key: "k", Val: strings.Repeat("x", 60_000)}}}}
		var wire bytes.Buffer
		if err := message.PublishEncode(&wire); err != nil {
			t.Fatal(err)
		}
		before := heap()
		for range cap(kept) {
			d.Write(wire.Bytes())
		}
		synctest.Wait()
		if more := heap() - before; len(kept) != cap(kept) || more > 5<<20 {
			t.Errorf("%d messages keep %d bytes", len(kept), more)
		}
	})
}

func TestASubscriptionDoesNotKeepThePropertiesThatItCameWith(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		d := dial(t, l, connect(5, "x"))
		<-o.online
		before := heap()
		for i := range 90 {
			p := packets.Packet{ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: uint16(i + 1),
				Filters: packets.Subscriptions{{Filter: fmt.Sprint("/down/x/", i)}}, Properties: packets.Properties{
					User: slices.Repeat([]packets.UserProperty{{Key: "k", Val: strings.Repeat("x", 60_000)}}, 4)}}
			var wire bytes.Buffer
			if err := p.SubscribeEncode(&wire); err != nil {
				t.Fatal(err)
			}
			d.Write(wire.Bytes())
			if got := d.read(); got.body[len(got.body)-1] != 0 {
				t.Fatalf("SUBACK %d ends with %d", i, got.body[len(got.body)-1])
			}
		}
		if more := heap() - before; more > 5<<20 {
			t.Errorf("90 subscriptions keep %d bytes", more)
		}
	})
}

func TestAConnectionDoesNotKeepThePropertiesOfItsCONNECT(t *testing.T) {
	bubble(t, broker.DefaultConfig, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		before := heap()
		for i := range 90 {
			id := fmt.Sprint("x", i)
			p := packets.Packet{ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Connect},
				Connect:    packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: true, ClientIdentifier: id, UsernameFlag: true, Username: []byte(id)},
				Properties: packets.Properties{User: slices.Repeat([]packets.UserProperty{{Key: "k", Val: strings.Repeat("x", 60_000)}}, 4)}}
			var wire bytes.Buffer
			if err := p.ConnectEncode(&wire); err != nil {
				t.Fatal(err)
			}
			dial(t, l, wire.Bytes())
			<-o.online
		}
		if more := heap() - before; more > 10<<20 {
			t.Errorf("90 connections keep %d bytes", more)
		}
	})
}

func heap() int {
	runtime.GC()
	runtime.GC() // what is in a sync.Pool goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
