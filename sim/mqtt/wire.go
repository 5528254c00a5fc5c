package mqtt

import (
	"bufio"
	"net"
	"sync"
)

// wholeConn is a connection that is locked while a packet is written.
type wholeConn interface {
	net.Conn
	sync.Locker
}

// wholePackets returns conn itself when it can hold a packet together, otherwise a conn that does. paho writes a packet
// in several pieces, from several goroutines, and locks a conn that is a sync.Locker meanwhile.
func wholePackets(conn net.Conn) wholeConn {
	if whole, ok := conn.(wholeConn); ok {
		return whole
	}
	return &packetConn{Conn: conn, in: bufio.NewReaderSize(conn, readBuffer), free: make(chan struct{}, 1)}
}

// readBuffer is what a connection over a socket keeps for reading: a packet is read in two pieces, and each would be a
// system call.
const readBuffer = 512

// packetConn writes at Unlock what was written since Lock, in one piece.
type packetConn struct {
	net.Conn
	in   *bufio.Reader
	free chan struct{} // full: locked. Not a mutex, for it is held while writing
	out  []byte
	err  error // of the last write: the connection is closed then
}

func (c *packetConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// Write is for the holder of the lock.
func (c *packetConn) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	c.out = append(c.out, p...)
	return len(p), nil
}

func (c *packetConn) Lock() { c.free <- struct{}{} }

// Unlock writes the packet. The error of a failed write comes to the next Write, and to the reader at once.
func (c *packetConn) Unlock() {
	if len(c.out) > 0 {
		if _, c.err = c.Conn.Write(c.out); c.err != nil {
			c.Conn.Close()
		}
		c.out = nil
	}
	<-c.free
}

// reset closes conn so that the other end sees an error, not an end.
func reset(conn net.Conn) {
	if c, ok := conn.(*packetConn); ok {
		conn = c.Conn
	}
	if c, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = c.NetConn()
	}
	switch c := conn.(type) {
	case interface{ Reset() }:
		c.Reset()
	case *net.TCPConn:
		c.SetLinger(0)
		c.Close()
	default:
		c.Close()
	}
}
