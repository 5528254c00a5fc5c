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
	"time"

	"fleetdrill/platform"
)

// Harness is a dialect as the cases see it.
type Harness struct {
	Dialect func() platform.Dialect // a new one for each platform
	Policy  platform.Policy         // zero: platform.DefaultPolicy
	Codec   Codec
	Caller  func(*World) Caller // an application that calls at Base, with World.Client and World.Account
	// Codes are the vendor's numbers for what a call can end with; nil is success.
	Codes map[error]string
	// Raw sends a call whose body is what is given, and returns the code of the answer.
	Raw func(w *World, body []byte) string
	// Malformed is the code for a body that cannot be read, TooLong that for one of more than MaxBody bytes.
	Malformed, TooLong string
	MaxBody            int
}

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
