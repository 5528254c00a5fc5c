package check

import "slices"

// Watch judges the facts of a ledger while they come, so that at the end of a run little is left to do, and in memory
// that does not grow with the number of commands but for two bytes of each, and an entry in a map for each that its device
// knows by its ID alone.
type Watch struct {
	ledger *Ledger
	stream *stream
	taken  [shards]int // chunks of each shard that the stream has had
	stop   chan struct{}
	over   chan struct{}
}

// Watch begins. Begin comes before it; Close must follow, and before Finish.
func (l *Ledger) Watch(limits Limits) *Watch {
	l.full = make(chan struct{}, 1)
	w := &Watch{ledger: l, stream: newStream(l.names(), limits), stop: make(chan struct{}), over: make(chan struct{})}
	go func() {
		defer close(w.over)
		for {
			select {
			case <-l.full:
				w.look(false)
			case <-w.stop:
				return
			}
		}
	}()
	return w
}

// Close judges what is left; no fact may come meanwhile. The results are in the order of Rules.
func (w *Watch) Close() ([]Result, Stats) {
	close(w.stop)
	<-w.over
	w.look(true)
	return w.stream.close()
}

// look lets the stream have the chunks that are full, or all.
func (w *Watch) look(all bool) {
	zero := w.ledger.zero.Load()
	for i := range w.ledger.shards {
		for _, c := range w.take(i, all) {
			for f := range c.all {
				f.sinceBegin(zero)
				w.stream.feed(f)
			}
		}
	}
}

// take returns the chunks of a shard that are new and will not change.
func (w *Watch) take(shard int, all bool) []packed {
	sh := &w.ledger.shards[shard]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	fresh := slices.Clone((*sh.full)[w.taken[shard]:])
	w.taken[shard] = len(*sh.full)
	if all {
		fresh = append(fresh, sh.last)
	}
	return fresh
}
