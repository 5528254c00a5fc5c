package device

import "time"

// On a virtual clock many things fall in one instant, and what falls in one instant runs in any order. So whoever can
// start something there has instants of its own, and whatever it starts is over before anybody else's next one:
//
//	devices     whole microseconds: of each four, one for answers and acknowledgements, one for hanging up,
//	            one for coming and going
//	links       what was held up arrives at a device in the fourth of them, and at the platform 250 ns later
//	pings       of devices 875 ns past a whole one
//	silences    that last too long end 937 ns past one
//	the load    between two microseconds (sim's pacer; it also waits until everything is settled)
//	platform    its timers fire 1 ns or more after what set them, so never on a whole microsecond, as long as fewer
//	            than 250 of them set each other off in a row
//
// Durations in a scenario are whole microseconds, or are drawn; here they are rounded up to the next instant.

// moment is a kind of instant: which of four microseconds.
type moment int64

const (
	sending  moment = 0
	arriving moment = 1
	breaking moment = 2
	linking  moment = 3
)

// instant is the next instant after t of that kind; t itself on the real clock.
func (g *Group) instant(t time.Time, m moment) time.Time {
	if !g.Apart {
		return t
	}
	return m.after(t)
}

// Passing is the next instant after t for the arrival of something that a link has held up.
func Passing(t time.Time, up bool) time.Time {
	if up {
		return arriving.after(t).Add(250 * time.Nanosecond)
	}
	return arriving.after(t)
}

func (m moment) after(t time.Time) time.Time {
	const µs = int64(time.Microsecond)
	next := t.UnixNano()/µs + 1
	next += (int64(m) - next%4 + 4) % 4
	return t.Add(time.Duration(next*µs - t.UnixNano()))
}

func (s Step) moment() moment {
	if s.Action == HangUp {
		return breaking
	}
	return sending
}
