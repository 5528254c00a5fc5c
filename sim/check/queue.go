package check

import (
	"iter"
	"slices"

	"fleetdrill/platform"
)

// queue is the cache of one device as its facts tell it: which cached commands wait, in which order they were accepted,
// and which is on its way. A rule looks at it before a fact and then lets it step.
type queue struct {
	h       *History
	device  int32
	waiting []entry
	open    int32         // cached command that is published and not ended; 0 is none
	order   int           // of the last acceptance
	behind  map[int32]int // instant commands that were accepted behind waiting ones: their order
}

// entry is a command, by index + 1, and the order of its acceptance.
type entry struct {
	cmd   int32
	order int
}

// queues yields, device by device, the device's queue and the platform's facts about the device in the order in which
// they happened. Facts without a command that do not change a queue are left out.
func (h *History) queues() iter.Seq2[*queue, *fact] {
	return func(yield func(*queue, *fact) bool) {
		for d := 1; d <= len(h.devices); d++ {
			q := &queue{h: h, device: int32(d)}
			for _, place := range h.byDevice[h.owners[d]:h.owners[d+1]] {
				f := h.at(place)
				if f.cmd == 0 && f.kind != Online && f.kind != Offline {
					continue
				}
				if !yield(q, f) {
					return
				}
				q.step(f)
			}
		}
	}
}

func (q *queue) step(f *fact) {
	cmd := int32(f.cmd)
	switch f.kind {
	case Accepted:
		q.accept(f, cmd)
	case Published:
		q.leave(cmd)
		if f.isCached() {
			q.open = cmd
		}
	case Ended:
		q.leave(cmd)
		if q.open == cmd {
			q.open = 0
		}
	}
}

func (q *queue) accept(f *fact, cmd int32) {
	q.order++
	if f.isCached() {
		q.waiting = append(q.waiting, entry{cmd, q.order})
		return
	}
	if len(q.waiting) > 0 {
		if q.behind == nil {
			q.behind = map[int32]int{}
		}
		q.behind[cmd] = q.order
	}
}

func (q *queue) leave(cmd int32) {
	if i := q.position(cmd); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	delete(q.behind, cmd)
}

func (q *queue) position(cmd int32) int {
	return slices.IndexFunc(q.waiting, func(e entry) bool { return e.cmd == cmd })
}

// refusedAsFull tells whether an ending says that the cache was full.
func (h *History) refusedAsFull(f *fact) bool {
	return f.kind == Ended && h.words.text(f.word) == platform.ErrCacheFull.Error()
}
