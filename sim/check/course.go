package check

import (
	"time"

	"fleetdrill/platform"
)

// Course is a history as numbers over time: rows of Width from Begin on. What was before it is in the first row, what was
// after the last row in that.
type Course struct {
	Width  time.Duration
	Rows   []CourseRow
	LateBy []time.Duration // late replies: from their command's ending
	Away   []time.Duration // from a device's loss of its connection to its next one
}

// CourseRow is one row. The first three are what there was at its end, the others what happened in it.
type CourseRow struct {
	Online, Open, Waiting    int           // devices; commands without ending; those of them that rest in the cache
	Connected, Lost, Refused int           // of devices
	Fired, Late              int           // timeouts, late replies
	Filled, Drained, Expired int           // of cached commands: accepted, delivered after a rest, expired
	Lag                      time.Duration // from due to sent, of calls that were sent: the longest
}

// Course counts for a run of this length. From down on the fleet takes leave; that is not told.
func (h *History) Course(width, elapsed, down time.Duration) Course {
	c := Course{Width: width, Rows: make([]CourseRow, elapsed/width+1)}
	c.devices(h, int64(down))
	for i := range h.slots() {
		c.command(h, h.byCommand[h.commands[i]:h.commands[i+1]])
	}
	for i := 1; i < len(c.Rows); i++ {
		r, before := &c.Rows[i], c.Rows[i-1]
		r.Online, r.Open, r.Waiting = r.Online+before.Online, r.Open+before.Open, r.Waiting+before.Waiting
	}
	return c
}

// row is the one in which something happened. Until Course sums them up, its first three are changes.
func (c *Course) row(f *fact) *CourseRow {
	return &c.Rows[min(max(0, f.at/int64(c.Width)), int64(len(c.Rows)-1))]
}

// devices counts what happens to connections. The facts that a device notes of itself come in their order.
func (c *Course) devices(h *History, down int64) {
	lost := make([]int64, len(h.devices)+1) // when, plus 1; 0: it is not away
	for f := range h.all {
		d := int(f.device)
		if d >= len(lost) || f.at >= down {
			continue
		}
		switch f.kind {
		case Online:
			c.row(f).Online++
		case Offline:
			c.row(f).Online--
		case Refused:
			c.row(f).Refused++
		case Connected:
			c.row(f).Connected++
			if lost[d] != 0 {
				c.Away, lost[d] = append(c.Away, offset(f.at-lost[d]+1)), 0
			}
		case Lost, HungUp:
			c.row(f).Lost++
			lost[d] = f.at + 1
		}
	}
}

// command counts one command from its facts, which are in order.
func (c *Course) command(h *History, places []uint32) {
	var accepted, ended, due *fact
	resting := false
	rest := func(f *fact, rests bool) {
		switch {
		case rests && !resting:
			c.row(f).Waiting++
		case !rests && resting:
			c.row(f).Waiting--
		}
		resting = rests
	}
	for _, place := range places {
		f := h.at(place)
		switch f.kind {
		case Due:
			due = f
		case Sent:
			if due != nil {
				r := c.row(f)
				r.Lag = max(r.Lag, offset(f.at-due.at))
			}
		case Accepted:
			accepted = f
			c.row(f).Open++
		case Queued, Recalled:
			rest(f, accepted != nil && accepted.isCached())
		case Published:
			if resting {
				c.row(f).Drained++
			}
			rest(f, false)
		case Ended:
			ended = f
			rest(f, false)
		case Late:
			c.row(f).Late++
			if ended != nil && ended.at <= f.at {
				c.LateBy = append(c.LateBy, offset(f.at-ended.at))
			}
		}
	}
	c.ending(h, accepted, ended)
}

// ending counts what a command's ending makes of it.
func (c *Course) ending(h *History, accepted, ended *fact) {
	cause := ""
	if ended != nil {
		cause = h.words.text(ended.word)
		if accepted != nil {
			c.row(ended).Open--
		}
		switch cause {
		case platform.ErrUnanswered.Error(), platform.ErrUnreceived.Error(), platform.ErrNotSent.Error():
			c.row(ended).Fired++
		}
		if ended.state() == platform.Expired {
			c.row(ended).Expired++
		}
	}
	if accepted != nil && accepted.isCached() && cause != platform.ErrCacheFull.Error() {
		c.row(accepted).Filled++
	}
}
