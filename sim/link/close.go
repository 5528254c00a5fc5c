package link

import "net"

// Close ends the device's side. The network learns of it behind what is still on its way up, and never where that way is
// dead: then the connection lingers until the other side ends it, or the link does.
func (c *conn) Close() error {
	c.bye(false)
	return nil
}

// Reset is Close without a word: what is on its way is lost, and the other end gets an error.
func (c *conn) Reset() { c.bye(true) }

func (c *conn) bye(reset bool) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.slow.Store(true)
	if reset {
		c.up.drop()
	}
	linger := c.dead[Up] && c.pumped || c.driven && !reset
	if !linger {
		c.leaveLocked(reset)
	}
	c.mu.Unlock()
	if linger {
		c.divert() // who reads now must be able to leave
	}
	c.down.close()
}

func (c *conn) leave(reset bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaveLocked(reset)
}

// leaveLocked closes the connection towards the network.
func (c *conn) leaveLocked(reset bool) {
	if c.gone {
		return
	}
	c.gone = true
	switch inner := c.Conn.(type) {
	case interface{ Reset() }:
		if reset {
			inner.Reset()
			break
		}
		c.Conn.Close()
	case *net.TCPConn:
		if reset {
			inner.SetLinger(0)
		}
		inner.Close()
	default:
		c.Conn.Close()
	}
}

func (c *conn) isGone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// end is the end of the link.
func (c *conn) end() {
	c.mu.Lock()
	c.closed = true
	c.up.drop()
	c.leaveLocked(false)
	c.mu.Unlock()
	c.down.close()
}
