package check

import (
	"slices"
	"time"

	"fleetdrill/platform"
)

// queue is the queues of one device as its facts tell them, and whether the device is there. Rules look at it before each
// fact, and then it steps.
type queue struct {
	h      *names
	lives  *index // commands without an ending are in it
	device int32
	online bool             // it has a session
	born   bool             // it has had one
	absent map[uint64]int64 // instant commands of any lane that were accepted while it was away, and when
	doubts []doubt          // breaches only if the device does not go now
	order  int              // of the last acceptance
	since  int64            // its session's beginning
	cause  int64            // when something last happened that made the platform look at its queues
	left   int64            // when its device ended the session's connection or found it ended; never: it has not
	sent   int              // messages to its session
	full   bool             // its session had no room for a message
	lanes  []line
	drain  drain
}

// unlessGoing is what a rule found, unless the device was about to be away: that it is shows before its session is gone.
type unlessGoing struct{ error }

// doubt is such a breach.
type doubt struct {
	rule int
	cmd  uint64
	at   int64
	unlessGoing
}

// farewell is longer than a session that has ended can take until its device counts as away: a second for its last
// packets, and what a busy machine adds. A machine that stands still adds more: then the device's own word counts.
const farewell = int64(3 * time.Second)

// settle returns the doubts that are breaches, now that next is known to be the device's next coming or going; nil:
// there is none.
func (q *queue) settle(next *fact) (breaches []doubt) {
	for _, d := range q.doubts {
		if next == nil || next.kind != Offline || min(next.at, q.left)-d.at > farewell {
			breaches = append(breaches, d)
		}
	}
	q.doubts = q.doubts[:0]
	return breaches
}

// queue shows a fact to the rules about queues.
func (s *stream) queue(f *fact) {
	if f.device < 1 || int(f.device) >= len(s.queues) {
		return
	}
	q := &s.queues[f.device]
	if f.kind == Lost || f.kind == HungUp {
		q.left = min(q.left, f.at)
		return
	}
	presence := f.kind == Online || f.kind == Offline
	if !f.kind.ofPlatform() || f.cmd == 0 && !presence {
		return
	}
	if presence {
		s.settleDoubts(q, f)
	}
	for i := range Rules {
		if Rules[i].Queue == nil {
			continue
		}
		switch err := Rules[i].Queue(q, f, s.limits).(type) {
		case nil:
		case unlessGoing:
			q.doubts = append(q.doubts, doubt{i, f.cmd, f.at, err})
		default:
			s.results[i].breach(&s.names, f.cmd, err)
		}
	}
	s.drains.look(q, f)
	if q.causes(f) {
		q.cause = f.at
	}
	q.step(f)
}

func (s *stream) settleDoubts(q *queue, next *fact) {
	for _, d := range q.settle(next) {
		s.results[d.rule].breach(&s.names, d.cmd, d.error)
	}
}

// line is one lane: which cached commands wait, in which order they were accepted, and which are on their way.
type line struct {
	waiting []entry
	open    []entry        // cached commands that are published and not ended
	alone   []uint64       // instant ones that are so, where each command of the lane goes alone
	behind  map[uint64]int // instant commands that were accepted behind waiting ones: their order
	free    int64          // when the last ending let the next command go
}

// entry is a command, by reference, and the order of its acceptance.
type entry struct {
	cmd   uint64
	order int
}

// line returns the lane that a fact is about.
func (q *queue) line(f *fact) *line {
	for len(q.lanes) <= f.lane() {
		q.lanes = append(q.lanes, line{})
	}
	return &q.lanes[f.lane()]
}

func (q *queue) step(f *fact) {
	switch {
	case f.kind == Online:
		q.online, q.born = true, true
		q.since, q.left, q.sent, q.full = f.at, never, 0, false
		return
	case f.kind == Offline:
		q.online = false
		return
	case f.cmd == 0:
		return
	}
	cmd, l := f.cmd, q.line(f)
	switch f.kind {
	case Accepted:
		q.accept(f, cmd)
	case LinkDropped:
		q.full = true
	case Resent:
		q.sent++
	case Published:
		q.sent++
		l.publish(f, cmd)
	case Recalled:
		l.recall(cmd)
	case Ended:
		if l.blocked() {
			l.free = f.at
		}
		l.end(cmd)
		delete(q.absent, cmd)
	}
}

// waitsSince is when a command was queued, or taken back into its queue; never: it was not.
func (q *queue) waitsSince(cmd uint64) int64 {
	since := int64(never)
	if l := q.lives.find(cmd); l != nil {
		for i := range l.facts {
			if f := &l.facts[i]; f.kind == Queued || f.kind == Recalled {
				since = f.at
			}
		}
	}
	return since
}

// causes tells whether a fact is one that makes the platform look at what waits, and not one of what it then does.
func (q *queue) causes(f *fact) bool {
	switch f.kind {
	case Online, Accepted, Acked, Received:
		return true
	}
	return f.kind == Ended && !q.inTurn(f)
}

// inTurn tells whether a command ended when it had its turn: that its time was over was not seen before. Its own timer
// would have seen it, unless the machine stood still.
func (q *queue) inTurn(end *fact) bool {
	l := q.lives.find(end.cmd)
	if l == nil || len(l.facts) == 0 {
		return false
	}
	last := &l.facts[len(l.facts)-1]
	return last.kind == Dequeued && last.at == end.at
}

func (q *queue) accept(f *fact, cmd uint64) {
	q.order++
	q.line(f).accept(f, entry{cmd, q.order})
	if f.isCached() || q.online {
		return
	}
	if q.absent == nil {
		q.absent = map[uint64]int64{}
	}
	q.absent[cmd] = f.at
}

func (l *line) accept(f *fact, e entry) {
	if f.isCached() {
		l.waiting = append(l.waiting, e)
		return
	}
	if len(l.waiting) > 0 {
		if l.behind == nil {
			l.behind = map[uint64]int{}
		}
		l.behind[e.cmd] = e.order
	}
}

func (l *line) publish(f *fact, cmd uint64) {
	if i := place(l.waiting, cmd); i >= 0 {
		l.open = append(l.open, l.waiting[i])
	}
	if !f.isCached() && f.order() == platform.SerializeAll {
		l.alone = append(l.alone, cmd)
	}
	l.leave(cmd)
}

// blocked tells whether an open command must end before the next of the lane is published.
func (l *line) blocked() bool { return len(l.open)+len(l.alone) > 0 }

func (l *line) end(cmd uint64) {
	l.leave(cmd)
	l.open = slices.DeleteFunc(l.open, func(e entry) bool { return e.cmd == cmd })
	l.alone = slices.DeleteFunc(l.alone, func(c uint64) bool { return c == cmd })
}

// recall lets a command wait again, in the place that its acceptance gave it.
func (l *line) recall(cmd uint64) {
	i := place(l.open, cmd)
	if i < 0 {
		return
	}
	e := l.open[i]
	l.open = slices.Delete(l.open, i, i+1)
	at, _ := slices.BinarySearchFunc(l.waiting, e.order, func(w entry, order int) int { return w.order - order })
	l.waiting = slices.Insert(l.waiting, at, e)
}

func (l *line) leave(cmd uint64) {
	if i := place(l.waiting, cmd); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	delete(l.behind, cmd)
}

// place is the index of a command in a list, -1 if it is not there.
func place(list []entry, cmd uint64) int {
	return slices.IndexFunc(list, func(e entry) bool { return e.cmd == cmd })
}

// waiting is how many cached commands wait in all lanes.
func (q *queue) waiting() int {
	n := 0
	for i := range q.lanes {
		n += len(q.lanes[i].waiting)
	}
	return n
}

// refusedAsFull tells whether an ending says that the cache was full.
func (h *names) refusedAsFull(f *fact) bool {
	return f.kind == Ended && h.words.text(f.word) == platform.ErrCacheFull.Error()
}
