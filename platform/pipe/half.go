package pipe

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// capacity is how many unread bytes a direction holds before its writer waits. Devices and platforms stay far below it.
const capacity = 1 << 20

// spare holds the buffers of directions that have nothing to read: an idle connection owns none. A larger buffer than
// keep is left to the collector, for it came from a burst.
var spare = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keep = 16 << 10

// half is one direction of a connection.
type half struct {
	mu           sync.Mutex // never held while waiting
	change       sync.Cond  // anything below that somebody may wait for
	buf          *bytes.Buffer
	locked       bool // a packet is being written
	readerClosed bool
	writerClosed bool
	reset        bool
	reading      deadline
	writing      deadline
}

func newHalf() *half {
	h := &half{}
	h.change.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.readerClosed:
			return 0, net.ErrClosed
		case h.reading.passed():
			return 0, os.ErrDeadlineExceeded
		case h.reset:
			return 0, syscall.ECONNRESET
		case len(p) == 0:
			return 0, nil
		case h.buf != nil && (!h.locked || h.buf.Len() >= capacity):
			return h.takeLocked(p), nil
		case h.writerClosed && h.buf == nil:
			return 0, io.EOF
		}
		h.waitLocked(&h.reading)
	}
}

// takeLocked moves buffered bytes to p. A reader whose writer may be waiting wakes it.
func (h *half) takeLocked(p []byte) int {
	full := h.buf.Len() >= capacity
	n, _ := h.buf.Read(p)
	if h.buf.Len() == 0 {
		h.releaseLocked()
	}
	if full {
		h.change.Broadcast()
	}
	return n
}

func (h *half) releaseLocked() {
	if h.buf != nil && h.buf.Cap() <= keep {
		h.buf.Reset()
		spare.Put(h.buf)
	}
	h.buf = nil
}

func (h *half) write(p []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.writerClosed:
			return n, net.ErrClosed
		case h.writing.passed():
			return n, os.ErrDeadlineExceeded
		case h.reset:
			return n, syscall.ECONNRESET
		case h.readerClosed:
			return n, syscall.EPIPE
		}
		n += h.putLocked(p[n:])
		if n == len(p) {
			return n, nil
		}
		h.change.Broadcast() // the packet may be unfinished, but without a reader it never will be
		h.waitLocked(&h.writing)
	}
}

// putLocked buffers what there is room for.
func (h *half) putLocked(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	if h.buf == nil {
		h.buf = spare.Get().(*bytes.Buffer)
	}
	p = p[:min(len(p), capacity-h.buf.Len())]
	h.buf.Write(p)
	if !h.locked {
		h.change.Broadcast()
	}
	return len(p)
}

// waitLocked waits for a change, at most until the deadline.
func (h *half) waitLocked(d *deadline) {
	d.waiters++
	d.arm(h)
	h.change.Wait()
	d.waiters--
}

func (h *half) lock() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.locked {
		h.change.Wait()
	}
	h.locked = true
}

func (h *half) unlock() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.locked = false
	h.change.Broadcast()
}

func (h *half) closeWriter(reset bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writerClosed = true
	h.writing.stop()
	h.closedLocked(reset)
}

func (h *half) closeReader(reset bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readerClosed = true
	h.reading.stop()
	h.releaseLocked()
	h.closedLocked(reset)
}

func (h *half) closedLocked(reset bool) {
	if reset {
		h.reset = true
		h.releaseLocked()
	}
	h.change.Broadcast()
}

func (h *half) setReadDeadline(t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readerClosed {
		return net.ErrClosed
	}
	h.reading.move(h, t)
	return nil
}

func (h *half) setWriteDeadline(t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.writerClosed {
		return net.ErrClosed
	}
	h.writing.move(h, t)
	return nil
}
