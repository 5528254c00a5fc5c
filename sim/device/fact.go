package device

import (
	"sync/atomic"
	"time"

	"fleetdrill/platform"
)

// Kind is what happened at a device.
type Kind uint8

const (
	Connected Kind = iota + 1 // it has its CONNACK
	Lost                      // its connection broke, and not by its own will
	Left                      // it disconnected in good order
	Refused                   // the broker said no to its login
	Failed                    // no connection came about: dial, transport, time
	Seen                      // a command arrived
	Answered                  // an answer to a command went out, readable or not
	HungUp                    // it broke the connection itself
)

var kindNames = [...]string{"", "connected", "lost", "left", "refused", "failed", "seen", "answered", "hung up"}

func (k Kind) String() string { return kindNames[k] }

// Fact is one thing that happened at a device.
type Fact struct {
	Kind   Kind
	At     time.Time
	Device int           // Identity.Number
	Wire   platform.Wire // Seen, Answered, HungUp: of the command, whatever number the answer has
	ID     platform.ID   // the same, where it is known
	Nth    int           // Connected: the how-manieth connection of this device, from 1
	Err    error         // Lost, Refused, Failed: why
	Said   Saying        // Answered
}

// Saying is what a device says in an answer.
type Saying uint8

const (
	Success Saying = iota
	Failure        // that it failed
	Garbage        // something that nobody can read
	Foreign        // success, with the number of another command
)

// Tally counts over all devices that share it. The zero value is ready; it may be read at any time.
type Tally struct {
	Owed       atomic.Int64 // answers planned and not yet due
	Unsent     atomic.Int64 // answers that came due without a connection, or that it did not take
	Overflow   atomic.Int64 // messages thrown away because a mailbox was full
	Unreadable atomic.Int64 // messages that are no command, and answers that the codec refused
}
