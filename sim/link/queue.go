package link

import (
	"net"
	"sync"
	"time"
)

// capacity is how many bytes may wait to be read by a device before nothing more is taken from the network: a receive
// window.
const capacity = 64 << 10

// queue is what is under way in one direction. Many may put, one takes.
type queue struct {
	wake chan struct{} // 1 deep: something changed for the one who takes
	room chan struct{} // 1 deep: something changed for who puts

	mu     sync.Mutex
	items  []item
	size   int
	busy   time.Time // until when the way carries what was put before
	last   time.Time // when the last item arrives
	held   bool
	closed bool
}

// item is a packet, or with err the end.
type item struct {
	at   time.Time // when it arrives
	data []byte
	err  error
}

func (q *queue) init() {
	q.wake, q.room = make(chan struct{}, 1), make(chan struct{}, 1)
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// put takes a packet that comes now. It arrives after all before it.
func (q *queue) put(data []byte, delay, busy time.Duration, moment func(time.Time) time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	now := time.Now()
	start := now
	if q.busy.After(start) {
		start = q.busy
	}
	q.busy = start.Add(busy)
	q.addLocked(item{at: q.busy.Add(delay), data: data}, now, moment)
}

// end puts the end of what comes.
func (q *queue) end(err error, moment func(time.Time) time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.addLocked(item{at: time.Now(), err: err}, time.Now(), moment)
}

func (q *queue) addLocked(it item, now time.Time, moment func(time.Time) time.Time) {
	switch {
	case q.last.After(it.at):
		it.at = q.last
	case moment != nil && it.at.After(now):
		it.at = moment(it.at)
	}
	q.last = it.at
	q.items = append(q.items, it)
	q.size += len(it.data)
	ring(q.wake)
}

// wait waits for room. It is for one goroutine.
func (q *queue) wait() {
	for {
		q.mu.Lock()
		full := q.size >= capacity && !q.closed
		q.mu.Unlock()
		if !full {
			return
		}
		<-q.room
	}
}

// hold makes nothing arrive, or lets it.
func (q *queue) hold(held bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held != held {
		q.held = held
		ring(q.wake)
	}
}

// drop loses what is under way.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items, q.size = nil, 0
	ring(q.wake)
	ring(q.room)
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items, q.size = true, nil, 0
	ring(q.wake)
	ring(q.room)
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) == 0
}

// read gives as much of one packet as fits into p, once it has arrived.
func (q *queue) read(p []byte) (int, error) {
	for {
		n, wait, err := q.tryRead(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		q.pause(wait)
	}
}

// forever is the wait for a change.
const forever = time.Duration(-1)

func (q *queue) tryRead(p []byte) (n int, wait time.Duration, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0, 0, net.ErrClosed
	}
	if wait = q.untilLocked(); wait != 0 {
		return 0, wait, nil
	}
	first := &q.items[0]
	if first.err != nil {
		return 0, 0, first.err
	}
	n = copy(p, first.data)
	first.data = first.data[n:]
	q.size -= n
	if len(first.data) == 0 {
		q.shiftLocked()
	}
	ring(q.room)
	return n, 0, nil
}

// untilLocked is how long it is until the first item arrives: 0 if it has.
func (q *queue) untilLocked() time.Duration {
	if q.held || len(q.items) == 0 {
		return forever
	}
	return max(0, time.Until(q.items[0].at))
}

func (q *queue) shiftLocked() {
	if q.items = q.items[1:]; len(q.items) == 0 {
		q.items = nil
	}
}

func (q *queue) pause(wait time.Duration) {
	if wait == forever {
		<-q.wake
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.wake:
	}
}

// take gives the next packet once it has arrived. When there is none it asks whether to stop, without the lock.
func (q *queue) take(stop func() bool) (packet []byte, ok bool) {
	for {
		q.mu.Lock()
		none, wait := len(q.items) == 0, q.untilLocked()
		if wait == 0 {
			packet = q.items[0].data
			q.size -= len(packet)
			q.shiftLocked()
			q.mu.Unlock()
			return packet, true
		}
		q.mu.Unlock()
		if none {
			if stop() {
				return nil, false
			}
			continue
		}
		q.pause(wait)
	}
}
