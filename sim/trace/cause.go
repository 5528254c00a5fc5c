// Package trace tells commands' lives: why one ended without success, where its time went hop by hop, and what else
// happened to its device meanwhile.
//
//	t := trace.New(h)                       // h of a run that is over, or of check.ReadJSONL
//	for _, n := range t.Counts() { … }      // each load's endings that are not success, by cause, with an example
//	life, err := t.Life("reboot", 1234)
//	life.Ending                             // its cause, and why in a sentence
//	life.Steps                              // its hops in order, with lanes and words for a drawing
//	life.Around                             // what else happened to the device
//	t.OfDevice("meter-7"), t.OfCause(trace.LateAnswer), t.OfFault("faults[2]")      // their commands
//
// Every command that is not a success has exactly one Cause, and a success has none. All is computed from the facts of
// the history alone, so that it is the same live and from a file. Package draw makes pictures for a terminal of it.
package trace

import (
	"fmt"
	"time"
)

// Cause is why a command is not a success. A command is one if its caller was told ok and its device did what was asked;
// a message's device only has to get it. The names are stable: they stand in summary.json.
type Cause string

const (
	None            Cause = ""                 // it is a success
	Offline         Cause = "offline"          // the device was away, or not activated, when the command came
	NeverSent       Cause = "never_sent"       // it waited behind others until its time was over
	NotAcknowledged Cause = "not_acknowledged" // it was sent, and nothing told the platform that it arrived
	Unanswered      Cause = "unanswered"       // the device got it, and said nothing
	LateAnswer      Cause = "late_answer"      // its answer was sent after the deadline, or sent before and arrived after it
	WrongAnswer     Cause = "wrong_answer"     // the answer was a failure, garbage, another command's or untrue
	Limit           Cause = "limit"            // refused by a limit or a rule of the platform
	Expired         Cause = "expired"          // its lifetime in the cache passed before it could be sent
	ConnectionLost  Cause = "connection_lost"  // a connection broke, or lost bytes, or the platform went down with it on its way
	Throttled       Cause = "throttled"        // refused because there were too many requests
	CallerGone      Cause = "caller_gone"      // its caller hung up, gave up or took it back before the ending
	Harness         Cause = "harness"          // the load generator: no free slot, or the run was over before the command
)

// Causes is all of them but None, in the order of a command's way.
var Causes = []Cause{Harness, CallerGone, Throttled, Limit, Offline, Expired, NeverSent, NotAcknowledged, ConnectionLost,
	Unanswered, LateAnswer, WrongAnswer}

var docs = map[Cause]string{
	Offline:         "the device was away, or not activated, when the command came",
	NeverSent:       "it waited behind other commands until its time was over",
	NotAcknowledged: "it was sent, and nothing told the platform that it arrived",
	Unanswered:      "the device got it, and never answered",
	LateAnswer:      "its answer was sent, or arrived, after the deadline",
	WrongAnswer:     "the answer was a failure, garbage, another's or untrue",
	Limit:           "a limit or a rule of the platform refused it",
	Expired:         "its lifetime in the cache passed before it could be sent",
	ConnectionLost:  "a connection or the platform broke with it, or was down",
	Throttled:       "the platform refused it: too many requests",
	CallerGone:      "its caller hung up or took it back before the ending",
	Harness:         "the run, not the platform: no free slot, or over too early",
}

// Doc says what a cause is, in at most 60 letters.
func (c Cause) Doc() string { return docs[c] }

// Ending is how a command ended.
type Ending struct {
	Cause Cause `json:"cause"`
	// Late is, with LateAnswer, how long after the deadline the answer came; of one that never reached the platform, how
	// long after it the device sent it.
	Late time.Duration `json:"late_ns,omitempty"`
	// How is what happened, in words that are the same for all commands to which it did; Why is the same with this
	// command's own figures and faults. Both are sentences without first capital and full stop; "success" for None.
	How string `json:"how"`
	Why string `json:"why"`
}

// ending is one of which there is no more to say than how it came.
func ending(c Cause, how string) Ending { return Ending{Cause: c, How: how, Why: how} }

// because adds what is known of this one command to the sentence.
func (e Ending) because(what string) Ending {
	e.Why += what
	return e
}

// told takes the place of the sentence.
func (e Ending) told(format string, args ...any) Ending {
	e.Why = fmt.Sprintf(format, args...)
	return e
}
