package dialecttest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"fleetdrill/platform"
	"fleetdrill/platform/pipe"
)

// Device is a connected device that speaks MQTT 3.1.1, as the vendors' own do, or World.Version, and does not subscribe to
// anything.
type Device struct {
	platform.Address
	version byte
	t       *testing.T
	codec   Codec
	conn    net.Conn
	in      *bufio.Reader
	got     chan Message
	holds   atomic.Bool   // no acknowledgement is sent
	gone    chan struct{} // closed when the connection has ended
}

// Message is what came to a device.
type Message struct {
	Topic      string
	Payload    []byte
	QoS        byte
	Dup        bool
	Packet     uint16             // packet id at QoS 1
	Properties packets.Properties // MQTT 5
	platform.Command
}

// Connect connects device i with its secret.
func (w *World) Connect(i int) *Device {
	w.T.Helper()
	d, code := w.TryConnect(Address(i), "ds-test")
	if code != 0 {
		w.T.Fatalf("device %d is refused with CONNACK %d", i, code)
	}
	synctest.Wait()
	return d
}

// TryConnect connects whom it is told to, and returns the code of the CONNACK; the device is nil unless that is 0.
func (w *World) TryConnect(a platform.Address, secret string) (*Device, byte) {
	w.T.Helper()
	id, user, password := w.Harness.Codec.Login(a, secret, time.Now())
	return w.TryLogin(a, id, user, password)
}

// TryLogin connects with a login as it is given.
func (w *World) TryLogin(a platform.Address, id, user, password string) (*Device, byte) {
	w.T.Helper()
	conn, err := w.mqtt.Dial(context.Background())
	if err != nil {
		w.T.Fatal(err)
	}
	d := &Device{Address: a, version: w.Version, t: w.T, codec: w.Harness.Codec, conn: conn, in: bufio.NewReader(conn),
		got: make(chan Message, 1000), gone: make(chan struct{})}
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Properties: packets.Properties{ReceiveMaximum: w.Receive},
		Connect: packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: !w.Persist, ClientIdentifier: id,
			UsernameFlag: true, Username: []byte(user), PasswordFlag: true, Password: []byte(password)}})
	pk, err := d.read()
	if err != nil || pk.FixedHeader.Type != packets.Connack {
		w.T.Fatalf("CONNECT is answered with packet type %d, error %v", pk.FixedHeader.Type, err)
	}
	if pk.ReasonCode != 0 {
		conn.Close()
		return nil, pk.ReasonCode
	}
	d.holds.Store(w.Hold)
	go d.receive()
	w.T.Cleanup(func() { conn.Close(); <-d.gone })
	return d, 0
}

func (d *Device) read() (packets.Packet, error) {
	pk := packets.Packet{ProtocolVersion: d.version}
	first, err := d.in.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(d.in); err != nil {
		return pk, err
	}
	body := make([]byte, pk.FixedHeader.Remaining)
	if _, err := io.ReadFull(d.in, body); err != nil {
		return pk, err
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		return pk, pk.ConnackDecode(body)
	case packets.Publish:
		return pk, pk.PublishDecode(body)
	}
	return pk, nil
}

func (d *Device) receive() {
	defer close(d.gone)
	for {
		pk, err := d.read()
		if err != nil {
			return
		}
		if pk.FixedHeader.Type != packets.Publish {
			continue
		}
		m := Message{Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Dup: pk.FixedHeader.Dup,
			Packet: pk.PacketID, Properties: pk.Properties}
		if m.QoS == 1 && !d.holds.Load() {
			d.acknowledge(m)
		}
		if m.Command, err = d.codec.Decode(m.Topic, m.Payload); err != nil {
			d.t.Errorf("device %s cannot read %s %s: %v", d.Device, m.Topic, m.Payload, err)
		}
		d.got <- m
	}
}

func (d *Device) acknowledge(m Message) {
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: m.Packet})
}

// Hold lets the device acknowledge nothing from now on but what Ack is called for.
func (d *Device) Hold() { d.holds.Store(true) }

// Ack acknowledges a message at QoS 1, and returns when that has had its effect.
func (d *Device) Ack(m Message) {
	d.t.Helper()
	d.acknowledge(m)
	synctest.Wait()
}

func (d *Device) send(pk packets.Packet) {
	d.t.Helper()
	pk.ProtocolVersion = d.version
	var b bytes.Buffer
	encode := map[byte]func(*bytes.Buffer) error{packets.Connect: pk.ConnectEncode, packets.Publish: pk.PublishEncode,
		packets.Puback: pk.PubackEncode, packets.Subscribe: pk.SubscribeEncode}[pk.FixedHeader.Type]
	if err := encode(&b); err != nil {
		d.t.Fatalf("packet type %d: %v", pk.FixedHeader.Type, err)
	}
	d.conn.Write(b.Bytes()) // an error shows in what is read
}

// Publish sends a message at QoS 0, and returns when it has had its effect.
func (d *Device) Publish(topic string, payload []byte) {
	d.t.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: topic, Payload: payload})
	synctest.Wait()
}

// Subscribe asks for a filter at QoS 0, as some devices do although they need not.
func (d *Device) Subscribe(filter string) {
	d.t.Helper()
	d.SubscribeAt(filter, 0)
}

// SubscribeAt asks for a filter.
func (d *Device) SubscribeAt(filter string, qos byte) {
	d.t.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: filter, Qos: qos}}})
	synctest.Wait()
}

// Next returns the next command. It fails the test if none comes within an hour.
func (d *Device) Next() Message {
	d.t.Helper()
	select {
	case m := <-d.got:
		return m
	case <-d.gone:
		d.t.Fatalf("device %s lost its connection, but a command was to come", d.Device)
	case <-time.After(time.Hour):
		d.t.Fatalf("device %s waited an hour for a command", d.Device)
	}
	return Message{}
}

// Waiting is how many commands have come that Next has not returned, once nothing more can come without time passing.
func (d *Device) Waiting() int {
	synctest.Wait()
	return len(d.got)
}

// Reply sends an answer.
func (d *Device) Reply(r platform.Reply) {
	d.t.Helper()
	topic, payload, err := d.codec.Encode(d.Address, r)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Publish(topic, payload)
}

// Answer answers a command with success; its output tells which command it is for.
func (d *Device) Answer(m Message) {
	d.t.Helper()
	r := platform.ReplyTo(m.Command)
	r.OK, r.Data = true, OutputFor(m)
	d.Reply(r)
}

// OutputFor is the output of Answer.
func OutputFor(m Message) json.RawMessage {
	number := uint64(m.Wire)
	if number == 0 {
		number = uint64(m.ID)
	}
	return json.RawMessage(fmt.Sprintf(`{"answer":%d,"input":%s}`, number, m.Input))
}

// Drop ends the connection without a word, and returns when the platform has noticed.
func (d *Device) Drop() {
	d.conn.(*pipe.Conn).Reset()
	<-d.gone
	synctest.Wait()
}

// Lost tells whether the connection has ended.
func (d *Device) Lost() bool {
	synctest.Wait()
	select {
	case <-d.gone:
		return true
	default:
		return false
	}
}
