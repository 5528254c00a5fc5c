// Package admin watches a platform and tells about it, in a log and over HTTP.
//
//	w := admin.New(logger)
//	p, err := platform.New(platform.Config{Observe: w.Observe, ...})
//	w.Start(p)                                       // log lines from now on
//	mux.Handle(admin.Path, w.Handler(true))          // GET /admin/health, /admin/status
//	defer w.Close()                                  // after p.Close
//
// A log line tells which command of which device ended how and after how long, never what was in it.
package admin

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
)

// queued is how many endings may wait to be logged: a second's worth of the fastest platform would be lines that nobody
// reads.
const queued = 4096

// Watch counts what happens on one platform, and logs how commands end.
type Watch struct {
	log      *slog.Logger
	began    time.Time
	platform *platform.Platform
	facts    [64]atomic.Uint64 // by platform.FactKind
	endings  [64]atomic.Uint64 // by the final platform.State

	ended chan platform.Fact // nil unless endings are logged
	lost  atomic.Uint64      // endings that found no place in ended
	done  chan struct{}      // closed by Close
	busy  sync.WaitGroup
}

// New returns a watch whose log lines go to l. Endings are logged if l takes the level debug.
func New(l *slog.Logger) *Watch {
	w := &Watch{log: l, began: time.Now(), done: make(chan struct{})}
	if l.Enabled(context.Background(), slog.LevelDebug) {
		w.ended = make(chan platform.Fact, queued)
	}
	return w
}

// Observe is for platform.Config. It never waits: a line that comes too fast for the log is lost, and counted.
func (w *Watch) Observe(f *platform.Fact) {
	w.facts[int(f.Kind)%len(w.facts)].Add(1)
	if f.Kind != platform.Ended {
		return
	}
	w.endings[int(f.State)%len(w.endings)].Add(1)
	if w.ended == nil {
		return
	}
	select {
	case w.ended <- *f:
	default:
		w.lost.Add(1)
	}
}

// Start begins to log what p tells.
func (w *Watch) Start(p *platform.Platform) {
	w.platform = p
	if w.ended == nil {
		return
	}
	w.busy.Go(w.write)
}

// write logs until Close, and then what is left.
func (w *Watch) write() {
	for {
		select {
		case f := <-w.ended:
			w.line(f)
			continue
		default:
		}
		select {
		case f := <-w.ended:
			w.line(f)
		case <-w.done:
			if len(w.ended) == 0 {
				return
			}
		}
	}
}

// Close writes the lines that wait and ends the log. It is called once.
func (w *Watch) Close() {
	close(w.done)
	w.busy.Wait()
}

// line looks up what the fact does not tell. A command that is not kept any more has its number at least.
func (w *Watch) line(f platform.Fact) {
	if n := w.lost.Swap(0); n > 0 {
		w.log.Warn("commands ended too fast for the log", "lines_lost", n)
	}
	as := []slog.Attr{slog.Uint64("id", uint64(f.ID))}
	if rec, ok := w.platform.Lookup(f.ID); ok {
		if p := w.platform.Product(rec.Device.Product); p != nil {
			as = append(as, slog.String("dialect", p.Dialect))
		}
		as = append(as, slog.String("device", rec.Device.String()), slog.String("service", rec.Service),
			slog.String("mode", rec.Mode.String()), slog.Duration("took", f.At.Sub(rec.Created)))
	}
	as = append(as, slog.String("state", f.State.String()))
	if f.Err != nil {
		as = append(as, slog.String("error", f.Err.Error()))
	}
	w.log.LogAttrs(context.Background(), slog.LevelDebug, "command ended", as...)
}
