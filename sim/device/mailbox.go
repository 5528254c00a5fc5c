package device

import (
	"errors"
	"sync"
	"time"

	"fleetdrill/sim/mqtt"
)

// mailboxSize is how many messages may wait for the device's goroutine. It is above the platform's window of
// commands that a device has not taken (128), so an overflow means that the machine starves the device. An idle
// mailbox holds no memory for it.
const mailboxSize = 256

// mailbox is how the outside reaches the goroutine that owns a device: messages, lost connections, kicks.
type mailbox struct {
	wake chan struct{} // 1 deep: something is in it

	mu      sync.Mutex
	letters []letter
	ends    end
}

type letter struct {
	mqtt.Message
	at time.Time // when it arrived
}

// end is what happened to the device's connection.
type end struct {
	lost   error // nil: nothing
	of     int   // the number of the connection that was lost
	kicked bool
	away   time.Duration // kicked: how long to stay away, 0 leaves it to scenarios.Reconnect
}

var errKicked = errors.New("connection reset by a fault")

func (b *mailbox) ring() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// put takes a message, or says that there is no room.
func (b *mailbox) put(m mqtt.Message, at time.Time) bool {
	b.mu.Lock()
	full := len(b.letters) >= mailboxSize
	if !full {
		b.letters = append(b.letters, letter{m, at})
	}
	b.mu.Unlock()
	if !full {
		b.ring()
	}
	return !full
}

func (b *mailbox) lose(of int, err error) {
	b.mu.Lock()
	b.ends.lost, b.ends.of = err, of
	b.mu.Unlock()
	b.ring()
}

func (b *mailbox) kick(away time.Duration) {
	b.mu.Lock()
	b.ends.kicked, b.ends.away = true, away
	b.mu.Unlock()
	b.ring()
}

// calm forgets a kick: it came before there was a connection.
func (b *mailbox) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends.kicked, b.ends.away = false, 0
}

// empty takes out everything. The letters are the caller's.
func (b *mailbox) empty() ([]letter, end) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, e := b.letters, b.ends
	b.letters, b.ends = nil, end{}
	return l, e
}
