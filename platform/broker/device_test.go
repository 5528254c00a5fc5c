package broker_test

import (
	"bufio"
	"io"
	"net"
	"testing"

	"fleetdrill/platform/pipe"
)

// device is the far end of a connection, which speaks MQTT byte by byte: a test sees what is on the wire.
type device struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

type packet struct {
	first byte // type and flags
	body  []byte
}

func (p packet) kind() byte { return p.first >> 4 }

const (
	connack, publish, puback, suback, pingresp, disconnect = 2, 3, 4, 9, 13, 14
)

// dial connects and, if hello is not empty, says it and takes the CONNACK.
func dial(t testing.TB, l *pipe.Listener, hello []byte) *device {
	t.Helper()
	c, err := l.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return greet(t, c, hello)
}

func greet(t testing.TB, c net.Conn, hello []byte) *device {
	t.Helper()
	d := &device{Conn: c, t: t, in: bufio.NewReader(c)}
	if len(hello) == 0 {
		return d
	}
	d.Write(hello)
	if p := d.read(); p.kind() != connack || p.body[1] != 0 {
		t.Fatalf("answer to CONNECT: %x %x", p.first, p.body)
	}
	return d
}

func (d *device) tryRead() (packet, error) {
	first, err := d.in.ReadByte()
	if err != nil {
		return packet{}, err
	}
	length, shift := 0, 0
	for {
		b, err := d.in.ReadByte()
		if err != nil {
			return packet{}, err
		}
		length |= int(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			break
		}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(d.in, body)
	return packet{first, body}, err
}

func (d *device) read() packet {
	d.t.Helper()
	p, err := d.tryRead()
	if err != nil {
		d.t.Fatalf("read: %v", err)
	}
	return p
}

// ended reads on until the connection ends, and returns what came before.
func (d *device) ended() (got []packet, err error) {
	for {
		p, err := d.tryRead()
		if err != nil {
			return got, err
		}
		got = append(got, p)
	}
}

// hello is a CONNECT.
type hello struct {
	version   byte
	id        string
	clean     bool
	keepAlive uint16
	props     []byte // MQTT 5
	password  string
	will      string // topic
}

func connect(version byte, id string) []byte {
	return hello{version: version, id: id, clean: true, keepAlive: 60}.bytes()
}

func text(s string) []byte { return append([]byte{byte(len(s) >> 8), byte(len(s))}, s...) }

func (h hello) bytes() []byte {
	flags := byte(0)
	if h.clean {
		flags |= 2
	}
	if h.will != "" {
		flags |= 4
	}
	if h.password != "" {
		flags |= 0xc0
	}
	b := append(text("MQTT"), h.version, flags, byte(h.keepAlive>>8), byte(h.keepAlive))
	if h.version == 5 {
		b = append(append(b, byte(len(h.props))), h.props...)
	}
	b = append(b, text(h.id)...)
	if h.will != "" {
		if h.version == 5 {
			b = append(b, 0)
		}
		b = append(append(b, text(h.will)...), text("gone")...)
	}
	if h.password != "" {
		b = append(append(b, text("user")...), text(h.password)...)
	}
	return frame(0x10, b)
}

func frame(first byte, body []byte) []byte {
	out := []byte{first}
	for n := len(body); ; {
		b := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			b |= 0x80
		}
		if out = append(out, b); n == 0 {
			return append(out, body...)
		}
	}
}

// message is a PUBLISH; id is for QoS 1 and 2.
func message(version, qos byte, id uint16, topic, payload string) []byte {
	b := text(topic)
	if qos > 0 {
		b = append(b, byte(id>>8), byte(id))
	}
	if version == 5 {
		b = append(b, 0)
	}
	return frame(0x30|qos<<1, append(b, payload...))
}

func subscribe(version byte, id uint16, qos byte, filter string) []byte {
	b := []byte{byte(id >> 8), byte(id)}
	if version == 5 {
		b = append(b, 0)
	}
	return frame(0x82, append(append(b, text(filter)...), qos))
}

func unsubscribe(id uint16, filter string) []byte {
	return frame(0xa2, append([]byte{byte(id >> 8), byte(id), 0}, text(filter)...))
}

func ack(id uint16) []byte { return []byte{0x40, 2, byte(id >> 8), byte(id)} }
