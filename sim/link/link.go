// Package link is the network between one device and its broker, and what can go wrong with it. It works over any
// connection, in memory or TCP, and on a virtual clock:
//
//	l := &link.Link{}
//	conn, err := l.Dial(ctx, dial)             // instead of dial(ctx)
//	l.Strike(1, link.Effect{Stall: true})      // from any goroutine, on connections that are open and to come
//	l.Heal(1)
//	l.End()                                    // once the device is gone: what lingers is closed, all goroutines end
//
// A connection that no fault has ever struck reads and writes the network itself. One that has been struck, or is
// waiting for what is on its way, has a goroutine that reads ahead, and one that writes while there is something to write.
//
// What a device writes in one call must be one MQTT packet, as sim/mqtt does. What comes is cut into packets here.
package link

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Way is a direction.
type Way uint8

const (
	Up   Way = iota // from the device
	Down            // to the device
)

// Effect is what a fault does to a link from its strike to its heal. The zero value does nothing. Effects that act at
// the same time add up.
type Effect struct {
	// Vanish makes a black hole of each connection that is open at the strike, for good: in that way nothing arrives any
	// more, neither bytes nor the end. No connection can be made before the heal.
	Vanish [2]bool
	Delay  [2]func(n uint64) time.Duration // how much longer packet n of that way takes: see Packet
	Rate   [2]float64                      // bytes per second; 0 is any number
	Stall  bool                            // the device does not read: what comes waits for it
	// LoseAcks swallows the device's PUBACKs.
	LoseAcks bool
	Copy     [2]bool // each PUBLISH arrives twice, at QoS 1 with the same packet id and marked as a duplicate
	// Copied is told each PUBLISH that Copy doubles, before it arrives. nil: nobody is.
	Copied func(w Way, packet []byte)
}

// Link is one device's. The zero value is ready; it must not be copied.
type Link struct {
	// Moment puts off an arrival to an instant in which nothing else happens, on a virtual clock. nil: as it comes.
	Moment func(time.Time, Way) time.Time

	acts    atomic.Pointer[Effect] // the sum of all that act; nil: nothing does
	running sync.WaitGroup

	mu      sync.Mutex
	strikes []strike
	dialled uint64         // connections so far
	conns   map[*conn]bool // all that may not be closed towards the network
}

type strike struct {
	id int
	Effect
}

// Strike lets an effect begin. The id names it for Heal.
func (l *Link) Strike(id int, e Effect) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strikes = append(l.strikes, strike{id, e})
	l.sumLocked()
	for c := range l.conns {
		c.struck(e)
	}
}

// Heal ends an effect. One that does not act is no matter.
func (l *Link) Heal(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strikes = slices.DeleteFunc(l.strikes, func(s strike) bool { return s.id == id })
	l.sumLocked()
	now := l.acts.Load()
	for c := range l.conns {
		c.down.hold(now != nil && now.Stall)
	}
}

func (l *Link) sumLocked() {
	if len(l.strikes) == 0 {
		l.acts.Store(nil)
		return
	}
	var sum Effect
	for _, s := range l.strikes {
		sum.add(s.Effect)
	}
	l.acts.Store(&sum)
}

func (e *Effect) add(f Effect) {
	e.Stall, e.LoseAcks = e.Stall || f.Stall, e.LoseAcks || f.LoseAcks
	if f.Copied != nil {
		e.Copied = f.Copied
	}
	for w := range e.Vanish {
		e.Vanish[w], e.Copy[w] = e.Vanish[w] || f.Vanish[w], e.Copy[w] || f.Copy[w]
		if f.Rate[w] > 0 && (e.Rate[w] == 0 || f.Rate[w] < e.Rate[w]) {
			e.Rate[w] = f.Rate[w]
		}
		if before, more := e.Delay[w], f.Delay[w]; before != nil && more != nil {
			e.Delay[w] = func(n uint64) time.Duration { return before(n) + more(n) }
		} else if more != nil {
			e.Delay[w] = more
		}
	}
}

func (e *Effect) copied(w Way, packet []byte) {
	if e.Copied != nil {
		e.Copied(w, packet)
	}
}

func (e *Effect) vanishes() bool { return e != nil && (e.Vanish[Up] || e.Vanish[Down]) }

// Dial makes a connection over the link. While bytes vanish it waits for the end of ctx.
func (l *Link) Dial(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	if l.acts.Load().vanishes() {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "link", Err: ctx.Err()}
	}
	inner, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	return l.add(inner), nil
}

func (l *Link) add(inner net.Conn) *conn {
	c := &conn{Conn: inner, link: l}
	c.up.init()
	c.down.init()
	l.mu.Lock()
	defer l.mu.Unlock()
	c.number = l.dialled
	l.dialled++
	if l.conns == nil {
		l.conns = map[*conn]bool{}
	}
	for old := range l.conns {
		if old.isGone() {
			delete(l.conns, old)
		}
	}
	l.conns[c] = true
	if e := l.acts.Load(); e != nil {
		c.struck(*e)
	}
	return c
}

// End closes what is left and waits for every goroutine of the link.
func (l *Link) End() {
	l.mu.Lock()
	left := l.conns
	l.conns = nil
	l.mu.Unlock()
	for c := range left {
		c.end()
	}
	l.running.Wait()
}

// Packet is what Effect.Delay is asked about: packet n of connection c of the link, both from 0, counted while something
// acts. What still passes over an old connection does not change what a new one meets.
func Packet(c, n uint64) uint64 { return c<<32 | n }

// longest is how long a packet keeps a way busy at the most: sums of a few stay far from overflow.
const longest = 365 * 24 * time.Hour

// cost is how much longer a packet of so many bytes is under way, and how long it keeps the way busy.
func (c *conn) cost(e *Effect, w Way, bytes int) (delay, busy time.Duration) {
	if e == nil {
		return 0, 0
	}
	n := c.passed[w]
	c.passed[w]++
	if e.Delay[w] != nil {
		delay = e.Delay[w](Packet(c.number, n))
	}
	if e.Rate[w] > 0 {
		busy = time.Duration(min(float64(bytes)/e.Rate[w]*float64(time.Second), float64(longest)))
	}
	return delay, busy
}
