package trace

import (
	"slices"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// inactive are the codes with which they say that a device never was there.
var inactive = []string{"11888", "iot.device.InactiveDevice"}

// facts is what judge looks at.
type facts struct {
	list                                                             []check.Fact
	accepted, published, seen, acked, late, ended, done, gone, drops *check.Fact // the first, but of published the last
	links                                                            links       // of the device
	load                                                             string
	t                                                                *Trace
}

func (t *Trace) gather(list []check.Fact) facts {
	f := facts{t: t, list: list, links: t.links(deviceOf(list))}
	for i := range list {
		if list[i].Kind == check.Published {
			f.published = &list[i]
		} else if first := f.first(list[i].Kind); first != nil && *first == nil {
			*first = &list[i]
		}
	}
	return f
}

// first is where the first fact of a kind has its place, nil if it has none.
func (f *facts) first(k check.Kind) **check.Fact {
	switch k {
	case check.Accepted:
		return &f.accepted
	case check.Seen:
		return &f.seen
	case check.Acked:
		return &f.acked
	case check.Late:
		return &f.late
	case check.Ended:
		return &f.ended
	case check.Done:
		return &f.done
	case check.CallerGone:
		return &f.gone
	case check.Dropped:
		return &f.drops
	}
	return nil
}

// judge finds the one cause. What came first counts: a caller that is gone has not seen what the platform did later.
func (f *facts) judge() Ending {
	broken := f.done != nil && f.done.Outcome == platform.Broken
	switch {
	case f.drops != nil:
		return ending(Harness, "it was never sent: as many calls were open as the load may have (max_open)")
	case f.done == nil:
		return ending(Harness, "the run was over before its caller had an answer")
	case f.ended != nil && f.ended.State != platform.Succeeded && !(broken && f.done.At < f.ended.At):
		return f.byEnding()
	case f.done.Outcome != platform.OK:
		return f.byOutcome()
	case f.ended == nil && f.accepted != nil:
		return ending(Harness, "the platform took it, and it had no ending when the run was over")
	}
	return ending(None, "success")
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
	at := f.ended.At
	switch {
	case why == platform.ErrUnanswered.Error(), why == platform.ErrUnreceived.Error():
		return f.silence()
	case why == platform.ErrClosed.Error():
		return ending(Harness, "the platform was closed before its ending: the run was over")
	case endings[why] == Offline && f.published != nil:
		return ending(ConnectionLost, onItsWay).because(inBrackets(absent(f.links, at).by))
	case why == platform.ErrOffline.Error():
		return f.away()
	case why == platform.ErrCrashed.Error():
		return ending(ConnectionLost, words(why)).because(f.struck(at, at, "platform_restart") + f.unanswered())
	case why == platform.ErrNotSent.Error():
		return f.neverSent()
	case why == platform.ErrExpired.Error():
		return f.expired()
	case endings[why] == None:
		return ending(Harness, "the platform ended it as "+f.ended.State.String()+": "+why)
	}
	return ending(endings[why], words(why))
}

// unanswered says of a command that its device had what became of the answer.
func (f *facts) unanswered() string {
	if f.seen == nil || f.has(check.Answered) {
		return ""
	}
	return "; the device had it, and had not answered"
}

const onItsWay = "the device's connection ended with it on its way"

// reasons are endings in the words of this package; the others speak for themselves.
var reasons = map[string]string{
	platform.ErrInactive.Error():  "its device was never activated",
	platform.ErrCacheFull.Error(): "as many cached commands as may wait were waiting for its device",
	platform.ErrDevice.Error():    "the device answered that it failed",
	platform.ErrCanceled.Error():  "somebody took it back while it waited",
	platform.ErrCrashed.Error():   "the platform went down and had it in memory alone",
}

func words(why string) string {
	if r := reasons[why]; r != "" {
		return r
	}
	return why
}

// away is for commands that the platform ended because their device was away.
func (f *facts) away() Ending {
	at := f.ended.At
	a := absent(f.links, at)
	by := inBrackets(a.by)
	switch {
	case f.has(check.Queued) && a.by != nil && check.FaultKind(a.by.fault) == halfOpen:
		return ending(Offline, "its device's connection was dead, and the platform noticed while it waited for its turn").
			told("its device's connection had been dead for %s%s when the platform noticed, and it still waited for its turn", Span(at-a.by.at), by)
	case f.has(check.Queued):
		return ending(Offline, "its device went away while it waited for its turn").because(by)
	case !a.known:
		return ending(Offline, "its device had not connected yet, and "+notKept)
	case a.since == nil || a.since.at == at:
		return ending(Offline, "its device was away, and "+notKept).because(by)
	}
	return ending(Offline, "its device was away, and "+notKept).
		told("its device had been away for %s%s, and %s", Span(at-a.since.at), by, notKept)
}

const notKept = "an instant command is not kept for it"

// byOutcome is for calls whose caller was told something that no ending of the command explains.
func (f *facts) byOutcome() Ending {
	code := f.done.Text
	switch o := f.done.Outcome; {
	case o != platform.Broken && f.ended != nil: // a success
		text, _ := doneText(*f.done)
		return ending(WrongAnswer, "the command succeeded, and its caller was told"+strings.TrimPrefix(text, "caller"))
	case o == platform.Rejected && check.Throttled(code):
		return ending(Throttled, "the platform refused it: too many requests (code "+code+")")
	case o == platform.Rejected:
		return ending(Limit, "the platform refused it: code "+code)
	case o == platform.Offline && slices.Contains(inactive, code):
		return ending(Offline, "the platform says that the device was never activated ("+code+")")
	case o == platform.Offline:
		return ending(Offline, "the platform called its device away: code "+code)
	case o == platform.DeviceError:
		return ending(WrongAnswer, "the device answered that it failed: code "+code)
	case o == platform.Timeout:
		return f.silence()
	}
	return f.brokenCall(code)
}

// brokenCall is for calls without a well-formed answer. The codes are those of package sim.
func (f *facts) brokenCall(code string) Ending {
	down := f.struck(f.done.At, f.done.At, "platform_restart")
	switch {
	case code == "interrupted" || code == "cut_short":
		return ending(Harness, "the run was over before its caller had an answer ("+code+")")
	case code == "hung_up":
		return f.hungUp()
	case code == "unanswered":
		return ending(CallerGone, "its caller gave up: no answer came long after the command's timeout")
	case code == "malformed":
		return ending(WrongAnswer, "its caller could not read the platform's answer")
	case f.gone != nil && f.gone.At <= f.done.At:
		return f.hungUp()
	case code == "transport" && f.accepted == nil && f.cameDown() != nil:
		l := f.cameDown()
		return ending(ConnectionLost, "the platform was down, and its caller could not reach it").
			told("the platform was down (restarting for %s, %s), and its caller could not reach it", Span(l.until-l.at), nameOf(l.fault))
	case code == "transport" && f.t.watched && f.accepted == nil:
		return ending(ConnectionLost, "its caller's connection to the platform broke before the call was accepted").because(down)
	case code == "transport":
		return ending(ConnectionLost, "its caller's connection broke before the whole answer was there").because(down)
	case f.gone != nil:
		return f.hungUp()
	}
	return ending(Harness, "the platform failed or was closing: code "+code)
}

// cameDown is the restart of the platform that the call came into, nil if it was up.
func (f *facts) cameDown() *link { return f.t.restart(f.list[0].At) }

// Commands that succeeded although their caller hung up.
const (
	wellBefore = "its caller hung up before it had the answer"
	wellAfter  = "its caller hung up, and the command succeeded"
)

// Well tells whether the commands succeeded, and only their callers were gone.
func (h *How) Well() bool { return h.How == wellBefore || h.How == wellAfter }

// hungUp is for calls whose caller hung up; what became of the command is told too.
func (f *facts) hungUp() Ending {
	at := f.done.At
	if f.gone != nil {
		at = min(at, f.gone.At)
	}
	zero := f.list[0].At
	after := Span(at - zero)
	by := f.struck(at, at, "caller_gone")
	switch {
	case f.accepted == nil && f.t.watched:
		return ending(CallerGone, "its caller hung up before the platform took the call").
			told("its caller hung up after %s%s, before the platform took the call", after, by)
	case f.ended == nil:
		return ending(CallerGone, "its caller hung up, and the command had no ending").
			told("its caller hung up after %s%s, and the command had no ending", after, by)
	case f.ended.State == platform.Succeeded && f.ended.At <= at:
		return ending(CallerGone, wellBefore).
			told("its caller hung up after %s%s; the command had succeeded, and the answer was on its way", after, by)
	case f.ended.State == platform.Succeeded:
		return ending(CallerGone, wellAfter).
			told("its caller hung up after %s%s; the command succeeded at %s", after, by, Span(f.ended.At-zero))
	}
	return ending(CallerGone, "its caller hung up, and the command was no success either").
		told("its caller hung up after %s%s; the command %s", after, by, timed(f.endedText(), Span(f.ended.At-zero)))
}

// endedText is how it ended, in words: of one that was never published, why not.
func (f *facts) endedText() string {
	text := endedText(*f.ended)
	if f.published == nil {
		text = unsentText(*f.ended, f.has(check.Queued))
	}
	if strings.HasPrefix(text, "not sent") || strings.HasPrefix(text, "refused") {
		return "was " + text
	}
	return text
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
