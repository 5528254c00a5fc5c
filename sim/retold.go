package sim

import (
	"slices"
	"time"

	"fleetdrill/sim/check"
)

// What a script knows of the earlier run beside its calls, for who writes it down. All times are from the beginning of the
// load phase, as those of a scenario are.

// Facts are those of a call of a load of the scenario.
func (sc *Script) Facts(load int, seq uint64) []check.Fact {
	facts := sc.history.Facts(sc.loads[load], seq, nil)
	for i := range facts {
		f := &facts[i]
		f.At -= sc.Zero
		if f.Limit != 0 && f.Limit != check.Never {
			f.Limit -= sc.Zero
		}
	}
	return facts
}

// Answers is when the platform had each answer to a call, in order.
func (sc *Script) Answers(load int, seq uint64) (list []time.Duration) {
	for _, a := range sc.answersTo(load, seq) {
		if a.at != never {
			list = append(list, a.at-sc.Zero)
		}
	}
	slices.Sort(list)
	return list
}

// HungUp is how long after it reached the platform, or was sent, the caller of a call hung up; false: it did not.
func (sc *Script) HungUp(load int, seq uint64) (time.Duration, bool) {
	after, cause := sc.bye(load, seq)
	return max(after, 0), cause == errHungUp
}

// Cut tells whether the run was over before everything in it had its ending.
func (sc *Script) Cut() bool { return sc.end.cut }

// Lag is the most that the platform was late by itself with a call: with its publishing, or with its ending.
func (sc *Script) Lag(load int, seq uint64) time.Duration {
	l := sc.late[callID{sc.loads[load], seq}]
	return max(l.Publish, l.Ending)
}

// Gap is a time without a connection.
type Gap struct {
	From, To time.Duration // To is negative where none came after it
}

// Gaps are those of a device of the scenario, by number, during the load phase and after it. ever tells whether it was there
// at any time, and swapped whether a connection took the place of another.
func (sc *Script) Gaps(number int) (gaps []Gap, ever, swapped bool) {
	up, since := false, time.Duration(0)
	for _, l := range sc.links[number] {
		at := max(l.at-sc.Zero, 0)
		switch {
		case l.up && up:
			swapped = swapped || at > 0
		case l.up && at > since:
			gaps = append(gaps, Gap{since, at})
		}
		up, ever, since = l.up, ever || l.up, at
	}
	if !up && since < sc.end.last-sc.Zero { // and not for the run was over
		gaps = append(gaps, Gap{since, -1})
	}
	return gaps, ever, swapped
}
