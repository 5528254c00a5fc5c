package replay

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// A command that ends otherwise in a replay was close to that by itself, or it felt the change of another of its lane that
// was close: one that ended otherwise, too, or was out of the way at another time, and
//
//   - was before it in the queue when it came, or was open then and held up the lane: so it had to do with when this one had
//     its turn, and whether the cache had a place for it;
//   - or came while this one waited, if this one had to make room in the cache.
//
// A change passes on from one to the next, and what the first had to spare is all that any of them had. A command that came
// when the changed one was out of the way in both runs felt nothing of it, and answers for itself. Lanes share nothing but
// the room for messages.

// moved is so much later or earlier that it is another time: who is closer to that shows it by what it had to spare itself.
const moved = time.Millisecond

// weigh gives each command of a device that changed what it had to spare. again is the command in the replay, nil if it
// is not there; fell tells whether the platform fell meanwhile.
func (q *queue) weigh(again func(*life) *life, differs map[command]bool, fell func(*life) bool) {
	fronts := map[int]*front{}
	var changed []*life
	for _, l := range q.order {
		now := again(l)
		if !differs[l.command] && (now == nil || (q.held(now)-q.held(l)).Abs() <= moved) {
			continue
		}
		if now == nil {
			now = l
		}
		lane := l.lane
		if q.crowded {
			lane = 0
		}
		if fronts[lane] == nil {
			fronts[lane] = &front{}
		}
		q.alone(l, fell)
		l.slack.through(fronts[lane].closest(l.came), "behind")
		fronts[lane].add(max(q.held(l), q.held(now)), l.slack)
		changed = append(changed, l)
	}
	for i, l := range changed {
		if now := again(l); now != nil && (l.replaced() || now.replaced()) {
			l.feel(changed[i+1:], max(l.over, now.over))
		}
	}
}

// slackOf is what a command had to spare once the queue is weighed. One that was never accepted was in no queue.
func (q *queue) slackOf(c command, fell func(*life) bool) slack {
	l := q.lives[c]
	if l == nil {
		return slack{}
	}
	if l.came == check.Never {
		q.alone(l, fell)
	}
	return l.slack
}

// alone is what a command had to spare if it felt nobody's change.
func (q *queue) alone(l *life, fell func(*life) bool) {
	if l.slack = q.spare(l); fell(l) {
		l.slack = slack{ok: true, why: whileFalling}
	}
	l.slack.first = l.command
}

// held is until when what came later in its lane might have to wait for a command, or found a place less in the cache.
func (q *queue) held(l *life) time.Duration {
	if l.blocks || l.recalled || q.crowded {
		return l.over
	}
	return min(l.out, l.over)
}

func (l *life) replaced() bool { return l.why == platform.ErrReplaced.Error() }

// feel lets a command feel those that came while it waited, up to a time.
func (l *life) feel(later []*life, over time.Duration) {
	for _, x := range later {
		if x.came > over {
			return
		}
		if x.lane == l.lane {
			l.slack.through(x.slack, "beside")
		}
	}
}

// front is the changed commands of a lane that are in the way, without those that another outlasts that had less to spare:
// so they are in the order of both.
type front []reach

// reach is until when a change is felt, and what it had to spare.
type reach struct {
	until time.Duration
	slack slack
}

// closest returns the least slack of those that are in the way of what comes now.
func (f *front) closest(now time.Duration) slack {
	i := slices.IndexFunc(*f, func(r reach) bool { return r.until >= now })
	if i < 0 {
		*f = nil
		return slack{}
	}
	*f = (*f)[i:]
	return (*f)[0].slack
}

func (f *front) add(until time.Duration, s slack) {
	to, _ := slices.BinarySearchFunc(*f, until, func(r reach, until time.Duration) int { return int(r.until - until) })
	if !s.ok || to < len(*f) && (*f)[to].slack.by <= s.by {
		return
	}
	from := to
	for from > 0 && (*f)[from-1].slack.by >= s.by {
		from--
	}
	*f = slices.Replace(*f, from, to, reach{until, s})
}
