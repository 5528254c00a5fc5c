package main

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// reading is how far the history of a large run is read, which takes a while, and its commands looked at. A nil one is of
// no interest to anybody.
type reading struct {
	size, done atomic.Int64 // bytes
	shown      *display     // nil: it is not
}

// silence is how long nothing is shown of what is over soon.
const silence = time.Second

// showReading shows it on w, if that is a terminal, until stop.
func showReading(w *os.File) *reading {
	r := &reading{}
	if term.IsTerminal(int(w.Fd())) && os.Getenv("TERM") != "dumb" {
		r.shown = gauge{name: "history", unit: "MB", at: r.at, state: r.state}.showBriefly(w)
	}
	return r
}

const megabyte = 1e6

func (r *reading) at() (done, of int64) { return r.done.Load() / megabyte, r.size.Load() / megabyte }

func (r *reading) state() string {
	if size := r.size.Load(); r.done.Load() < size {
		return "of " + count(size/megabyte)
	}
	return "looking at every command"
}

// of counts what is read of a file.
func (r *reading) of(f *os.File) io.Reader {
	if r == nil {
		return f
	}
	if i, err := f.Stat(); err == nil {
		r.size.Store(i.Size())
	}
	return counted{f, &r.done}
}

// stop takes it off the screen. It may be called again.
func (r *reading) stop() {
	if r != nil && r.shown != nil {
		r.shown.stop()
		r.shown = nil
	}
}

type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
