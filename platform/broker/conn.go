package broker

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// conn is a device's connection as mochi sees it. Its writes go to the outbox and never wait. It carries the session,
// so that a hook finds it without a search.
type conn struct {
	net.Conn
	out     outbox
	session *Session      // nil before CONNECT; set and read by the connection's own goroutine
	claimed atomic.Bool   // the session may be ended by others
	idle    time.Duration // longest silence of the device; 0: any
}

func newConn(b *Broker, inner net.Conn) *conn {
	c := &conn{Conn: inner}
	c.out.init(&b.cfg, inner, c.written)
	return c
}

// written tells the owner of a message. At QoS 0 it has left.
func (c *conn) written(m outgoing, at time.Time) {
	b := c.session.broker
	if b.writes != nil {
		b.writes.Written(c.session, m.token, at)
	}
	if m.qos == 0 {
		b.owner.Left(c.session, m.token)
	}
}

func (c *conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Close ends reading at once, and the connection once the last packets are written.
func (c *conn) Close() error {
	c.out.close()
	return nil
}

// SetDeadline bounds the wait for the device's next packet. mochi calls it before each one, with a time that is wrong
// for a keep-alive above 43,690 s, for its arithmetic has 16 bits, and too short for odd ones. One that comes at the last
// moment is in time.
func (c *conn) SetDeadline(time.Time) error {
	var t time.Time
	if c.idle > 0 {
		t = aside(time.Now().Add(c.idle))
	}
	return c.out.setReadDeadline(t)
}

// aside puts the end of a silence off to 937 ns past a microsecond. On a virtual clock nobody else acts there (sim/device
// says who acts when), and it races with no answer of the device and no timer of a command.
func aside(t time.Time) time.Time {
	const to, µs = 937, 1000
	return t.Add(time.Duration((to - t.UnixNano()%µs + µs) % µs))
}

// end says why and closes. A connection that is not admitted yet is cut. It may be called at any time by anyone.
func (c *conn) end(code packets.Code, cause error) {
	if c.claimed.Load() {
		c.session.end(code, cause)
		return
	}
	c.out.cut()
}
