package broker

import (
	"bytes"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// outbox is what waits to be written to one device. Whoever adds to it never waits; a goroutine that lives only while
// there is something to write empties it, everything that has gathered in one write. An idle outbox owns no buffer.
//
// In it are mochi's answers and the owner's messages, in the order in which they came.
type outbox struct {
	cfg  *Config
	conn net.Conn
	told func(m outgoing, at time.Time) // called for each message once it is written; at is when that began

	mu       sync.Mutex
	idle     sync.Cond // !writing
	buf      *bytes.Buffer
	ours     []outgoing // the owner's messages in buf
	messages int        // of them not yet written, in buf and beyond
	writing  bool
	closing  bool // nothing more is taken; what is there is written
	dead     bool // nothing more can be written
}

// outgoing is a message on its way out.
type outgoing struct {
	token uint64
	qos   byte
}

// buffers are shared by all outboxes. One that grew in a burst is left to the collector.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keepBuffer = 16 << 10

func (o *outbox) init(cfg *Config, c net.Conn, told func(outgoing, time.Time)) {
	o.cfg, o.conn, o.told = cfg, c, told
	o.idle.L = &o.mu
}

// Write takes mochi's packets, one a call. It fails when the device floods and does not read.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead && !o.closing {
		return len(p), nil // the reader goes on for the moment
	}
	if o.closing {
		return 0, net.ErrClosed
	}
	if o.buf != nil && o.buf.Len()+len(p) > o.cfg.MaxOutbox {
		o.cutLocked()
		return 0, ErrNoRoom
	}
	o.bufferLocked().Write(p)
	o.startLocked()
	return len(p), nil
}

// publish takes one message; the id counts at QoS 1 only.
func (o *outbox) publish(version byte, id uint16, m Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing || o.dead {
		return ErrGone
	}
	writePublish(o.bufferLocked(), version, id, m)
	o.ours = append(o.ours, outgoing{m.Token, m.QoS})
	o.messages++
	o.startLocked()
	return nil
}

// waiting counts the messages that are not written.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.messages
}

func (o *outbox) bufferLocked() *bytes.Buffer {
	if o.buf == nil {
		o.buf = buffers.Get().(*bytes.Buffer)
	}
	return o.buf
}

func (o *outbox) startLocked() {
	if !o.writing {
		o.writing = true
		go o.run()
	}
}

// run writes until nothing is left.
func (o *outbox) run() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.buf != nil && !o.dead {
		o.writeLocked()
	}
	o.writing = false
	if o.closing {
		o.conn.Close()
	}
	o.idle.Broadcast()
}

// writeLocked writes one batch, without the lock meanwhile.
func (o *outbox) writeLocked() {
	batch, ours, messages := o.buf, o.ours, o.messages
	o.buf, o.ours = nil, nil
	begin := time.Now()
	if !o.closing { // else close has set a nearer one
		o.conn.SetWriteDeadline(begin.Add(o.cfg.WriteTimeout))
	}
	o.mu.Unlock()
	_, err := o.conn.Write(batch.Bytes())
	if err == nil {
		for _, m := range ours {
			o.told(m, begin)
		}
	}
	if batch.Cap() <= keepBuffer {
		batch.Reset()
		buffers.Put(batch)
	}
	o.mu.Lock()
	o.messages -= messages
	if err != nil {
		o.failLocked(err)
	}
}

// failLocked gives up writing, for half a packet may be out. A device that has closed the connection may have said
// DISCONNECT before, so the reader gets a moment to find it.
func (o *outbox) failLocked(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		o.cutLocked()
		return
	}
	o.dead, o.buf = true, nil
	if !o.closing {
		o.conn.SetReadDeadline(time.Now().Add(o.cfg.Farewell))
	}
}

// close takes nothing more and ends reading; the connection itself follows once all is written, or Farewell is over.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing {
		return
	}
	o.closing = true
	if !o.writing {
		o.conn.Close()
		return
	}
	now := time.Now()
	o.conn.SetReadDeadline(now)
	o.conn.SetWriteDeadline(now.Add(o.cfg.Farewell))
}

// cut drops what is left and closes at once.
func (o *outbox) cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cutLocked()
}

func (o *outbox) cutLocked() {
	o.closing, o.dead, o.buf = true, true, nil
	o.conn.Close()
}

// waitIdle waits until nothing is being written. The owner hears of no message after that, if the outbox is closed.
func (o *outbox) waitIdle() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing {
		o.idle.Wait()
	}
}

// setReadDeadline leaves alone the one that close or a failure has set.
func (o *outbox) setReadDeadline(t time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing || o.dead {
		return net.ErrClosed
	}
	return o.conn.SetReadDeadline(t)
}
