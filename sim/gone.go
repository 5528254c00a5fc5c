package sim

import (
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// foundGone lets a connection go when the platform first found it gone, which on a busy machine is long before it says so.
func (sc *Script) foundGone() {
	for i := range sc.history.Devices() {
		g := gone{since: never, freed: never, heard: -never, open: map[int]int{}, came: map[callID]*arrival{}}
		for _, f := range sc.history.Of(i + 1) {
			at, refused := g.note(f)
			if at == never {
				continue
			}
			sc.goneBy(i+1, at)
			if refused != nil {
				sc.late[*refused] = platform.Lateness{Gone: true}
			}
		}
	}
}

// before is so much that a device has hung up by the next instant of the platform, on a virtual clock.
const before = 8 * time.Microsecond

func (sc *Script) goneBy(device int, at time.Duration) {
	list := sc.links[device]
	for i := range list {
		if l := &list[i]; !l.up && l.at > at && i > 0 && list[i-1].up && list[i-1].at < at {
			l.at = at
		}
	}
}

// gone looks at a device for signs that its connection is gone: a command fails for that when it comes or has its turn, or
// waits although nothing is in its way.
type gone struct {
	since   time.Duration // the device goes then for the first sign after the last of a connection; never: there is none
	refused *callID       // its turn is that sign and came to nothing, just when the device was there; nil: it is another sign
	heard   time.Duration // when the device was last heard or sent something over this connection; before all times: never
	over    time.Duration // when a command last ended
	freed   time.Duration // when a time was over and let the next have its turn; never: something else did
	open    map[int]int   // commands without an ending that a cached one waits for, by lane
	came    map[callID]*arrival
}

// arrival is a command without an ending.
type arrival struct {
	turn   time.Duration // when it came, or then had its turn
	first  bool          // nothing was in its way
	blocks bool          // it counts in open
	waits  bool
	had    time.Duration // when it had its turn
	known  time.Duration // gone.since before that
}

// note takes the next fact. When the connection is known to be gone it returns since when it was, and whom it refused.
func (g *gone) note(f check.Fact) (since time.Duration, refused *callID) {
	call := callID{f.Load, f.Seq}
	switch f.Kind {
	case check.Online, check.Offline:
		since, refused = g.since, g.refused
		g.since, g.refused, g.heard = never, nil, -never
		return since, refused
	case check.Matched, check.Late, check.Duplicate, check.Acked, check.Received:
		g.heard = f.At
	case check.Accepted:
		c := &arrival{turn: f.At, first: f.Cached && g.open[f.Lane] == 0,
			blocks: f.Order == platform.SerializeAll || f.Cached && f.Order == platform.SerializeCached}
		if g.came[call] = c; c.blocks {
			g.open[f.Lane]++
		}
	case check.Published, check.LinkDropped:
		g.since, g.refused, g.heard = never, nil, f.At
	}
	if c := g.came[call]; c != nil {
		g.about(call, c, f)
	}
	return never, nil
}

// sign says that the connection was gone at a time, and which command found it so that had its turn; nil: another did. The
// device goes after what it said just before, which lets that command have its turn, and after what was sent before it.
func (g *gone) sign(at time.Duration, turn *callID) {
	since := at - before
	if turn != nil && since <= g.heard {
		since = g.heard + before
	} else {
		turn = nil
	}
	if since < g.since {
		g.since, g.refused = since, turn
	}
}

func (g *gone) about(call callID, c *arrival, f check.Fact) {
	switch f.Kind {
	case check.Queued:
		if c.waits = true; c.first {
			g.sign(f.At, nil)
		}
	case check.Dequeued:
		if c.waits = false; g.freed == never || g.freed < c.turn {
			g.freed = f.At
		}
		c.turn, c.had, c.known = g.freed, f.At, g.since
		if g.over == g.heard { // an answer let it have its turn in the same breath, however long that took
			g.sign(g.over, &call)
		}
		g.sign(c.turn, &call) // if it is not published now
	case check.Ended:
		switch {
		case f.Text == platform.ErrOffline.Error() && !c.waits && c.had == 0:
			g.sign(c.turn, nil)
		case f.Over > 0 && f.At == c.had && g.since != c.known: // it was over before that
			g.since, g.refused = c.known, nil
		}
		g.over = f.At
		if g.freed = never; f.Over > 0 {
			g.freed = f.At
		}
		if delete(g.came, call); c.blocks {
			g.open[f.Lane]--
		}
	}
}
