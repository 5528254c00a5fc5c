package device

import (
	"context"
	"time"

	"fleetdrill/platform"
)

// Script is what the devices of a group did in an earlier run, and when: they do it again, instead of what their
// presence, faults, and behaviours that hang up or are slow to acknowledge would have them do.
type Script struct {
	Links  func(device int) []Link                             // of a device by number, in order
	Answer func(w platform.Wire, id platform.ID) (Given, bool) // the next to a command; false: no more

	// Had tells whether the platform sent a command then, and whether it reached the device. One that it did not send is the
	// plan's.
	Had func(w platform.Wire, id platform.ID) (sent, seen bool)

	// Ack is when the platform had the acknowledgement of a command's message that is here now; false: it had none.
	Ack func(w platform.Wire, id platform.ID, now time.Time) (time.Time, bool)
}

// Given is an answer that was given: when the platform had it, or, if that never did, when it was sent.
type Given struct {
	At   time.Time
	Lost bool
}

// Link is a connection that comes, or goes. One that comes while another is there takes its place.
type Link struct {
	At time.Time
	Up bool
}

// again gives an answer of a plan the time that it had, and is false where there was none. Acknowledgements are not the
// plan's.
func (d *Device) again(e *entry) bool {
	switch {
	case d.g.Script == nil:
		return true
	case !e.answers():
		return e.Action != Ack
	}
	if sent, _ := d.g.Script.Had(e.wire, e.id); !sent {
		return true
	}
	a, ok := d.g.Script.Answer(e.wire, e.id)
	e.at, e.lost = d.g.instant(a.At, sending), a.Lost
	return ok
}

// missed tells whether a command did not reach the device then, which a link or a connection swallowed.
func (d *Device) missed(c platform.Command) bool {
	if d.g.Script == nil {
		return false
	}
	sent, seen := d.g.Script.Had(c.Wire, c.ID)
	return sent && !seen
}

// ackAgain acknowledges a message when it was, or lets that be lost.
func (d *Device) ackAgain(c platform.Command, l letter) {
	at, ok := d.g.Script.Ack(c.Wire, c.ID, l.at)
	if !ok {
		l.Lose()
		return
	}
	d.due.add(entry{Step: Step{Action: Ack}, at: d.g.instant(at, sending), mail: &l})
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
	case up:
		d.takeOver(ctx)
	case !up && d.link.client != nil:
		d.breakOff(Fact{Kind: Lost, At: time.Now(), Err: errKicked}, 0)
	}
	d.nextLink()
}

// takeOver connects anew before the platform hears that the old connection is gone.
func (d *Device) takeOver(ctx context.Context) {
	old := d.link.client
	d.note(Fact{Kind: Lost, At: time.Now(), Err: errKicked})
	d.link.client = nil
	d.connect(ctx)
	old.Abort()
}
