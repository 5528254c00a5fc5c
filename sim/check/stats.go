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
	Pending                                    int // accepted commands without an ending

	Filled    int             // cached commands that were accepted and not refused
	FillRate  float64         // of those after the first, per second from the first to the last; 0 where that is less than 1 ms
	Drained   int             // cached commands that rested in the cache and were delivered
	DrainRate float64         // per second of a device's draining; 0 without any
	Waits     []time.Duration // from acceptance to delivery, for each drained one
	Expired   int             // cached commands whose lifetime ended
	Rejected  int             // cached commands that were refused for a full cache
	Resting   int             // cached commands that the end of the run found waiting, and took back
	Cut       int             // other commands that the end of the run found open; those without an ending are not among them
}

// Stats counts.
func (h *History) Stats() Stats {
	var s Stats
	for f := range h.all {
		s.reply(f.kind)
	}
	var fill span
	for c := range h.each() {
		s.command(c)
		if f := c.first(Accepted); f != nil && f.isCached() {
			s.cached(c, f, &fill)
		}
	}
	s.FillRate = pace(fill.n-1, fill.last-fill.first)
	s.DrainRate = h.drainRate()
	return s
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
	ended := c.first(Ended)
	if ended == nil {
		if c.has(Accepted) {
			s.Pending++
		}
		return
	}
	closed := c.cause() == platform.ErrClosed.Error()
	switch resting := c.cached() && !c.has(Published); {
	case c.timerFired():
		s.Fired++
		s.Overshoot = append(s.Overshoot, offset(ended.limit))
	case closed && resting:
		s.Resting++
	case closed:
		s.Cut++
	}
}

func (s *Stats) cached(c *command, accepted *fact, fill *span) {
	if c.cause() == platform.ErrCacheFull.Error() {
		s.Rejected++
		return
	}
	s.Filled++
	fill.add(accepted.at)
	if f := c.first(Published); f != nil && c.has(Queued) {
		s.Drained++
		s.Waits = append(s.Waits, offset(f.at-accepted.at))
	}
	if c.endedAs(platform.Expired) {
		s.Expired++
	}
}

// drainRate is the number of commands that were delivered after their device's return, by the time from the return to
// the last of them, over all returns. So it is the pace of one device, weighted by time.
func (h *History) drainRate() float64 {
	var delivered int
	var took int64
	var drain struct {
		of    *queue
		since int64
		left  int // commands that were waiting at the return and still are
	}
	for q, f := range h.queues() {
		switch {
		case f.kind == Online:
			drain.of, drain.since, drain.left = q, f.at, q.waiting()
		case f.kind == Offline:
			drain.left = 0
		case drain.of != q || drain.left == 0:
		case (f.kind == Published || f.kind == Ended) && f.isCached() && place(q.line(f).waiting, int32(f.cmd)) >= 0:
			drain.left--
			if f.kind == Published {
				delivered++
				took += f.at - drain.since
				drain.since = f.at
			}
		}
	}
	return pace(delivered, took)
}

// pace is how many there were per second; 0 in less than a millisecond, which says nothing about a second.
func pace(n int, took int64) float64 {
	if took < int64(time.Millisecond) {
		return 0
	}
	return float64(n) / offset(took).Seconds()
}
