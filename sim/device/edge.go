package device

import (
	"time"

	"fleetdrill/platform"
)

// edge moves a device's answers to the edge of their deadlines.
type edge struct {
	id    int
	after time.Duration // the deadline; negative: before it
}

// Edge makes the device answer each command that comes from now on at its deadline, or so long after or (negative) before
// it, whatever its behaviour would wait. The id names it for NoEdge; of several the last counts. A real device cannot know
// a deadline: this one is told by Group.Deadline.
func (d *Device) Edge(id int, after time.Duration) { d.edge.Store(&edge{id, after}) }

// NoEdge ends Edge with that id, if no other has taken its place.
func (d *Device) NoEdge(id int) {
	if e := d.edge.Load(); e != nil && e.id == id {
		d.edge.CompareAndSwap(e, nil)
	}
}

// edgeOf is when the command's answer is to go out because of Edge.
func (d *Device) edgeOf(c platform.Command) (at time.Time, ok bool) {
	e := d.edge.Load()
	if e == nil || d.g.Deadline == nil {
		return at, false
	}
	deadline, ok := d.g.Deadline(c.Wire, c.ID)
	return deadline.Add(e.after), ok
}

// Names says which command a message on the wire is, as the device's facts name it.
func (d *Device) Names(topic string, payload []byte) (w platform.Wire, id platform.ID, ok bool) {
	c, err := d.g.Codec.Decode(topic, payload)
	return d.whole(c.Wire), c.ID, err == nil
}
