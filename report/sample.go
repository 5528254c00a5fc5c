package report

import "time"

// Outcome is how an arrival ended. Every arrival has exactly one.
type Outcome uint8

const (
	OK Outcome = iota + 1
	DeviceError
	Timeout
	Offline
	Rejected
	Broken
	Dropped // never sent: too many calls were open
)

// Outcomes lists all in the order of every table.
var Outcomes = [...]Outcome{OK, DeviceError, Timeout, Offline, Rejected, Broken, Dropped}

var outcomeNames = [...]string{"", "ok", "device_error", "timeout", "offline", "rejected", "broken", "dropped"}

func (o Outcome) String() string { return outcomeNames[o] }

// Sample is one arrival of a load, once it is over. The times are offsets from the start of the run, on its clock.
type Sample struct {
	Load    int // index of the load
	Seq     uint64
	Due     time.Duration // when the schedule wanted it sent
	Sent    time.Duration // when the caller began to write the request
	Done    time.Duration // when the caller had the whole answer
	Outcome Outcome
	Code    string // the vendor's, or empty
}
