package trace

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"fleetdrill/sim/check"
)

// Lane is where a step happens, from left to right in a drawing.
type Lane uint8

const (
	Caller Lane = iota
	Platform
	Broker
	Device
	Nobody // of a Holder: what was lost
)

// Lanes are their names.
var Lanes = [...]string{"caller", "platform", "broker", "device"}

func (l Lane) String() string {
	if l == Nobody {
		return "nobody"
	}
	return Lanes[l]
}

// MarshalText makes a lane its name in JSON.
func (l Lane) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Life is one command from the moment it was due. All times count from that moment.
type Life struct {
	Load   string `json:"load"`
	Seq    uint64 `json:"n"`
	Device string `json:"device"`
	Call   string `json:"call"` // in words: instant command, cached command, cached message …
	Ending Ending `json:"ending"`

	Dialect string `json:"dialect,omitempty"` // the history has none: it is for who knows it to say

	Due   time.Duration `json:"due_ns"`   // since the beginning of the run
	Done  time.Duration `json:"done_ns"`  // when its caller had the answer: the sum of Took of all steps up to done
	Total time.Duration `json:"total_ns"` // until the last thing that happened to it: the sum of Took of all steps

	Steps  []Step  `json:"steps"`
	Around []Event `json:"around"` // what else happened to the device, by time
}

// Name is how a person calls the command: reboot/1234.
func (l *Life) Name() string { return fmt.Sprintf("%s/%d", l.Load, l.Seq) }

// Step is one thing that happened to the command. From and To differ where something went from one lane to the other;
// the step is its arrival. Of a fault that strikes the link between two lanes they are its ends.
type Step struct {
	Kind string        `json:"step"`  // the name of its check.Kind, or "deadline"
	At   time.Duration `json:"at_ns"` // since it was due
	Took time.Duration `json:"took_ns"`
	From Lane          `json:"from"`
	To   Lane          `json:"to"`
	Text string        `json:"text"`
	// Wait says where the command was during Took, and Holder in whose hands; Toward differs where it, or the answer to it,
	// was on its way from one lane to the next.
	Wait   string `json:"wait,omitempty"`
	Holder Lane   `json:"holder"`
	Toward Lane   `json:"toward"`
	Aside  bool   `json:"aside,omitempty"` // it happened to the device, not to the command
	Mark   Mark   `json:"mark,omitempty"`
	Online bool   `json:"online"`         // the device has a session, as the platform sees it, after the step
	Cut    bool   `json:"cut,omitempty"`  // and its connection has ended, or is dead: bytes vanish in it
	Down   []Lane `json:"down,omitempty"` // what a fault has taken away, after the step
	Times  int    `json:"times"`          // how often it happened at that instant
	Left   int    `json:"left,omitempty"` // how much of the coming and going of the device's connection is left out before it

	kind     check.Kind // 0: the deadline
	cached   bool       // Queued
	readable bool       // Answered: success or failure
	answer   int        // which it is of the answers that came, from 1
	copied   bool       // more answers came than the device sent
}

// Mark is what a step means for the command.
type Mark string

const (
	Good     Mark = "good"     // it is a success from here on
	Bad      Mark = "bad"      // here it went wrong
	Deadline Mark = "deadline" // the limit of its wait
	Struck   Mark = "fault"    // a fault of the scenario acts
)

// Event is something that happened to the command's device.
type Event struct {
	At   time.Duration `json:"at_ns"` // since the command was due; before it below 0
	Text string        `json:"text"`
	Mark Mark          `json:"mark,omitempty"`
	Rank Rank          `json:"-"`
}

// Rank is how much an event matters where there is no room for all: less is more.
type Rank uint8

const (
	OfLink  Rank = iota // of the device's connection
	InFront             // a command that was in front of it
	Beside              // any other
)

// Life tells a command's life. The error says which names or numbers there are.
func (t *Trace) Life(load string, seq uint64) (*Life, error) {
	i, err := t.find(load, seq)
	if err != nil {
		return nil, err
	}
	list := t.h.Facts(i, seq, nil)
	if len(list) == 0 {
		return nil, fmt.Errorf("nothing is known of %s/%d", load, seq)
	}
	device := deviceOf(list)
	l := &Life{Load: load, Seq: seq, Device: t.device(device), Call: callOf(list), Ending: t.end(list), Due: list[0].At}
	of := t.h.Of(device)
	for _, f := range t.faults {
		if !ofOther(f.Text, load) && concerns(f, list) {
			of = append(of, f)
		}
	}
	slices.SortStableFunc(of, func(a, b check.Fact) int { return cmp.Or(cmp.Compare(a.At, b.At), faultFirst(a, b)) })
	told, left := asides(of, list)
	l.Steps = t.steps(list, of, told, left)
	for _, s := range l.Steps {
		if l.Total += s.Took; s.Kind == check.Done.String() || s.Kind == check.Dropped.String() {
			l.Done = s.At
		}
	}
	l.Around = t.around(i, seq, list, of, told)
	return l, nil
}

// concerns tells whether a fault that strikes no device alone can be of interest to a command: who is told of states later
// is so of those whose callers do not wait.
func concerns(fault check.Fact, list []check.Fact) bool {
	return check.FaultKind(fault.Text) != "receiver_down" ||
		slices.ContainsFunc(list, func(f check.Fact) bool { return f.AtOnce || f.OneWay })
}

// faultFirst leaves all but faults in their order.
func faultFirst(a, b check.Fact) int {
	switch strikes := a.Kind == check.Fault; {
	case strikes == (b.Kind == check.Fault):
		return 0
	case strikes:
		return -1
	}
	return 1
}

func (t *Trace) device(number int) string {
	if names := t.h.Devices(); number >= 1 && number <= len(names) {
		return names[number-1]
	}
	return fmt.Sprintf("device %d", number)
}

func callOf(list []check.Fact) string {
	mode, noun, waits := "instant", "command", ""
	for _, f := range list {
		if f.AtOnce {
			waits = ", the caller does not wait for its answer"
		}
		if f.Cached {
			mode = "cached"
		}
		if f.OneWay {
			noun = "message"
		}
	}
	if noun == "message" {
		return mode + " " + noun // nobody waits for an answer to one
	}
	return mode + " " + noun + waits
}
