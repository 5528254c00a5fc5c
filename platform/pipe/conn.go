package pipe

import (
	"io"
	"net"
	"time"
)

// Conn is one end of a connection. All methods may be called at once.
//
// It is a sync.Locker for writers that make one packet of several writes: between Lock and Unlock the other end is not
// woken, and whoever else calls Lock waits, so that packets neither interleave nor wake the reader in pieces. A Write
// does not need the lock.
type Conn struct {
	addr    Addr
	in, out *half
}

func newPair(addr Addr) (near, far *Conn) {
	there, back := newHalf(), newHalf()
	return &Conn{addr: addr, in: back, out: there}, &Conn{addr: addr, in: there, out: back}
}

// Read returns io.EOF after the other end's Close, ECONNRESET after its Reset, net.ErrClosed after this end's Close and
// os.ErrDeadlineExceeded past the deadline, all but EOF in a *net.OpError.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write returns once all of p is buffered. It waits while the other end has 1 MiB to read. The error is EPIPE after the
// other end's Close, otherwise as Read's.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close lets the other end read what was written, then its end. It may be called again.
func (c *Conn) Close() error {
	c.in.closeReader(false) // first: what the other end says to its end is not read any more
	c.out.closeWriter(false)
	return nil
}

// Reset closes at once: what is on its way in either direction is lost, and the other end gets ECONNRESET.
func (c *Conn) Reset() {
	c.in.closeReader(true)
	c.out.closeWriter(true)
}

// Lock begins a packet. It waits while another one is being written.
func (c *Conn) Lock() { c.out.lock() }

// Unlock ends a packet and wakes the other end's reader.
func (c *Conn) Unlock() { c.out.unlock() }

func (c *Conn) LocalAddr() net.Addr  { return c.addr }
func (c *Conn) RemoteAddr() net.Addr { return c.addr }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline bounds reads, waiting ones too. The zero time is no bound. To move a deadline away costs a store.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setReadDeadline(t))
}

// SetWriteDeadline does for writes what SetReadDeadline does for reads.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setWriteDeadline(t))
}

func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.addr.Network(), Source: c.addr, Addr: c.addr, Err: err}
}
