// Package sweep plays every order in which the events that race about one command can come, and compares how the command
// ends with what the vendor's contract says.
//
//	for _, c := range sweep.Calls("enos") {              // the kinds of call that a vendor has
//		orders := c.Orders()                             // all of them, the same each time
//		err := sweep.Play(ctx, cfg, c, orders)           // each with a device of its own, over the real wire
//	}
//	found := sweep.Judge(ledger.Finish(), calls)         // what came out, beside what should have
//	sweep.WriteTable(w, found, sweep.Options{})          // orders that end alike are one row
//
// A Call is written from the contract, in contract.go. Its model, in model.go, is what decides in which order: it knows
// nothing of the platform's code. The orders are what the model can do, in order.go.
package sweep

import (
	"strings"
	"time"
)

// Event is something that can happen to a command after it was called for.
type Event uint8

const (
	Answer     Event = iota // the device answers success, or failure where the Call says so
	Ack                     // the device acknowledges the message
	Disconnect              // the device's connection is lost
	Return                  // the device connects
	Takeover                // it connects once more, before its connection is lost
	HangUp                  // the caller goes away
	TakeBack                // the application cancels the command through the API
	Timeout                 // the time for the answer, or for the acknowledgement, is over
	Expiry                  // the lifetime is over
	events
)

var eventNames = [...]string{"answer", "ack", "disconnect", "return", "takeover", "hang-up", "take-back", "timeout", "expiry"}

func (e Event) String() string { return eventNames[e] }

// clock tells whether it is time that makes it happen.
func (e Event) clock() bool { return e >= Timeout }

// Step is one event of an Order.
type Step struct {
	Event
	At    time.Duration // since the call
	Sharp bool          // it comes in the very instant of the clock that runs
	Clock Event         // Sharp: which
	// Promise, Sharp only, says what the platform makes of that.
	Promise string
	State   string // of the command afterwards, as the API tells it
}

// Pair names the two events of the instant of a Sharp step.
func (s Step) Pair() string { return s.Event.String() + " = " + s.Clock.String() }

// Order is what happens to one command, and what should come of it.
type Order struct {
	Steps    []Step
	Lifetime time.Duration // that the call asks for; 0: none, or the vendor's own
	Want     Ending
	Why      string // what decides, in words
	Asks     string // what the contract leaves open about it; empty: nothing
	Off      string // set by Play: where its state was not the contract's on the way; empty: nowhere
}

// Ending is how a command ended, for both sides.
type Ending struct {
	Command string // the platform's state and, of a failure, why; "open" while nothing ends it
	Caller  string // what its caller heard, such as "ok 0"; "nothing" if it was gone before
}

// String is the order in words: what is joined by = came in one instant.
func (o *Order) String() string {
	if len(o.Steps) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, s := range o.Steps {
		switch {
		case i > 0 && s.At == o.Steps[i-1].At:
			b.WriteString(" = ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(s.Event.String())
		if s.Sharp && (i+1 == len(o.Steps) || o.Steps[i+1].At > s.At) {
			b.WriteString(" = " + s.Clock.String()) // which does not come any more
		}
	}
	return b.String()
}
