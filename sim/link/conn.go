package link

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one connection of the device over its link.
//
//	device ─ Write ─▶ (direct, or up and its driver) ─▶ network
//	device ◀─ Read ── (direct, or down and its pump) ◀─ network
//
// It begins direct. The first strike that concerns what comes diverts that way for the rest of the connection's life.
//
// A read deadline is kept only while nothing has struck: the only one who would set one is the broker, at the other end.
type conn struct {
	net.Conn // towards the network
	link     *Link
	number   uint64    // of the link's connections
	passed   [2]uint64 // packets that an effect could have delayed; up under mu, down the pump's

	reading sync.Mutex // held by who reads from the network; the bytes so far belong to it
	frames  frames
	packet  []byte // beginning of a packet, once diverted
	rest    bool   // packet has no beginning: that was read directly

	slow     atomic.Bool // what is written must not go out directly
	diverted atomic.Bool
	up, down queue

	mu     sync.Mutex
	dead   [2]bool // nothing arrives this way any more
	driven bool    // up has its driver
	pumped bool    // down has its pump
	closed bool    // by the device
	gone   bool    // closed towards the network
}

// kick is a deadline that ends a read which waits.
var kick = time.Unix(1, 0)

// struck takes the beginning of an effect. It is called with the link's lock.
func (c *conn) struck(e Effect) {
	if e.Vanish[Down] || e.Delay[Down] != nil || e.Rate[Down] > 0 || e.Stall || e.Copy[Down] || e.Vanish[Up] {
		c.divert()
	}
	if e.Stall {
		c.down.hold(true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for w, q := range []*queue{&c.up, &c.down} {
		if e.Vanish[w] {
			c.dead[w] = true
			q.drop()
		}
	}
	c.slow.Store(c.dead[Up] || c.driven)
}

// divert lets a goroutine of the link do the reading from now on.
func (c *conn) divert() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pumped || c.gone {
		return
	}
	c.pumped = true
	c.diverted.Store(true)
	c.Conn.SetReadDeadline(kick)
	c.link.running.Go(c.pump)
}

func (c *conn) Read(p []byte) (int, error) {
	if !c.diverted.Load() {
		if n, err, over := c.direct(p); over {
			return n, err
		}
	}
	return c.down.read(p)
}

// direct reads from the network. It is not over when the connection was diverted before anything came: what ended the
// read is then the kick, or the pump will meet it, too.
func (c *conn) direct(p []byte) (n int, err error, over bool) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.diverted.Load() {
		return 0, nil, false
	}
	n, err = c.Conn.Read(p)
	c.frames.skip(p[:n])
	return n, err, n > 0 || !c.diverted.Load()
}

// pump reads until the network's end is there, and lets the device have it when its time has come.
func (c *conn) pump() {
	c.reading.Lock() // the device's own read has left: divert has kicked it
	defer c.reading.Unlock()
	c.Conn.SetReadDeadline(time.Time{})
	buf := make([]byte, 4096)
	for {
		c.down.wait()
		n, err := c.Conn.Read(buf)
		c.arrived(buf[:n])
		if err != nil {
			c.over(err)
			return
		}
	}
}

// arrived cuts what came into packets. The rest of one whose beginning was read directly counts as one.
func (c *conn) arrived(p []byte) {
	for len(p) > 0 {
		if len(c.packet) == 0 {
			c.rest = c.frames != frames{}
		}
		n, whole := c.frames.next(p)
		c.packet = append(c.packet, p[:n]...)
		p = p[n:]
		if whole {
			c.deliver(c.packet)
			c.packet = nil
		}
	}
}

func (c *conn) deliver(packet []byte) {
	if c.isDead(Down) {
		return
	}
	e := c.link.acts.Load()
	copies := 1
	if e != nil && e.Copy[Down] && isPublish(packet) && !c.rest {
		copies = 2
		e.copied(Down, packet)
	}
	for i := range copies {
		if i > 0 {
			packet = duplicate(packet)
		}
		delay, busy := c.cost(e, Down, len(packet))
		c.down.put(packet, delay, busy, c.moment(Down))
	}
}

// over is the end of what comes. The device hears of it after all that came before, unless that way is dead.
func (c *conn) over(err error) {
	if !c.isDead(Down) {
		c.down.end(err, c.moment(Down))
	}
	c.mu.Lock()
	c.pumped = false
	closed := c.closed
	c.mu.Unlock()
	if closed {
		c.leave(false)
	}
}

func (c *conn) moment(w Way) func(time.Time) time.Time {
	if c.link.Moment == nil {
		return nil
	}
	return func(t time.Time) time.Time { return c.link.Moment(t, w) }
}

func (c *conn) isDead(w Way) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead[w]
}

// Write takes one packet.
func (c *conn) Write(p []byte) (int, error) {
	e := c.link.acts.Load()
	if e == nil && !c.slow.Load() {
		return c.Conn.Write(p)
	}
	return c.send(p, e)
}

func (c *conn) send(p []byte, e *Effect) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.dead[Up], e != nil && e.LoseAcks && isAck(p):
		return len(p), nil
	}
	packets := [][]byte{p}
	if e != nil && e.Copy[Up] && isPublish(p) {
		e.copied(Up, p)
		packets = append(packets, duplicate(p))
	}
	for _, packet := range packets {
		delay, busy := c.cost(e, Up, len(packet))
		if delay == 0 && busy == 0 && !c.driven {
			if _, err := c.Conn.Write(packet); err != nil {
				return 0, err
			}
			continue
		}
		c.up.put(append([]byte(nil), packet...), delay, busy, c.moment(Up))
		c.driveLocked()
	}
	return len(p), nil
}

func (c *conn) driveLocked() {
	if !c.driven {
		c.driven = true
		c.slow.Store(true)
		c.link.running.Go(c.drive)
	}
}

// drive writes what has been under way long enough, until nothing is left. A failure is for the reader to find.
func (c *conn) drive() {
	for {
		packet, ok := c.up.take(c.stopDriving)
		if !ok {
			return
		}
		if _, err := c.Conn.Write(packet); err != nil {
			c.up.drop()
		}
	}
}

// stopDriving is called when up is empty. A device that has closed meanwhile is seen to leave now.
func (c *conn) stopDriving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.up.empty() {
		return false
	}
	c.driven = false
	c.slow.Store(c.dead[Up] || c.closed)
	if c.closed && !c.dead[Up] {
		c.leaveLocked(false)
	}
	return true
}
