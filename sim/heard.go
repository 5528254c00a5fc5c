package sim

import (
	"slices"
	"time"

	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// What a script knows of how messages went between the platform and a device: both sides have told what they saw. What a link
// did between them, that delays, loses and doubles, is in the times of both, and so it need not be there again.

// seenOf is when a device had the message that it gets at now, or the copies of it: after it was sent and before it was sent
// once more. It is none of one that never came. A device that noted nothing, but answered, had it at once.
func seenOf(facts []check.Fact, now time.Duration) (list []time.Duration) {
	from, to := never, never
	for _, f := range facts {
		switch {
		case f.Kind != check.Published && f.Kind != check.Resent:
		case from == never || (f.At-now).Abs() <= (now-from).Abs(): // the machine was late with sending it again, and is not now
			from, to = f.At, never
		default:
			to = min(to, f.At)
		}
	}
	noted := false
	for _, f := range facts {
		if f.Kind != check.Seen {
			continue
		}
		if noted = true; f.At >= from && f.At < to {
			list = append(list, f.At)
		}
	}
	if !noted && first(facts, check.Matched, check.Late, check.Duplicate) != never {
		list = append(list, now)
	}
	return list
}

// given is an answer to a command.
type given struct {
	said, at time.Duration // its device sent it, and the platform had it; never: nobody noted that, it did not
	as       check.AnswerKind
}

// answers is each answer to a command, in the order in which they were sent, and then what came of which that is not known.
// came is when the platform had a new session of the device. What is garbled or has another's number, and was not taken for an
// answer, comes at once: nobody knows when it did.
func answers(facts []check.Fact, came []time.Duration) (list []given) {
	for _, f := range facts {
		if f.Kind == check.Answered {
			list = append(list, given{f.At, never, f.Answer})
		}
	}
	said := len(list)
	for _, f := range facts {
		if f.Kind != check.Matched && f.Kind != check.Late && f.Kind != check.Duplicate {
			continue
		}
		if i := arrived(list[:said], f.At, came); i >= 0 {
			list[i].at = f.At
		} else {
			list = append(list, given{never, f.At, check.AnswerSuccess})
		}
	}
	for i := range list {
		if a := &list[i]; a.at == never && (a.as == check.AnswerGarbled || a.as == check.AnswerForeign) {
			a.at = a.said
		}
	}
	return list
}

// arrived is which answer came at a time, -1: none that is known. In a connection they keep their order, and once one is lost
// all that follow are: so it is the first that was sent in the session, or else the last before it.
func arrived(list []given, at time.Duration, came []time.Duration) int {
	last := -1
	for i, a := range list {
		if a.at != never || a.said > at {
			continue
		}
		if soonest(came, a.said+1) > at {
			return i
		}
		last = i
	}
	return last
}

// first is true for a command that it has not been asked for before. Devices ask, many at once.
func (sc *Script) first(call callID) bool {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	was := sc.asked[call]
	sc.asked[call] = true
	return !was
}

// answersTo are those to a call of a load of the scenario.
func (sc *Script) answersTo(load int, seq uint64) []given {
	facts := sc.history.Facts(sc.loads[load], seq, nil)
	var came []time.Duration
	if i := slices.IndexFunc(facts, func(f check.Fact) bool { return f.Kind == check.Published }); i >= 0 {
		for _, l := range sc.links[sc.numbers[facts[i].Device]] {
			if l.up {
				came = append(came, l.at)
			}
		}
	}
	return answers(facts, came)
}

// given is the same with times of this run.
func (sc *Script) given(load int, seq uint64, zero time.Time) (list []device.Given) {
	for _, a := range sc.answersTo(load, seq) {
		g := device.Given{As: device.Saying(slices.Index(sayings[:], a.as))}
		if a.said != never {
			g.Said = zero.Add(a.said)
		}
		if a.at != never {
			g.At = zero.Add(a.at)
		}
		list = append(list, g)
	}
	return list
}
