package platform

import (
	"errors"
	"net/http"
	"time"

	"fleetdrill/platform/broker"
)

// Dialect is one vendor's way to speak, on both sides: its HTTP API and its messages to devices.
//
// A dialect may also be a Watcher, a Greeter, a Pusher, a Namer and a ProductTaker.
type Dialect interface {
	// Name is what products and scenarios call the dialect.
	Name() string
	// Lanes are the queues that it has for each device; Command.Lane is an index. They must not change.
	Lanes() []Lane
	// Routes registers the vendor's HTTP API. All dialects of a platform share one ServeMux.
	Routes(*http.ServeMux, *Service)
	// Admit proves who connects. It returns ErrNotMine when the login has not this vendor's form or the product is not
	// of this dialect, a *broker.Refusal when the device is refused, or else the device and what it may do.
	Admit(*Service, broker.Login) (*Device, broker.Grant, error)
	// Down shapes a command for its device's wire: topic, payload and properties. The session is the one it will go to,
	// of the device or of its gateway. It is called again for a message that is sent again, and under the device's
	// lock: it must not call the Service or the Device. It may return ErrEncoding.
	Down(*Device, *broker.Session, Command) (broker.Message, error)
	// Up reads a message of the device that is connected: ErrNotReply for one that is no reply to a command, any other
	// error for a reply that cannot be read.
	Up(d *Device, topic string, payload []byte) (Reply, error)
}

// Watcher is a dialect that wants to hear of its devices' commands.
type Watcher interface {
	// Changed is told a command's record when it begins to wait, and after each change of its state. The calls about
	// one device come in order. They come under the device's lock: Changed must only make a note of it.
	Changed(*Device, Record)
}

// Greeter is a dialect that wants to hear when its devices come and go.
type Greeter interface {
	// Went is told of a device that is online from now on or is not any more, and when it last came. It comes under the
	// device's lock, as Changed does, and not when the platform is what goes.
	Went(d *Device, online bool, came, now time.Time)
}

// Pusher is a dialect that tells applications at their own URLs what happens.
type Pusher interface {
	// Pushes counts. It may be called at any time.
	Pushes() Pushes
}

// Pushes is what became of all notifications. Told = Acked + Lost + Waiting, always.
type Pushes struct {
	Told     int // to push, one for each URL that wants to hear
	Acked    int // acknowledged in time
	Lost     int // tried and not acknowledged, or too old, or too much
	Waiting  int // not yet; once the platform is closed: never
	Attempts int // that are over: Acked and failures
	Blocked  int // how often a host has been blocked
}

// Namer is a dialect that has a name for each of its devices, made of its address, beside the alias.
type Namer interface {
	NameOf(Address) string
}

// ProductTaker is a dialect that does not take every product.
type ProductTaker interface {
	// Takes says why the product cannot be, or nil.
	Takes(Product) error
}

// What a Dialect says of messages that it cannot take.
var (
	ErrNotMine  = errors.New("login of another dialect")
	ErrNotReply = errors.New("message is no reply to a command")
)
