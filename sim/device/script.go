package device

import (
	"context"
	"time"

	"fleetdrill/platform"
)

// Script is what the devices of a group did in an earlier run, and when: they do it again, instead of what their
// presence, faults, and behaviours that hang up or are slow to acknowledge would have them do.
type Script struct {
	Links func(device int) []Link // of a device by number, in order

	// Had tells whether the platform sent a command then, and when its device had the message that is here now, once for each
	// copy; none: a link or a connection swallowed it. What was not sent then goes as the plan has it.
	Had func(w platform.Wire, id platform.ID, now time.Time) (sent bool, seen []time.Time)

	// Answers are those to a command. They are told once: when its message is here for the first time.
	Answers func(w platform.Wire, id platform.ID) []Given

	// Ack is when the platform had the acknowledgement of a command's message that is here now; false: it had none.
	Ack func(w platform.Wire, id platform.ID, now time.Time) (time.Time, bool)
}

// Given is an answer that was given. What is said is the plan's.
type Given struct {
	Said time.Time // it was sent; zero: nobody noted it
	At   time.Time // the platform had it; zero: it never did
	As   Saying
}

// Link is a connection that comes, or goes. One that comes while another is there takes its place.
type Link struct {
	At time.Time
	Up bool
}

// see notes a command that arrives: with a script as it was seen then, if it was sent then. It is not seen if it was lost.
func (d *Device) see(c platform.Command, now time.Time) (sent, seen bool) {
	var then []time.Time
	if d.g.Script != nil {
		sent, then = d.g.Script.Had(c.Wire, c.ID, now)
	}
	f := Fact{Kind: Seen, At: now, Wire: c.Wire, ID: c.ID}
	if !sent {
		d.note(f)
		return false, true
	}
	for _, f.At = range then {
		d.noteAgain(f, now)
	}
	return true, len(then) > 0
}

// noteAgain notes what was noted then: now, or when its time comes.
func (d *Device) noteAgain(f Fact, now time.Time) {
	if !f.At.After(now) {
		f.At = now
		d.note(f)
		return
	}
	e := entry{Step: Step{Action: note}, at: f.At, fact: &f}
	d.due.add(e)
	d.g.Tally.Owed.Add(e.owes())
}

// again does about a command what was done then, when it was: what the answers are the plan says, and nothing else. Each is
// noted when it was sent, and goes out when the platform had it.
func (d *Device) again(c platform.Command, l letter) {
	if l.QoS > 0 {
		d.ackAgain(c, l) // before an answer of the same instant
	} else {
		l.Ack()
	}
	var plan []Step
	for _, s := range d.plan {
		if s.answers() {
			plan = append(plan, s)
		}
	}
	if c.OneWay || len(plan) == 0 {
		return
	}
	for i, a := range d.g.Script.Answers(c.Wire, c.ID) {
		if !a.Said.IsZero() {
			d.noteAgain(Fact{Kind: Answered, At: a.Said, Wire: c.Wire, ID: c.ID, Said: a.As}, l.at)
		}
		if !a.At.IsZero() {
			d.g.Tally.Owed.Add(1)
			d.due.add(entry{Step: plan[i%len(plan)], at: d.g.instant(a.At, sending), wire: c.Wire, id: c.ID, told: true})
		}
	}
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
