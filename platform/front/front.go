// Package front is what stands between a network and a platform: bounded listeners, TLS, and MQTT over WebSocket.
//
//	room := front.NewRoom(1000)                     // connections at once, over all listeners that share it
//	l := room.Limit(tcp, 0)                         // one that finds no room waits, the others in the kernel's queue
//	l = front.TLS(l, certificate)                   // from 1.2 on
//	l = front.WebSocket(l, nil)                     // each Accept is one WebSocket, a stream of bytes as MQTT wants it
//
// Each of them takes a net.Listener and is one, so they go into one another, and a broker or an http.Server serves
// what comes out. Closing the outermost closes all.
package front

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Room bounds the connections of all listeners that share it. It may be used by many goroutines.
type Room struct {
	slots chan struct{}
}

// NewRoom returns a room for that many connections, at least one.
func NewRoom(connections int) *Room { return &Room{slots: make(chan struct{}, max(connections, 1))} }

// Open is how many connections there are.
func (r *Room) Open() int { return len(r.slots) }

// Limit lets in no more connections than there is room for. Each of their writes may take patience before it fails;
// 0 leaves that to whoever writes.
func (r *Room) Limit(l net.Listener, patience time.Duration) net.Listener {
	return &limited{Listener: l, room: r, patience: patience, done: make(chan struct{})}
}

type limited struct {
	net.Listener
	room     *Room
	patience time.Duration
	closing  sync.Once
	done     chan struct{} // closed by Close
}

// Accept lets one come and then waits for room: a listener that nobody dials takes none of what it shares.
func (l *limited) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case l.room.slots <- struct{}{}:
		return &guest{Conn: c, room: l.room, patience: l.patience}, nil
	case <-l.done:
		c.Close()
		return nil, net.ErrClosed
	}
}

func (l *limited) Close() error {
	l.closing.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// guest is a connection that has a slot of the room.
type guest struct {
	net.Conn
	room     *Room
	patience time.Duration
	leaving  sync.Once
}

// Write fails when the other side does not read.
//
// Note: http.Server.WriteTimeout is no substitute. It counts from the request's header, and a command may take a minute.
func (g *guest) Write(p []byte) (int, error) {
	if g.patience > 0 {
		g.SetWriteDeadline(time.Now().Add(g.patience))
	}
	return g.Conn.Write(p)
}

func (g *guest) Close() error {
	err := g.Conn.Close()
	g.leaving.Do(func() { <-g.room.slots })
	return err
}

// TLS serves l with a certificate. The handshake is part of a connection's first Read, whose deadline bounds it.
func TLS(l net.Listener, certificate tls.Certificate) net.Listener {
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
}
