package replay

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// slack is the least distance so far of what decided about a command from something that would have decided otherwise.
type slack struct {
	by    time.Duration
	ok    bool    // something was close at all
	why   string  // what was
	first command // to which
	how   string  // how a change of first is felt; empty: it is the command itself
}

func (s *slack) least(other slack) {
	if other.ok && (!s.ok || other.by < s.by) {
		*s = other
	}
}

// through is least for what comes by another command.
func (s *slack) through(other slack, how string) {
	other.how = how
	s.least(other)
}

func (s *slack) near(a, b time.Duration, why string) {
	if a != check.Never && b != check.Never {
		s.least(slack{by: (a - b).Abs(), ok: true, why: why})
	}
}

// nearest is near to what is closest of times in order.
func (s *slack) nearest(at time.Duration, list []time.Duration, why string) {
	i, _ := slices.BinarySearch(list, at)
	for _, other := range list[max(0, i-1):min(len(list), i+1)] {
		s.near(at, other, why)
	}
}

// beside is nearest among what others did.
func (s *slack) beside(at time.Duration, list []mark, l *life, why string) {
	i, _ := slices.BinarySearchFunc(list, at, func(m mark, at time.Duration) int { return int(m.at - at) })
	for k := i; k < len(list); k++ { // its own are two or three at most
		if list[k].of != l {
			s.near(at, list[k].at, why)
			break
		}
	}
	for k := i - 1; k >= 0; k-- {
		if list[k].of != l {
			s.near(at, list[k].at, why)
			break
		}
	}
}

// spare is how far what decided about one command alone was from something that would have decided otherwise: an answer
// from the deadline, what needs a connection from its coming or going, the end of a lifetime from the turn of what waits.
// It is none where the platform was late with the turn itself, or took an answer from a connection that was gone.
func (q *queue) spare(l *life) (s slack) {
	limit, reached, answered := check.Never, check.Never, check.Never
	for _, f := range l.facts {
		switch f.Kind {
		case check.Sent:
			reached = f.At
		case check.Accepted, check.Published, check.Recalled, check.Received:
			s.near(f.At, limit, "between its being "+f.Kind.String()+" and the end of its time")
			limit, reached = f.Limit, f.At
		case check.Answered:
			answered = f.At
			s.near(f.At, limit, "between its device's answer and its deadline")
		case check.Matched, check.Late, check.Duplicate:
			s.near(f.At, limit, "between its answer and its deadline")
			if q.leaves(answered, f.At) {
				s.near(f.At, f.At, "its answer was read from a connection that was gone")
			}
		case check.Ended:
			reached = f.At
			if l.why == platform.ErrClosed.Error() {
				s.near(f.At, limit, "between the platform's close and the end of its time")
				s.nearest(f.At, q.goings, "between the platform's close and its device's going")
			}
		case check.Done:
			if f.Outcome == platform.Broken {
				s.near(f.At, reached, "between its last step and the end of its call")
			}
		}
		s.linked(f, q)
	}
	s.turn(l, q)
	return s
}

// linked looks at what needs a connection.
func (s *slack) linked(f check.Fact, q *queue) {
	switch f.Kind {
	case check.Accepted, check.Answered, check.Matched:
		s.nearest(f.At, q.links, "between its being "+f.Kind.String()+" and its device's coming or going")
	case check.Dequeued, check.Published, check.Acked: // coming is what they follow
		s.nearest(f.At, q.goings, "between its being "+f.Kind.String()+" and its device's going")
	}
}

// turn looks at a command that had no turn, or found its device gone then.
func (s *slack) turn(l *life, q *queue) {
	in := q.lane(l)
	switch l.why {
	case platform.ErrExpired.Error(), platform.ErrNotSent.Error():
		at := l.limit
		s.nearest(at, q.links, "between the end of its time and its device's coming or going")
		if !l.waited || q.there(at) && !in.blocked(at) {
			s.near(at, at, "the platform was late with its turn")
		}
		if l.waited {
			s.beside(at, in.turns, l, "between the end of its time and another's making way")
		}
	case platform.ErrCacheFull.Error(), platform.ErrReplaced.Error():
		s.beside(l.over, in.turns, l, "between its refusal and a free place in the cache")
		s.beside(l.over, in.places, l, "between its refusal and a free place in the cache")
	case platform.ErrOffline.Error():
		if l.waited {
			s.beside(l.over, in.turns, l, "between its device's going and another's making way")
		}
	}
}
