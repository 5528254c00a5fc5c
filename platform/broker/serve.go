package broker

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Serve accepts devices until Close, then returns nil. Temporary errors of the listener, such as too many open files,
// are waited out; any other one is returned.
func (b *Broker) Serve(l net.Listener) error {
	if !b.serving(l) {
		l.Close()
		return nil
	}
	wait := time.Duration(0)
	for {
		inner, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			b.take(inner)
		case b.closed():
			return nil
		case temporary(err):
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			b.server.Log.Warn("accept failed, trying again", "error", err, "after", wait)
			b.sleep(wait)
		default:
			return err
		}
	}
}

func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func (b *Broker) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.stop:
	}
}

func (b *Broker) serving(l net.Listener) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closing {
		b.accepts = append(b.accepts, l)
	}
	return !b.closing
}

func (b *Broker) closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closing
}

// take gives a connection its goroutine, which lives as long as the connection.
func (b *Broker) take(inner net.Conn) {
	c := newConn(b, inner)
	b.mu.Lock()
	if b.closing {
		b.mu.Unlock()
		b.count.refused.Add(1)
		inner.Close()
		return
	}
	b.conns[c] = true
	b.mu.Unlock()
	go b.attend(c)
}

// attend is one connection from its first byte to its last.
func (b *Broker) attend(c *conn) {
	c.SetReadDeadline(time.Now().Add(b.cfg.ConnectTimeout))
	err := b.server.EstablishConnection("", c)
	c.Close()
	c.out.waitIdle()
	s := c.session
	if s == nil || !s.online {
		b.count.refused.Add(1)
	}
	user := ""
	if s != nil {
		user = clip(s.Login.Username)
		b.server.Clients.Delete(s.client.ID) // mochi forgets to when CONNACK cannot be written
		close(s.done)
	}
	b.server.Log.Debug("connection ended", "user", user, "remote", c.RemoteAddr(), "error", err)
	b.forget(c)
}

func (b *Broker) forget(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.vacateLocked(c)
	delete(b.conns, c)
	if b.closing && len(b.conns) == 0 {
		close(b.empty)
	}
}

// Close stops accepting, says DISCONNECT to all devices and waits for their sessions to end. When ctx ends first,
// connections are cut without a word, and the error is ctx's. It may be called again, and then waits again.
func (b *Broker) Close(ctx context.Context) error {
	for _, c := range b.beginClose() {
		c.end(packets.ErrServerShuttingDown, ErrClosed)
	}
	select {
	case <-b.empty:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		c.out.cut()
	}
	return ctx.Err()
}

// Kill ends everything as the death of a process does: nobody hears a word, and what is not written is lost. It waits for
// all sessions to end.
func (b *Broker) Kill() {
	for _, c := range b.beginClose() {
		c.out.cut()
	}
	<-b.empty
}

// beginClose returns the connections that are open at the first call.
func (b *Broker) beginClose() []*conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		return nil
	}
	b.closing = true
	close(b.stop)
	for _, l := range b.accepts {
		l.Close()
	}
	open := make([]*conn, 0, len(b.conns))
	for c := range b.conns {
		open = append(open, c)
	}
	if len(open) == 0 {
		close(b.empty)
	}
	return open
}
