package device

import (
	"context"
	"time"

	"fleetdrill/platform"
)

// Script is what the devices of a group did in an earlier run, and when: they do it again, instead of what their
// presence, faults, and behaviours that hang up would have them do.
type Script struct {
	Links  func(device int) []Link                                 // of a device by number, in order
	Answer func(w platform.Wire, id platform.ID) (time.Time, bool) // the next that the platform had to a command; false: no more
}

// Link is a connection that comes, or goes.
type Link struct {
	At time.Time
	Up bool
}

// again gives an answer of a plan the time that it had, and is false where there was none.
func (d *Device) again(e *entry) bool {
	if d.g.Script == nil || !e.answers() {
		return true
	}
	at, ok := d.g.Script.Answer(e.wire, e.id)
	e.at = d.g.instant(at, sending)
	return ok
}

// nextLink waits for the next entry of the script.
func (d *Device) nextLink() {
	d.link.change = time.Time{}
	if len(d.links) == 0 {
		return
	}
	m := breaking
	if d.links[0].Up {
		m = linking
	}
	d.link.change = d.g.instant(d.links[0].At, m)
}

// followLink does what the script says about the connection.
func (d *Device) followLink(ctx context.Context) {
	up := d.links[0].Up
	d.links = d.links[1:]
	switch {
	case up && d.link.client == nil:
		d.connect(ctx)
	case !up && d.link.client != nil:
		d.breakOff(Fact{Kind: Lost, At: time.Now(), Err: errKicked}, 0)
	}
	d.nextLink()
}
