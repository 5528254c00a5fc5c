package check

import (
	"iter"
	"slices"
	"time"

	"fleetdrill/platform"
)

// queue is the cache of one device as its facts tell it: which cached commands wait, in which order they were accepted,
// which is on its way, and whether the device is there. A rule looks at it before a fact and then lets it step.
type queue struct {
	h       *History
	device  int32
	facts   []uint32        // places of the platform's facts about the device, in the order in which they happened
	at      int             // of the present one in facts
	turn    int             // a place in facts: between at and it nothing tells of the device's presence
	online  bool            // it has a session
	born    bool            // it has had one
	absent  map[int32]int64 // instant commands that were accepted while it was away, and when
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
			q := &queue{h: h, device: int32(d), facts: h.byDevice[h.owners[d]:h.owners[d+1]]}
			for q.at = range q.facts {
				f := h.at(q.facts[q.at])
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
	case Online:
		q.online, q.born = true, true
	case Offline:
		q.online = false
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
		delete(q.absent, cmd)
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
	if !q.online {
		if q.absent == nil {
			q.absent = map[int32]int64{}
		}
		q.absent[cmd] = f.at
	}
}

// farewell is longer than a session that has ended can take until its device counts as away: a second for its last
// packets, and what a busy machine adds.
const farewell = int64(3 * time.Second)

// goingAway tells whether the device's session is about to be gone: what follows next on its presence is that it is
// away, and soon.
func (q *queue) goingAway(now int64) bool {
	for q.turn = max(q.turn, q.at); q.turn < len(q.facts); q.turn++ {
		if f := q.h.at(q.facts[q.turn]); f.kind == Online || f.kind == Offline {
			return f.kind == Offline && f.at-now <= farewell
		}
	}
	return false
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
