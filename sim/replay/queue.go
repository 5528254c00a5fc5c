package replay

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// command is one by the index of its load in the history, and its number there.
type command struct {
	load int
	n    uint64
}

// life is what is known of one.
type life struct {
	command
	facts    []check.Fact
	lane     int
	blocks   bool          // others behind it wait for its ending
	waited   bool          // for others, or there was no room for it to
	recalled bool          // it was published, and waited again
	open     bool          // while facts come: it is published
	spell    int           // the same: the place in lane.spells of the present one
	came     time.Duration // accepted
	limit    time.Duration // of its lifetime or turn
	out      time.Duration // published for the first time; Never: it was not
	over     time.Duration // the same
	why      string        // it ended
	slack    slack         // what it had to spare, once it is weighed
}

// queue is a device: its commands in the order in which they came, and its connections.
type queue struct {
	lives   map[command]*life
	order   []*life
	links   []time.Duration // comings and goings, in order
	up      []bool          // of links: it came
	goings  []time.Duration
	lanes   map[int]*lane
	sent    int  // messages to the present session
	crowded bool // there may have been no room for a message: then each command of the device is in the way of any
}

// lane is what made room in one.
type lane struct {
	turns  []mark // what was behind could go on: a publishing, or the end of what blocks
	places []mark // what waited ended unsent
	spells []spell
}

// mark is when a command did something.
type mark struct {
	at time.Duration
	of *life
}

// spell is a time in which something open blocked a lane.
type spell struct{ from, to time.Duration }

func queueOf(facts []check.Fact) *queue {
	q := &queue{lives: map[command]*life{}, lanes: map[int]*lane{}}
	for _, f := range facts {
		q.link(f)
		if f.Load < 0 {
			continue
		}
		c := command{f.Load, f.Seq}
		l := q.lives[c]
		if l == nil {
			l = &life{command: c, came: check.Never, limit: check.Never, out: check.Never, over: check.Never}
			q.lives[c] = l
		}
		q.note(l, f)
	}
	for _, in := range q.lanes {
		in.close()
	}
	return q
}

func (q *queue) link(f check.Fact) {
	switch f.Kind {
	case check.Online, check.Offline:
		q.links, q.up = append(q.links, f.At), append(q.up, f.Kind == check.Online)
		if f.Kind == check.Offline {
			q.goings = append(q.goings, f.At)
		}
		q.sent = 0
	case check.Published, check.Resent:
		q.sent++
		q.crowded = q.crowded || q.sent >= check.Window
	case check.LinkDropped:
		q.crowded = true
	}
}

func (q *queue) note(l *life, f check.Fact) {
	l.facts = append(l.facts, f)
	switch f.Kind {
	case check.Accepted:
		l.came, l.limit, l.lane = f.At, f.Limit, f.Lane
		l.blocks = f.Order == platform.SerializeAll || f.Cached && f.Order == platform.SerializeCached
		q.order = append(q.order, l)
	case check.Queued:
		l.waited = true
	case check.Published:
		l.out, l.open = min(l.out, f.At), true
		q.lane(l).published(l, f.At)
	case check.Recalled:
		l.waited, l.recalled = true, true
		q.lane(l).left(l, f.At)
	case check.Ended:
		l.over, l.why = f.At, f.Text
		l.waited = l.waited || l.why == platform.ErrCacheFull.Error()
		q.lane(l).left(l, f.At)
	}
}

func (q *queue) lane(l *life) *lane {
	in := q.lanes[l.lane]
	if in == nil {
		in = &lane{}
		q.lanes[l.lane] = in
	}
	return in
}

func (in *lane) published(l *life, at time.Duration) {
	in.turns = append(in.turns, mark{at, l})
	if l.blocks {
		l.spell = len(in.spells)
		in.spells = append(in.spells, spell{at, check.Never})
	}
}

// left is for what waits no more, or is not open any more.
func (in *lane) left(l *life, at time.Duration) {
	switch {
	case !l.open:
		in.places = append(in.places, mark{at, l})
	case l.blocks:
		in.turns = append(in.turns, mark{at, l})
		in.spells[l.spell].to = at
	}
	l.open = false
}

// close lets each spell last as long as any before it, for blocked.
func (in *lane) close() {
	for i := 1; i < len(in.spells); i++ {
		in.spells[i].to = max(in.spells[i].to, in.spells[i-1].to)
	}
}

// blocked tells whether something was open at a time that what waited had to wait for.
func (in *lane) blocked(at time.Duration) bool {
	i, _ := slices.BinarySearchFunc(in.spells, at, func(s spell, at time.Duration) int {
		if s.from <= at {
			return -1
		}
		return 1
	})
	return i > 0 && in.spells[i-1].to > at
}

// there tells whether the device had a session just before a time.
func (q *queue) there(at time.Duration) bool {
	i, _ := slices.BinarySearch(q.links, at)
	return i > 0 && q.up[i-1]
}

// leaves tells whether the device's connection goes between two times.
func (q *queue) leaves(from, to time.Duration) bool {
	i, _ := slices.BinarySearch(q.goings, from+1)
	return i < len(q.goings) && q.goings[i] < to
}
