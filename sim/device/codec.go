package device

import (
	"time"

	"fleetdrill/platform"
)

// Identity is who a device is.
type Identity struct {
	platform.Address
	Secret string
	Number int // platform Device.Number, from 1
	Nth    int // in its group, from 0: its name in draws
}

// Codec is a vendor's wire as its devices see it. One codec serves all devices of a dialect at once.
type Codec interface {
	// Login is what the device shows when it connects at now.
	Login(id Identity, now time.Time) (clientID, username, password string)
	// Filters are what the device subscribes to by itself; none where the vendor's devices rely on the broker.
	Filters(id Identity) []string
	// Decode reads a command: Wire or ID, Service, Input, and in Extra what Encode will need. Any error means that it is
	// none. A Wire below platform.WireStride counts the device's own commands. It may keep the payload.
	Decode(topic string, payload []byte) (platform.Command, error)
	// Encode shapes the device's answer. A reply that is OK has Code 0: the codec writes the vendor's own success.
	Encode(id platform.Address, r platform.Reply) (topic string, payload []byte, err error)
}
