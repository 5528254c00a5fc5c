package platform

import (
	"errors"
	"net/http"

	"fleetdrill/platform/broker"
)

// Dialect is one vendor's way to speak, on both sides: its HTTP API and its messages to devices.
type Dialect interface {
	// Name is what products and scenarios call the dialect.
	Name() string
	// Routes registers the vendor's HTTP API.
	Routes(*http.ServeMux, *Service)
	// Admit proves who connects. It returns ErrNotMine when the login has not this vendor's form or the product is not
	// of this dialect, a *broker.Refusal when the device is refused, or else the device and what it may do.
	Admit(*Service, broker.Login) (*Device, broker.Grant, error)
	// Down shapes a command for its device's wire. It may return ErrEncoding.
	Down(*Device, Command) (topic string, payload []byte, err error)
	// Up reads a device's message: ErrNotReply for one that is no reply to a command, any other error for a reply
	// that cannot be read.
	Up(topic string, payload []byte) (Reply, error)
}

// What a Dialect says of messages that it cannot take.
var (
	ErrNotMine  = errors.New("login of another dialect")
	ErrNotReply = errors.New("message is no reply to a command")
)
