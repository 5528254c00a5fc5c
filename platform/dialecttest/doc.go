// Package dialecttest is what every dialect of the platform has to do, as tests. A dialect's own test fills a Harness
// and runs them:
//
//	func TestConformance(t *testing.T) { dialecttest.Run(t, dialecttest.Harness{...}) }
//
// Each case has a bubble of virtual time of its own, with the real platform, broker, MQTT and HTTP in it, over the
// in-memory network. A dialect's tests of its own numbers stand on the same World:
//
//	synctest.Test(t, func(t *testing.T) {
//		w := dialecttest.NewWorld(t, harness)
//		d := w.Connect(0)             // device 0 connects, as a vendor's device would
//		call := w.Go(w.Command(0))    // an application calls
//		d.Answer(d.Next())            // the device gets the command and answers
//		outcome := <-call
//	})
package dialecttest

import (
	"context"
	"log/slog"
	"time"

	"fleetdrill/platform"
)

// Harness is a dialect as the cases see it. A case that needs what the vendor does not have is left out.
type Harness struct {
	Dialect func() platform.Dialect // a new one for each platform
	Codec   Codec
	Caller  func(*World) Caller // an application that calls at Base, with World.Client and World.Account
	// Codes are the vendor's numbers for what a call can end with; nil is success. An error that is missing does not
	// occur, or an application cannot tell it from others.
	Codes map[error]string

	// Plain makes a command what the vendor's plain call is, Lane and QoS for instance: it fails when the device is away
	// and waits for the answer. nil: World.Command is that already.
	Plain func(*platform.Command)
	// Timeout is the vendor's own for plain calls; 0: the caller chooses, and the cases take 5 s.
	Timeout time.Duration
	Cache   *Cache // nil: nothing waits for a device that is away
	Custom  bool   // a product may have a data format of its own, in which nothing can be encoded
	Mute    bool   // a device's own error has no message

	// Product and Device add what the vendor needs of them before they are registered. nil: nothing.
	Product func(*platform.Product)
	Device  func(*platform.Registration)
	Refused Refused      // zero: DefaultRefused
	Logger  *slog.Logger // of the platform; nil: silent

	// Denied are the codes of a call with a wrong secret, and of one with a key that nobody has. Empty: callers prove
	// nothing.
	Denied [2]string

	// Garbage are payloads that no reply to a plain call can be; none: all of them are replies.
	Garbage []string
	// Raw sends a plain call for device 0 with a body as it is given, and returns the code of the answer. Body is a good
	// one of so many bytes. Malformed is the code for each of Bad, TooLong that for more than MaxBody bytes. nil: the
	// vendor's calls have no such body.
	Raw                func(w *World, body []byte) string
	Body               func(size int) []byte
	Bad                []string
	Malformed, TooLong string
	MaxBody            int
}

// Cache is how a vendor keeps commands for devices that are away. Its calls return when the command is accepted.
type Cache struct {
	Keep     func(*platform.Command) // makes a command one that is kept; its Mode is Cached and its TTL set. nil: it is one already
	Limit    int                     // of a device
	Overflow platform.Overflow       // what happens beyond it
	Lifetime time.Duration           // that a call may ask for, or the vendor's own
	Serial   bool                    // they go one after another, each after the ending of the one before
	Shared   bool                    // plain calls wait behind them
}

// Refused are the CONNACK codes of a login that is refused.
type Refused struct {
	Secret, Device, Product, Disabled byte
}

// DefaultRefused are the codes of MQTT 3.1.1 for bad credentials and for a device that is not authorized.
var DefaultRefused = Refused{Secret: 4, Device: 4, Product: 4, Disabled: 5}

// Codec is the device's side of a wire.
type Codec interface {
	Login(a platform.Address, secret string, now time.Time) (clientID, username, password string)
	Decode(topic string, payload []byte) (platform.Command, error)
	Encode(a platform.Address, r platform.Reply) (topic string, payload []byte, err error)
}

// Caller is the application's side of an API.
type Caller interface {
	Call(ctx context.Context, c platform.Command) (platform.Outcome, error)
}
