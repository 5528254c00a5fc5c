// Package device is one simulated device: an MQTT session, a behaviour, a presence, and one goroutine that owns
// them all. Thousands of them share one Group.
//
// To use it, describe the group once, make a device for each identity and run each in a goroutine of your own:
//
//	mix, err := device.NewMix(group.Behaviours)
//	g := &device.Group{Dial: dial, Codec: codec, Mix: mix, Key: chance.Seed(1).Text("meters"), Observe: note, ...}
//	d := device.New(g, id)
//	go d.Run(ctx) // connects, serves commands, returns once ctx is done and the DISCONNECT is sent
//	d.Kick(0)     // from any goroutine: its connection breaks
//
// Behaviours decide and never act: a plan is a list of steps, and the device follows it. To add a behaviour, add a
// file with its Plan, a line in the table of behaviour.go and a row in the table test.
package device

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
	"fleetdrill/sim/link"
)

// Group is what devices that are alike share. It must not change once one of them runs.
type Group struct {
	Dial           func(context.Context) (net.Conn, error)
	Codec          Codec
	Mix            *Mix
	Presence       scenarios.Presence
	Reconnect      scenarios.Reconnect
	KeepAlive      time.Duration
	ReceiveMaximum int
	Clean          bool       // each connection is a session of its own: nothing is kept for a device that is away
	Key            chance.Key // names the group's decisions

	// Deadline is until when the answer to a command is in time, which only the platform knows; ok is false where it does
	// not say. nil: it never does. See Edge.
	Deadline func(platform.Wire, platform.ID) (at time.Time, ok bool)

	// Apart keeps what devices do in instants of their own; see instant. It is for the virtual clock, where it delays each
	// act by up to 4 µs.
	Apart bool

	// Origin names the call that a command comes from; nil, or false: it is not known.
	Origin func(platform.Wire, platform.ID) (chance.Key, bool)
	// Whose is the device that a command is for, for one that answers with another's ID; nil: nobody knows.
	Whose func(platform.ID) platform.Address
	// Told is what a device does with a command instead of what the mix would draw; nil, or a nil behaviour: the mix draws.
	Told func(platform.Wire, platform.ID) Behaviour

	// Script, if it is there, makes the group do what it did in an earlier run, when it did it.
	Script *Script

	Observe func(Fact) // called on many goroutines at once; it must not block. nil: nobody looks
	Tally   *Tally     // required
}

// Device is one device of a group.
type Device struct {
	g    *Group
	id   Identity
	over *link.Link // nil: the network itself
	edge atomic.Pointer[edge]

	// What follows but the mailbox belongs to the goroutine of Run.
	mail   mailbox
	due    agenda
	link   session
	timer  *time.Timer
	stream chance.Stream
	seen   uint64 // commands so far
	recent recent // what it must not take for another's
	plan   []Step // scratch
	links  []Link // of the script: what is still to come
}

// New makes a device; nothing runs yet.
func New(g *Group, id Identity) *Device {
	return &Device{g: g, id: id, mail: mailbox{wake: make(chan struct{}, 1)}}
}

// Number is the device's number on the platform.
func (d *Device) Number() int { return d.id.Number }

// Over puts a link between the device and the network. It is to be called before Run.
func (d *Device) Over(l *link.Link) { d.over = l }

// Kick breaks the device's connection, if it has one, as a failing network does. It then stays away for the given
// time, or as scenarios.Reconnect has it when that is 0. A kick of a device that is away, or connects, does nothing.
func (d *Device) Kick(away time.Duration) { d.mail.kick(away) }

// Run is the device's life. It returns once ctx is done, with its connection closed in good order.
//
// An answer that comes due while the device has no connection is lost, as on a device that keeps nothing; one that
// comes due after its return is sent, whichever connection the command came by.
func (d *Device) Run(ctx context.Context) {
	d.timer = time.NewTimer(time.Hour)
	defer d.end()
	d.begin(time.Now())
	for ctx.Err() == nil {
		d.arm()
		select {
		case <-ctx.Done():
			return
		case <-d.mail.wake:
		case <-d.timer.C:
		}
		d.turn(ctx)
	}
}

// turn does what is to be done now: first what arrived, then what is due, then what became of the connection.
func (d *Device) turn(ctx context.Context) {
	letters, end := d.mail.empty()
	for _, l := range letters {
		d.receive(l)
	}
	d.follow(time.Now())
	d.settle(end, time.Now())
	if at := d.link.change; !at.IsZero() && !time.Now().Before(at) {
		d.changeLink(ctx)
	}
}

// arm sets the timer to the next thing that is due.
func (d *Device) arm() {
	at := d.link.change
	if len(d.due) > 0 && (at.IsZero() || d.due[0].at.Before(at)) {
		at = d.due[0].at
	}
	if at.IsZero() {
		d.timer.Stop()
		return
	}
	d.timer.Reset(time.Until(at))
}

// receive plans what to do about a message.
func (d *Device) receive(l letter) {
	c, err := d.g.Codec.Decode(l.Topic, l.Payload)
	if err != nil {
		d.g.Tally.Unreadable.Add(1)
		l.Ack()
		return
	}
	c.Wire = d.whole(c.Wire)
	sent, seen := d.see(c, l.at)
	if !seen {
		l.Lose()
		return
	}
	c.Device = d.id.Address
	r := d.stream.At(d.decision(c))
	d.plan = d.behaviour(c).Plan(c, r, d.plan[:0])
	if c.ID != 0 && d.g.Mix.pretends {
		d.pretend(c.ID)
	}
	if sent { // in the run that is made again
		d.again(c, l)
	} else {
		d.schedule(c, l)
	}
	clear(d.plan)
}

// decision names what the device draws for a command. It hangs on the device and on the call that the command comes from:
// whatever else is called, and in whatever order, it is the same. Where the call is not known it is the command's count
// at the device: the platform's count where the wire shows it.
func (d *Device) decision(c platform.Command) chance.Key {
	d.seen++
	if d.g.Origin != nil {
		if call, ok := d.g.Origin(c.Wire, c.ID); ok {
			return d.key("call", uint64(call))
		}
	}
	if c.Wire == 0 {
		return d.key("behaviour", d.seen)
	}
	return d.key("behaviour", uint64(c.Wire%platform.WireStride))
}

// whole is the platform's number of a command of which the wire shows the number or the device's own count.
func (d *Device) whole(w platform.Wire) platform.Wire {
	if w != 0 && w.Owner() == 0 {
		w += platform.Wire(d.id.Number) * platform.WireStride
	}
	return w
}

// schedule puts the plan on the agenda. A message that the plan does not acknowledge is acknowledged now. What awaits no
// answer gets none.
func (d *Device) schedule(c platform.Command, l letter) {
	held := false
	limit, edged := d.edgeOf(c)
	for _, s := range d.plan {
		if c.OneWay && s.answers() {
			continue
		}
		e := entry{Step: s, at: d.g.instant(l.at.Add(s.After), s.moment()), wire: c.Wire, id: c.ID}
		switch s.Action {
		case Answer, Garble:
			d.g.Tally.Owed.Add(1)
			if edged {
				e.at = limit
			}
		case Ack:
			kept := l
			held, e.mail = true, &kept
		}
		d.due.add(e)
	}
	if !held {
		l.Ack()
	}
}

// follow does the steps that are due at now.
func (d *Device) follow(now time.Time) {
	for {
		e, ok := d.due.next(now)
		if !ok {
			return
		}
		switch e.Action {
		case Answer, Garble:
			d.answer(e)
		case Ack:
			e.mail.Ack()
		case HangUp:
			d.hangUp(e, now)
		case note:
			d.note(*e.fact)
		}
		d.g.Tally.Owed.Add(-e.owes())
	}
}

func (s Step) answers() bool { return s.Action == Answer || s.Action == Garble }

func (d *Device) answer(e entry) {
	if d.link.client == nil {
		d.g.Tally.Unsent.Add(1)
		return
	}
	topic, payload, err := d.g.Codec.Encode(d.id.Address, e.Reply)
	if err != nil {
		d.g.Tally.Unreadable.Add(1)
		return
	}
	if e.Action == Garble {
		payload = garbled(payload)
	}
	at := time.Now() // before the publish: nobody hears of an answer before it went out
	if d.link.client.Publish(topic, payload, 0) != nil {
		d.g.Tally.Unsent.Add(1)
		return
	}
	if e.told {
		return
	}
	d.note(Fact{Kind: Answered, At: at, Wire: e.wire, ID: e.id, Said: e.saying()})
}

func (e entry) saying() Saying {
	switch {
	case e.Action == Garble:
		return Garbage
	case e.Reply.Wire != e.wire || e.Reply.ID != e.id:
		return Foreign
	case !e.Reply.OK:
		return Failure
	}
	return Success
}

// end puts down what the device holds.
func (d *Device) end() {
	d.timer.Stop()
	d.leave()
	for _, e := range d.due {
		d.g.Tally.Owed.Add(-e.owes())
	}
}

func (d *Device) note(f Fact) {
	if d.g.Observe != nil {
		f.Device = d.id.Number
		d.g.Observe(f)
	}
}

// key names a decision of this device: what it is about, and the how-manieth.
func (d *Device) key(what string, n uint64) chance.Key {
	return d.g.Key.Text(what).Number(uint64(d.id.Nth)).Number(n)
}
