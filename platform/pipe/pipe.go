// Package pipe is a network in memory: a net.Listener with a Dial, for tests and for runs without sockets.
//
//	l := pipe.Listen("broker")
//	go server.Serve(l)                // anything that takes a net.Listener
//	conn, err := l.Dial(ctx)          // anything that takes a dial function
//	l.Close()                         // from here on Dial is refused; connections that are open stay open
//
// A connection behaves as one over TCP does: bytes are buffered, Close lets the other end read what was written before
// it sees the end, deadlines count, and [Conn.Reset] is what pulling a plug looks like. Nothing in it waits on a mutex,
// so in a testing/synctest bubble a waiting end counts as idle and time goes on.
package pipe

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Addr is the address of both ends of a connection: the name of the listener.
type Addr string

func (Addr) Network() string  { return "pipe" }
func (a Addr) String() string { return string(a) }

// Listener hands the far ends of dialled connections to Accept. All methods may be called at once.
type Listener struct {
	addr     Addr
	incoming chan *Conn
	closed   chan struct{}
	once     sync.Once
}

// Listen returns a listener. The name is for messages only; two listeners may share it.
func Listen(name string) *Listener {
	return &Listener{addr: Addr(name), incoming: make(chan *Conn), closed: make(chan struct{})}
}

// Accept waits for the next Dial. After Close it returns an error that is net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, l.failed("accept", net.ErrClosed)
	default:
	}
	select {
	case <-l.closed:
		return nil, l.failed("accept", net.ErrClosed)
	case c := <-l.incoming:
		return c, nil
	}
}

// Close ends Accept and refuses every Dial from now on and every one that waits. It may be called again.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *Listener) Addr() net.Addr { return l.addr }

// Dial connects, once somebody accepts. The error is ctx's own, or ECONNREFUSED after Close. The connection is a *Conn.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, l.failed("dial", ctx.Err())
	}
	near, far := newPair(l.addr)
	select {
	case <-l.closed:
		return nil, l.failed("dial", syscall.ECONNREFUSED)
	default:
	}
	select {
	case l.incoming <- far:
		return near, nil
	case <-l.closed:
		return nil, l.failed("dial", syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, l.failed("dial", ctx.Err())
	}
}

func (l *Listener) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}
