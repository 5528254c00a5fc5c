package trace

import (
	"cmp"
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// onTheWay are the faults that can hold up or lose a message, by its way.
var onTheWay = [2][]string{there: {"latency", "bandwidth", "stall", halfOpen}, back: {"latency", "bandwidth", halfOpen}}

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
	case good != nil && (f.late != nil || good.At > limit):
		return f.tooLate(good, limit)
	case good != nil:
		return f.answerLost(good, over)
	case bad != nil:
		return ending(WrongAnswer, said[bad.Answer])
	}
	return f.noAnswer(over)
}

func earlier(a, b *check.Fact) *check.Fact {
	if a == nil {
		return b
	}
	return a
}

var said = map[check.AnswerKind]string{check.AnswerGarbled: "the device answered with something that nobody can read",
	check.AnswerForeign: "the device answered with another command's number"}

// tooLate says where the time of a late answer went: on the way there, at the device, or on the way back.
func (f *facts) tooLate(answer *check.Fact, limit time.Duration) Ending {
	e := Ending{Cause: LateAnswer, Late: max(answer.At-limit, 0)}
	verdict := "the answer left " + Span(e.Late) + " after the deadline, and never arrived"
	if f.late != nil {
		e.Late = max(f.late.At-limit, 0)
		if verdict = "the answer came at the deadline"; e.Late > 0 {
			verdict = "the answer came " + Span(e.Late) + " after the deadline"
		}
	}
	var way time.Duration
	if f.seen != nil && f.published != nil {
		way = f.seen.At - f.published.At
	}
	switch {
	case answer.At <= limit:
		e.How = "the device answered in time, and the way back was slow"
		return e.told("the device answered %s, and the way back took %s%s: %s", before(limit-answer.At),
			Span(f.late.At-answer.At), f.slow(back, answer.At, f.late.At), verdict)
	case f.seen != nil && f.seen.At >= limit:
		e.How = "it reached the device when the deadline was over"
		return e.told("it took %s to reach the device%s: %s", Span(way), f.slow(there, f.seen.At-way, f.seen.At), verdict)
	}
	e.How = "the device answered after the deadline"
	switch {
	case f.seen == nil:
		return e.told("%s", verdict)
	case way > answer.At-f.seen.At:
		return e.told("it took %s to reach the device%s, and the device took %s: %s", Span(way),
			f.slow(there, f.seen.At-way, f.seen.At), Span(answer.At-f.seen.At), verdict)
	}
	return e.told("the device took %s%s: %s", Span(answer.At-f.seen.At), f.struck(f.seen.At, f.seen.At, "edge"), verdict)
}

// answerLost is for commands that the device answered in time, and nobody ever got the answer.
func (f *facts) answerLost(answer *check.Fact, over time.Duration) Ending {
	const never = "the device answered in time, and the answer never arrived"
	if by := absent(f.links, answer.At).vanish[back]; by != nil {
		return ending(ConnectionLost, never).because(inBrackets(by)) // however its connection ended in the end
	}
	if l := f.lost(answer.At, over); l != nil {
		return ending(ConnectionLost, "the device answered in time, and its connection ended before the answer arrived").
			because(inBrackets(absent(f.links, l.at).by))
	}
	return ending(ConnectionLost, never).because(inBrackets(absent(f.links, over).vanish[back])) // it struck the answer on its way
}

// noAnswer is for commands that no answer is known of.
func (f *facts) noAnswer(over time.Duration) Ending {
	var l *link // the end of its connection
	var sent absence
	if f.published != nil {
		l, sent = f.lost(f.published.At, over), absent(f.links, f.published.At)
	}
	got := f.seen != nil || f.acked != nil
	switch {
	case l != nil && got:
		return f.lostWith(l, over)
	case got && f.ended != nil && f.ended.Text == platform.ErrUnreceived.Error():
		return ending(NotAcknowledged, "the device got it, and no acknowledgement arrived in time").because(f.ackLost(over))
	case got:
		return ending(Unanswered, "the device got it, and said nothing until the deadline")
	case sent.since != nil && sent.since.at < f.published.At:
		return f.sentAfter(sent, l)
	case sent.vanish[there] != nil:
		return f.sentInto(sent.vanish[there], l)
	case l != nil:
		return ending(ConnectionLost, onItsWay).because(inBrackets(absent(f.links, l.at).by))
	}
	by := ""
	if f.published != nil {
		by = f.struckOn(there, f.published.At, over)
	}
	return ending(NotAcknowledged, "it was sent, and nothing says that the device got it").because(by)
}

// sentAfter is for commands that were sent when their device had no connection any more, which the platform did not know;
// it noticed then, if at all.
func (f *facts) sentAfter(a absence, noticed *link) Ending {
	const how = "it never reached the device: its connection had ended before it was sent, and the platform had not noticed"
	cause := NotAcknowledged
	if noticed != nil {
		cause = ConnectionLost
	}
	hid := cmp.Or(absent(f.links, a.since.at-1).vanish[back], a.by)
	return ending(cause, how).told("it never reached the device: its connection had ended %s before it was sent, and the platform had not noticed%s",
		Span(f.published.At-a.since.at), inBrackets(hid))
}

// sentInto is for commands that were sent into a connection in which bytes vanish, and which ended then, if at all.
func (f *facts) sentInto(dead, l *link) Ending {
	const how = "it never reached the device: it was sent into a connection that a half_open fault had struck"
	told := "it never reached the device: it was sent into a connection that " + nameOf(dead.fault) + " had struck"
	switch {
	case l == nil:
		return ending(NotAcknowledged, how).told("%s", told)
	case l.kind == check.Offline:
		return ending(ConnectionLost, how+", and the platform noticed before the deadline").
			told("%s, and the platform noticed %s later", told, Span(l.at-f.published.At))
	}
	return ending(ConnectionLost, how+", and that ended before the deadline").
		told("%s, and that ended %s later%s", told, Span(l.at-f.published.At), endedBy(absent(f.links, l.at).by))
}

// endedBy names the fault that ended a connection, in brackets. One that lets bytes vanish in it does not.
func endedBy(by *link) string {
	if by == nil || check.FaultKind(by.fault) == halfOpen {
		return ""
	}
	return inBrackets(by)
}

// ackLost names a fault that took the acknowledgement.
func (f *facts) ackLost(over time.Duration) string {
	if f.published == nil {
		return ""
	}
	return inBrackets(f.fault(f.published.At, over, func(l *link) bool {
		return check.FaultKind(l.fault) == "lose_ack" || check.FaultKind(l.fault) == halfOpen && l.acts(back)
	}))
}

// lostWith is for commands that the device had when its connection ended: it keeps no answer that comes due meanwhile.
func (f *facts) lostWith(l *link, over time.Duration) Ending {
	for i := range f.list {
		if f.list[i].Kind == check.HungUp {
			return ending(ConnectionLost, "the device got it, and hung up instead of answering")
		}
	}
	e := ending(ConnectionLost, "the device had it, and its connection ended before an answer")
	by := inBrackets(absent(f.links, l.at).by)
	if f.seen == nil {
		return e.because(by)
	}
	after := "it was not back in time"
	if slices.ContainsFunc(between(f.links.own, l.at, over), func(l link) bool { return l.kind == check.Online || l.kind == check.Connected }) {
		after = "no answer came after it reconnected (answers that are due while it is away are dropped)"
	}
	if l.at < f.seen.At {
		return e.told("for the platform its device's connection had ended %s before the device got the command%s; %s", Span(f.seen.At-l.at), by, after)
	}
	return e.told("its device's connection ended %s after it got the command%s; %s", Span(l.at-f.seen.At), by, after)
}

func before(left time.Duration) string {
	if left < time.Microsecond {
		return "at the deadline"
	}
	return Span(left) + " before the deadline"
}
