// Package trace tells commands' lives: why one ended without success, where its time went hop by hop, and what else
// happened to its device meanwhile.
//
//	t := trace.New(h)                       // h of a run that is over, or of check.ReadJSONL
//	for _, n := range t.Counts() { … }      // each load's endings that are not success, by cause, with an example
//	life, err := t.Life("reboot", 1234)
//	life.Ending                             // its cause, and why in a sentence
//	life.Steps                              // its hops in order, with lanes and words for a drawing
//	life.Around                             // what else happened to the device
//
// Every command that is not a success has exactly one Cause, and a success has none. All is computed from the facts of
// the history alone, so that it is the same live and from a file. Package draw makes pictures for a terminal of it.
package trace

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/sim/check"
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
	LateAnswer      Cause = "late_answer"      // the device answered after the deadline
	WrongAnswer     Cause = "wrong_answer"     // an answer came: a failure, garbage, or one with another command's number
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
	LateAnswer:      "the device answered after the deadline",
	WrongAnswer:     "the device answered: a failure, garbage or another's number",
	Limit:           "a limit or a rule of the platform refused it",
	Expired:         "its lifetime in the cache passed before it could be sent",
	ConnectionLost:  "a connection or the platform broke with it on its way",
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
	Why  string        `json:"why"` // in a sentence without its first capital and its full stop; "success" for None
}

// throttling are the codes with which vendors' gateways say that there were too many requests.
var throttling = []string{"429", "Throttling", "Throttling.User", "Throttling.Api", "APIGW.0308"}

// facts is what judge looks at.
type facts struct {
	list                                                            []check.Fact
	published, seen, acked, matched, late, ended, done, gone, drops *check.Fact // the first, but of published the last
	links                                                           []link      // of the device, by time
}

func gather(list []check.Fact, links []link) facts {
	f := facts{list: list, links: links}
	first := map[check.Kind]**check.Fact{check.Seen: &f.seen, check.Acked: &f.acked, check.Matched: &f.matched, check.Late: &f.late,
		check.Ended: &f.ended, check.Done: &f.done, check.CallerGone: &f.gone, check.Dropped: &f.drops}
	for i := range list {
		if list[i].Kind == check.Published {
			f.published = &list[i]
		} else if at := first[list[i].Kind]; at != nil && *at == nil {
			*at = &list[i]
		}
	}
	return f
}

// judge finds the one cause. What came first counts: a caller that is gone has not seen what the platform did later.
func (f *facts) judge() Ending {
	broken := f.done != nil && f.done.Outcome == platform.Broken
	switch {
	case f.drops != nil:
		return Ending{Cause: Harness, Why: "it was never sent: as many calls were open as the load may have (max_open)"}
	case f.done == nil:
		return Ending{Cause: Harness, Why: "the run was over before its caller had an answer"}
	case f.ended != nil && f.ended.State != platform.Succeeded && !(broken && f.done.At < f.ended.At):
		return f.byEnding()
	case f.done.Outcome != platform.OK:
		return f.byOutcome()
	case f.ended == nil && f.has(check.Accepted):
		return Ending{Cause: Harness, Why: "the platform took it, and it had no ending when the run was over"}
	}
	return Ending{Why: "success"}
}

func (f *facts) has(k check.Kind) bool {
	return slices.ContainsFunc(f.list, func(g check.Fact) bool { return g.Kind == k })
}

// endings are those that tell their cause by themselves.
var endings = map[string]Cause{
	platform.ErrOffline.Error():       Offline,
	platform.ErrInactive.Error():      Offline,
	platform.ErrNotSent.Error():       NeverSent,
	platform.ErrExpired.Error():       Expired,
	platform.ErrCacheFull.Error():     Limit,
	platform.ErrReplaced.Error():      Limit,
	platform.ErrEncoding.Error():      Limit,
	platform.ErrUnsubscribed.Error():  Limit,
	platform.ErrUnknownDevice.Error(): Limit,
	platform.ErrCanceled.Error():      CallerGone,
	platform.ErrCrashed.Error():       ConnectionLost,
	platform.ErrDevice.Error():        WrongAnswer,
}

func (f *facts) byEnding() Ending {
	why := f.ended.Text
	switch {
	case why == platform.ErrUnanswered.Error(), why == platform.ErrUnreceived.Error():
		return f.silence()
	case why == platform.ErrClosed.Error():
		return Ending{Cause: Harness, Why: "the platform was closed before its ending: the run was over"}
	case endings[why] == Offline && f.published != nil:
		return Ending{Cause: ConnectionLost, Why: "the device's connection ended with it on its way"}
	case why == platform.ErrOffline.Error() && f.has(check.Queued):
		return Ending{Cause: Offline, Why: "its device went away while it waited for its turn"}
	case endings[why] == None:
		return Ending{Cause: Harness, Why: "the platform ended it as " + f.ended.State.String() + ": " + why}
	}
	return Ending{Cause: endings[why], Why: because(why)}
}

// reasons are endings in the words of this package; the others speak for themselves.
var reasons = map[string]string{
	platform.ErrOffline.Error():   "its device was away, and an instant command does not wait",
	platform.ErrInactive.Error():  "its device was never activated",
	platform.ErrNotSent.Error():   "it waited behind others until its time was over",
	platform.ErrExpired.Error():   "its lifetime in the cache passed before it could be sent",
	platform.ErrCacheFull.Error(): "as many cached commands as may wait were waiting for its device",
	platform.ErrDevice.Error():    "the device answered that it failed",
	platform.ErrCanceled.Error():  "somebody took it back while it waited",
	platform.ErrCrashed.Error():   "the platform went down and had it in memory alone",
}

func because(why string) string {
	if r := reasons[why]; r != "" {
		return r
	}
	return why
}

// byOutcome is for calls whose caller was told something that no ending of the command explains.
func (f *facts) byOutcome() Ending {
	code := f.done.Text
	switch o := f.done.Outcome; {
	case o == platform.Rejected && slices.Contains(throttling, code):
		return Ending{Cause: Throttled, Why: "the platform refused it: too many requests (code " + code + ")"}
	case o == platform.Rejected:
		return Ending{Cause: Limit, Why: "the platform refused it: code " + code}
	case o == platform.Offline:
		return Ending{Cause: Offline, Why: "the platform called its device away: code " + code}
	case o == platform.DeviceError:
		return Ending{Cause: WrongAnswer, Why: "the device answered that it failed: code " + code}
	case o == platform.Timeout:
		return f.silence()
	}
	return f.brokenCall(code)
}

// brokenCall is for calls without a well-formed answer. The codes are those of package sim.
func (f *facts) brokenCall(code string) Ending {
	switch {
	case code == "interrupted" || code == "cut_short":
		return Ending{Cause: Harness, Why: "the run was over before its caller had an answer (" + code + ")"}
	case code == "hung_up":
		return Ending{Cause: CallerGone, Why: "its caller hung up before the ending"}
	case code == "unanswered":
		return Ending{Cause: CallerGone, Why: "its caller gave up: no answer came long after the command's timeout"}
	case code == "malformed":
		return Ending{Cause: WrongAnswer, Why: "its caller could not read the platform's answer"}
	case f.gone != nil && f.gone.At <= f.done.At:
		return Ending{Cause: CallerGone, Why: "its caller hung up before the ending"}
	case code == "transport":
		return Ending{Cause: ConnectionLost, Why: "the caller's connection broke before the whole answer was there"}
	case f.gone != nil:
		return Ending{Cause: CallerGone, Why: "its caller hung up before the ending"}
	}
	return Ending{Cause: Harness, Why: "the platform failed or was closing: code " + code}
}

// silence is for commands whose time was over. Nobody but the facts of both sides can tell who was silent.
func (f *facts) silence() Ending {
	limit, over := f.deadline()
	var good, bad *check.Fact // the first answers: success or failure; nothing that could be taken for one
	for i := range f.list {
		switch a := &f.list[i]; {
		case a.Kind != check.Answered:
		case a.Answer == check.AnswerSuccess || a.Answer == check.AnswerFailure:
			good = earlier(good, a)
		default:
			bad = earlier(bad, a)
		}
	}
	switch {
	case good != nil && f.late != nil:
		return late(f.late.At-limit, "the answer came %s after its deadline")
	case good != nil && good.At > limit:
		return late(good.At-limit, "the device answered %s after its deadline, and the answer never arrived")
	case good != nil && f.lost(good.At, over) != nil:
		return Ending{Cause: ConnectionLost, Why: "the device answered in time, and its connection ended before the answer arrived"}
	case good != nil:
		return Ending{Cause: ConnectionLost, Why: "the device answered in time, and the answer never arrived"}
	case bad != nil:
		return Ending{Cause: WrongAnswer, Why: said[bad.Answer]}
	}
	return f.noAnswer(over)
}

var said = map[check.AnswerKind]string{check.AnswerGarbled: "the device answered with something that nobody can read",
	check.AnswerForeign: "the device answered with another command's number"}

func (f *facts) noAnswer(over time.Duration) Ending {
	l := (*link)(nil)
	if f.published != nil {
		l = f.lost(f.published.At, over)
	}
	got := f.seen != nil || f.acked != nil
	switch {
	case l != nil && got:
		return Ending{Cause: ConnectionLost, Why: "the device had it, and its connection ended before an answer"}
	case l != nil:
		return Ending{Cause: ConnectionLost, Why: "the device's connection ended with it on its way"}
	case got && f.ended != nil && f.ended.Text == platform.ErrUnreceived.Error():
		return Ending{Cause: NotAcknowledged, Why: "the device got it, and no acknowledgement arrived in time"}
	case got:
		return Ending{Cause: Unanswered, Why: "the device got it, and said nothing until the deadline"}
	case f.dead(over):
		return Ending{Cause: NotAcknowledged, Why: "it was sent over a connection that a half_open fault had struck, and nothing says that the device got it"}
	}
	return Ending{Cause: NotAcknowledged, Why: "it was sent, and nothing says that the device got it"}
}

// deadline is the last limit before the ending, and the ending.
func (f *facts) deadline() (limit, over time.Duration) {
	over = f.done.At
	if f.ended != nil {
		over = f.ended.At
	}
	limit = over
	for i := range f.list {
		if g := &f.list[i]; g.At <= over && (g.Kind == check.Published || g.Kind == check.Received) && g.Limit != check.Never {
			limit = g.Limit
		}
	}
	return limit, over
}

func earlier(a, b *check.Fact) *check.Fact {
	if a == nil {
		return b
	}
	return a
}

func late(by time.Duration, format string) Ending {
	by = max(by, 0)
	return Ending{Cause: LateAnswer, Late: by, Why: sprintf(format, By(by))}
}

// By writes how late something is: what is below a microsecond is not nothing.
func By(d time.Duration) string {
	if d < time.Microsecond {
		return "less than 1µs"
	}
	return report.FormatDuration(d)
}
