package replay

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// slackOf is how far what decided about a command of the queue was from something that would have decided otherwise: an
// answer from the deadline, what needs a connection from its coming or going, the end of a lifetime from the turn of what
// waits. In a queue each has its turn when the one before it has ended: so what those had to spare that it waited behind, or
// that differ themselves, is all that it had. It is none where the platform was late with the turn itself, or took an answer
// from a connection that was gone. ok is false if nothing was close to anything.
func (q *queue) slackOf(c command, differs map[command]bool) (least time.Duration, ok bool) {
	l := q.lives[c]
	if l == nil {
		return 0, false
	}
	s, from := q.spare(l), l.came
	for i := l.place - 1; i >= 0; i-- {
		switch before := q.order[i]; {
		case before.lane != l.lane:
		case l.waited && before.over >= from:
			s.least(q.spare(before))
			if before.waited {
				from = before.came
			}
		case differs[before.command]:
			s.least(q.spare(before))
		}
	}
	return s.by, s.ok
}

// spare is what decided about one command alone. It is asked for by all that wait behind it.
func (q *queue) spare(l *life) slack {
	if !l.weighed {
		l.spare.of(l, q)
		l.weighed = true
	}
	return l.spare
}

// command is one by the index of its load in the history, and its number there.
type command struct {
	load int
	n    uint64
}

// life is what is known of one.
type life struct {
	command
	facts     []check.Fact
	lane      int
	blocks    bool          // cached ones behind it wait for its ending
	waited    bool          // for others, or there was no room for it to
	came      time.Duration // accepted
	limit     time.Duration // of its lifetime or turn
	out, over time.Duration // published for the first time, and ended; Never: it was not
	why       string        // it ended
	place     int           // in queue.order
	spare     slack         // once it is weighed
	weighed   bool
}

// queue is a device: its commands in the order in which they came, and its connections.
type queue struct {
	lives map[command]*life
	order []*life
	links []check.Fact
}

func queueOf(facts []check.Fact) *queue {
	q := &queue{lives: map[command]*life{}}
	for _, f := range facts {
		c := command{f.Load, f.Seq}
		if f.Kind == check.Online || f.Kind == check.Offline {
			q.links = append(q.links, f)
		}
		if f.Load < 0 {
			continue
		}
		l := q.lives[c]
		if l == nil {
			l = &life{command: c, came: check.Never, limit: check.Never, out: check.Never, over: check.Never}
			q.lives[c] = l
		}
		if f.Kind == check.Accepted {
			l.place = len(q.order)
			q.order = append(q.order, l)
		}
		l.note(f)
	}
	return q
}

func (l *life) note(f check.Fact) {
	l.facts = append(l.facts, f)
	switch f.Kind {
	case check.Accepted:
		l.came, l.limit, l.lane = f.At, f.Limit, f.Lane
		l.blocks = f.Order == platform.SerializeAll || f.Cached && f.Order == platform.SerializeCached
	case check.Queued:
		l.waited = true
	case check.Published:
		l.out = min(l.out, f.At)
	case check.Ended:
		l.over, l.why = f.At, f.Text
		l.waited = l.waited || l.why == platform.ErrCacheFull.Error()
	}
}

// slack is the least distance so far.
type slack struct {
	by time.Duration
	ok bool
}

func (s *slack) least(other slack) {
	if other.ok && (!s.ok || other.by < s.by) {
		*s = other
	}
}

func (s *slack) near(a, b time.Duration) {
	if a != check.Never && b != check.Never {
		s.least(slack{(a - b).Abs(), true})
	}
}

// of looks at what decided about one command.
func (s *slack) of(l *life, q *queue) {
	limit, reached, answered := check.Never, check.Never, check.Never
	for _, f := range l.facts {
		switch f.Kind {
		case check.Sent:
			reached = f.At
		case check.Accepted, check.Published, check.Recalled, check.Received:
			s.near(f.At, limit)
			limit, reached = f.Limit, f.At
		case check.Answered:
			answered = f.At
			s.near(f.At, limit)
		case check.Matched, check.Late, check.Duplicate:
			s.near(f.At, limit)
			if q.leaves(answered, f.At) {
				s.near(f.At, f.At) // it came from a connection that is gone
			}
		case check.Ended:
			reached = f.At
			if l.why == platform.ErrClosed.Error() {
				s.near(f.At, limit)
				q.left(f.At, s)
			}
		case check.Done:
			if f.Outcome == platform.Broken { // it was cut off
				s.near(f.At, reached)
			}
		}
		s.linked(f, q)
	}
	s.turn(l, q)
}

// linked looks at what needs a connection.
func (s *slack) linked(f check.Fact, q *queue) {
	switch f.Kind {
	case check.Accepted, check.Answered, check.Matched:
		for _, link := range q.links {
			s.near(f.At, link.At)
		}
	case check.Dequeued, check.Published, check.Acked: // coming is what they follow
		q.left(f.At, s)
	}
}

// left is how far the goings of the device's connections were.
func (q *queue) left(at time.Duration, s *slack) {
	for _, link := range q.links {
		if link.Kind == check.Offline {
			s.near(at, link.At)
		}
	}
}

// turn looks at a command that had no turn, or found its device gone then.
func (s *slack) turn(l *life, q *queue) {
	at := l.limit
	switch l.why {
	case platform.ErrExpired.Error(), platform.ErrNotSent.Error():
		for _, link := range q.links {
			s.near(at, link.At)
		}
		if !l.waited || q.idle(l, at) {
			s.near(at, at)
		}
	case platform.ErrCacheFull.Error(), platform.ErrReplaced.Error(), platform.ErrOffline.Error():
		at = l.over
	default:
		return
	}
	if !l.waited {
		return
	}
	for _, other := range q.lives {
		if other != l && other.lane == l.lane {
			s.near(at, other.out)
			s.near(at, other.over)
		}
	}
}

// leaves tells whether the device's connection goes between two times.
func (q *queue) leaves(from, to time.Duration) bool {
	return slices.ContainsFunc(q.links, func(f check.Fact) bool { return f.Kind == check.Offline && f.At > from && f.At < to })
}

// idle tells whether the device was there, and nothing open in the way of l.
func (q *queue) idle(l *life, at time.Duration) bool {
	there := false
	for _, link := range q.links {
		if link.At < at {
			there = link.Kind == check.Online
		}
	}
	for _, other := range q.lives {
		if other != l && other.lane == l.lane && other.blocks && other.out <= at && other.over > at {
			return false
		}
	}
	return there
}
