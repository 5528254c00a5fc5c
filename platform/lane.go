package platform

import (
	"cmp"
	"slices"
	"time"

	"fleetdrill/platform/bug"
)

// Lane is one queue of a device. Commands in different lanes do not wait for one another.
type Lane struct {
	Limit     int      // cached commands that may wait
	Overflow  Overflow // what happens to the next
	Serialize Serialize
	Resend    Resend // of messages at QoS 1 that are not acknowledged
	// AwaitSubscribe lets a cached command that has waited for its device wait on until the device subscribes to its
	// topic: it can only do so once it is there. Otherwise, and for a command that comes later, that is ErrUnsubscribed.
	AwaitSubscribe bool
}

// Overflow is what a cached command does when as many as may wait are waiting.
type Overflow uint8

const (
	RefuseNew  Overflow = iota // it ends with ErrCacheFull
	DropOldest                 // the oldest waiting one ends with ErrReplaced
)

// Serialize says which commands of a lane go one after another: the next is published after the ending of the one
// before. All are published in the order of their acceptance.
type Serialize uint8

const (
	SerializeCached Serialize = iota // cached ones go alone among the cached, and nothing overtakes them
	SerializeAll                     // every command goes alone
	SerializeNone                    // none waits for another's ending
)

// Resend says how often a message is repeated. The zero value does not.
type Resend struct {
	Every time.Duration // from one sending to the next in one session; 0: never
	Times int           // sendings in all in one session, in one round
	// OnReturn lets cached commands that are not acknowledged when their device goes wait for its return, in their order
	// and before newer ones, for the rest of their TTL. Then come ReturnTimes rounds, which begin ReturnEvery apart.
	OnReturn    bool
	ReturnEvery time.Duration
	ReturnTimes int // 0 is 1
}

// lane is a Lane of one device. The device's lock guards it.
type lane struct {
	*Lane
	queue      []*pending // accepted, not published, in that order
	open       []*pending // published, without ending, in the order of Wire
	waiting    int        // cached commands in queue
	cachedOpen int        // cached commands in open
}

// blocked tells whether something open must end before anything is published.
func (l *lane) blocked() bool {
	switch l.Serialize {
	case SerializeAll:
		return len(l.open) > 0
	case SerializeNone:
		return false
	}
	return l.cachedOpen > 0
}

// byWire is the order of open.
func byWire(p *pending, w Wire) int { return cmp.Compare(p.cmd.Wire, w) }

// push takes p as the last of the queue.
func (l *lane) push(p *pending) {
	l.queue = append(l.queue, p)
	if p.cmd.Mode == Cached {
		l.waiting++
	}
}

// publish moves p from the queue to the open ones. Its place is the last but for one that was sent before.
func (l *lane) publish(p *pending) {
	l.remove(p)
	p.sent = true
	i := len(l.open)
	if i > 0 && l.open[i-1].cmd.Wire > p.cmd.Wire {
		i, _ = slices.BinarySearchFunc(l.open, p.cmd.Wire, byWire)
	}
	l.open = slices.Insert(l.open, i, p)
	if p.cmd.Mode == Cached {
		l.cachedOpen++
	}
}

// find returns the open command with a number on the wire, or nil.
func (l *lane) find(w Wire) *pending {
	i, ok := slices.BinarySearchFunc(l.open, w, byWire)
	if !ok {
		return nil
	}
	return l.open[i]
}

// remove takes p out of wherever it is; one that was refused is nowhere.
func (l *lane) remove(p *pending) {
	list, cached := &l.queue, &l.waiting
	if p.sent {
		list, cached = &l.open, &l.cachedOpen
	}
	i := slices.Index(*list, p)
	if i < 0 {
		return
	}
	*list = slices.Delete(*list, i, i+1)
	if len(*list) == 0 && cap(*list) > 8 {
		*list = nil // most devices are idle mostly
	}
	if p.cmd.Mode == Cached {
		*cached--
	}
}

// recall puts what was published and can be lost before all that waits, and returns it.
func (l *lane) recall() []*pending {
	if !l.Resend.OnReturn || bug.On(bug.InflightLost) {
		return nil
	}
	var back []*pending
	for _, p := range slices.Clone(l.open) {
		if p.cmd.Mode == Cached && p.qos > 0 && !p.received {
			l.remove(p)
			p.sent = false
			back = append(back, p)
		}
	}
	l.waiting += len(back)
	l.queue = slices.Concat(back, l.queue)
	return back
}

// first is the first of the queue that may go, or nil.
func (l *lane) first() *pending {
	i := slices.IndexFunc(l.queue, func(p *pending) bool { return !p.unheard })
	if i < 0 {
		return nil
	}
	return l.queue[i]
}

// firstInstant is the first instant command of a queue that is not empty, or its first.
func (l *lane) firstInstant() *pending {
	return l.queue[max(0, slices.IndexFunc(l.queue, func(p *pending) bool { return p.cmd.Mode == Instant }))]
}

// oldest is the cached command that has waited longest, or nil.
func (l *lane) oldest() *pending {
	i := slices.IndexFunc(l.queue, func(p *pending) bool { return p.cmd.Mode == Cached })
	if i < 0 {
		return nil
	}
	return l.queue[i]
}
