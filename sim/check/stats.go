package check

import (
	"time"

	"fleetdrill/platform"
)

// Stats is what a summary needs of a history. The lists are in no order.
type Stats struct {
	Fired     int             // commands that the platform ended because their time was over, sent or not
	Overshoot []time.Duration // how long after it, for each of them

	Late, Duplicate, Unknown, Foreign, Garbled int // replies
	Pending                                    int // accepted commands without an ending, or that only the platform's close ended, after their limit

	Filled    int             // cached commands that were accepted and not refused
	FillRate  float64         // of those after the first, per second from the first to the last; 0 where that is less than 1 ms
	Drained   int             // cached commands that rested in the cache and were delivered
	DrainRate float64         // per second of a device's draining; 0 without any
	Waits     []time.Duration // from acceptance to delivery, for each drained one
	Expired   int             // cached commands whose lifetime ended
	Rejected  int             // cached commands that were refused for a full cache
	Direct    int             // cached commands that were published without having rested
	TakenBack int             // cached commands that the platform's close found waiting, within their lifetime
	Withdrawn int             // cached commands that somebody cancelled, that newer ones replaced, or that could not be sent
	Waiting   int             // cached commands that are not published and are pending
	Cut       int             // open commands that the platform's close ended before their limit; the taken back are not among them, nor those without one
}

// span is how many things happened from when to when.
type span struct {
	n           int
	first, last int64
}

func (s *span) add(at int64) {
	if s.n == 0 || at < s.first {
		s.first = at
	}
	if s.n == 0 || at > s.last {
		s.last = at
	}
	s.n++
}

func (s *Stats) reply(k Kind) {
	switch k {
	case Late:
		s.Late++
	case Duplicate:
		s.Duplicate++
	case Unknown:
		s.Unknown++
	case Foreign:
		s.Foreign++
	case Garbled:
		s.Garbled++
	}
}

func (s *Stats) command(c *command) {
	switch ended := c.first(Ended); {
	case c.pending():
		s.Pending++
	case c.timerFired():
		s.Fired++
		s.Overshoot = append(s.Overshoot, offset(ended.limit))
	case c.closed() && !(c.cached() && !c.out()) && !c.endless():
		s.Cut++
	}
}

// endless tells whether nothing would ever have ended its present wait but an answer.
func (c *command) endless() bool {
	limit, ok := c.limit()
	return ok && limit == never
}

// cached sorts the cached commands that were not refused: each is in exactly one of Drained, Direct, Expired, Waiting,
// TakenBack and Withdrawn. One that was recalled and not published anew is where it would be without its publishing.
func (s *Stats) cached(c *command, accepted *fact, fill *span) {
	if c.cause() == platform.ErrCacheFull.Error() {
		s.Rejected++
		return
	}
	s.Filled++
	fill.add(accepted.at)
	switch f := c.last(Published, Published); {
	case c.out() && (c.has(Queued) || c.has(Recalled)):
		s.Drained++
		s.Waits = append(s.Waits, offset(f.at-accepted.at))
	case c.out():
		s.Direct++
	case c.endedAs(platform.Expired):
		s.Expired++
	case c.pending():
		s.Waiting++
	case c.closed():
		s.TakenBack++
	default:
		s.Withdrawn++
	}
}

// drains sums up how devices that have returned get what waited for them. The rate is the number of commands that were
// delivered after their device's return, by the time from the return to the last of them, over all returns. So it is the
// pace of one device, weighted by time.
type drains struct {
	delivered int
	took      int64
}

// drain is one device's.
type drain struct {
	since int64 // its return, or the last delivery
	left  int   // commands that were waiting at the return and still are
}

// look sees a fact before its queue steps.
func (d *drains) look(q *queue, f *fact) {
	switch {
	case f.kind == Online:
		q.drain = drain{f.at, q.waiting()}
	case f.kind == Offline:
		q.drain.left = 0
	case q.drain.left == 0:
	case (f.kind == Published || f.kind == Ended) && f.isCached() && place(q.line(f).waiting, f.cmd) >= 0:
		q.drain.left--
		if f.kind == Published {
			d.delivered++
			d.took += f.at - q.drain.since
			q.drain.since = f.at
		}
	}
}

// pace is how many there were per second; 0 in less than a millisecond, which says nothing about a second.
func pace(n int, took int64) float64 {
	if took < int64(time.Millisecond) {
		return 0
	}
	return float64(n) / offset(took).Seconds()
}
