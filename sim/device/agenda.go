package device

import (
	"slices"
	"time"

	"fleetdrill/platform"
)

// agenda is what a device still has to do, soonest first; steps due at the same instant keep the order in which they
// were added. It is short: a sorted slice beats a heap.
type agenda []entry

type entry struct {
	Step
	at   time.Time
	wire platform.Wire // of the command; 0 where it shows the ID
	id   platform.ID
	mail *letter // Ack: the message to acknowledge
	fact *Fact   // note: what is to be noted
	told bool    // Answer, Garble: that it goes out is noted already
}

// owes is how many answers are not yet given as long as the entry waits.
func (e *entry) owes() int64 {
	if e.answers() || e.fact != nil && e.fact.Kind == Answered {
		return 1
	}
	return 0
}

func (a *agenda) add(e entry) {
	i := len(*a)
	for i > 0 && (*a)[i-1].at.After(e.at) {
		i--
	}
	*a = slices.Insert(*a, i, e)
}

// next takes the first step if it is due at now.
func (a *agenda) next(now time.Time) (entry, bool) {
	if len(*a) == 0 || (*a)[0].at.After(now) {
		return entry{}, false
	}
	e := (*a)[0]
	*a = slices.Delete(*a, 0, 1)
	if len(*a) == 0 {
		*a = nil // an idle device keeps no memory for it
	}
	return e, true
}
