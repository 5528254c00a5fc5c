package platform

import (
	"sync"
	"time"
)

// observer tells facts to who observes, if anybody does. A Fact is large, and to copy it would be much of what telling it
// costs: so each is written where an earlier one was.
type observer struct {
	tell func(*Fact) // nil: nobody looks
	used sync.Pool   // of *Fact
}

// note tells a fact about a command, as the command stands.
func (o *observer) note(d *Device, p *pending, kind FactKind, at time.Time) {
	if f := o.about(d, p, kind, at); f != nil {
		o.told(f)
	}
}

// about makes a fact about a command, for who has more to say in it, and tells it with told. It is nil if nobody looks.
func (o *observer) about(d *Device, p *pending, kind FactKind, at time.Time) *Fact {
	if o.tell == nil {
		return nil
	}
	f, c := o.next(kind, at, d.Number), &p.cmd
	f.Mode, f.Order, f.OneWay, f.QoS, f.Lane = c.Mode, p.order, c.OneWay, p.qos, c.Lane
	f.ID, f.Tag, f.Wire, f.Limit = c.ID, c.Tag, c.Wire, p.limit
	return f
}

func (o *observer) told(f *Fact) {
	o.tell(f)
	o.used.Put(f)
}

// fact tells something about a device; w is a number on the wire, or 0.
func (o *observer) fact(kind FactKind, at time.Time, device int, w Wire) {
	if o.tell == nil {
		return
	}
	f := o.next(kind, at, device)
	f.Wire = w
	o.told(f)
}

// next makes a fact. It clears an earlier one: the assignment of a whole Fact would be made elsewhere and copied.
func (o *observer) next(kind FactKind, at time.Time, device int) *Fact {
	f, ok := o.used.Get().(*Fact)
	if ok {
		*f = Fact{}
	} else {
		f = new(Fact)
	}
	f.Kind, f.At, f.Device = kind, at, device
	return f
}
