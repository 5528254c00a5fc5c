package platform

import (
	"encoding/json"
	"time"
)

// Address names a device: its product and its own name within it, as the vendors do (productKey and deviceKey,
// ProductKey and DeviceName, product_id and node_id).
type Address struct {
	Product, Device string
}

func (a Address) String() string { return a.Product + "/" + a.Device }

// ID is the number a command has on the platform and in its API. 0 is no command.
type ID uint64

// Wire is the number a command has on its device's wire, unique over the whole platform among the commands without
// ending. It holds the device's number and a count of the device's commands, so that a reply tells whose command it means
// without a search, and the same commands have the same numbers whatever runs in parallel. 0 is no command.
type Wire uint64

// WireStride is the distance between the same count of two neighbouring devices.
const WireStride Wire = 1 << 24

// wires is how many numbers a device has. Then they come again.
const wires = uint64(WireStride - 1)

// Owner is the number of the device that the command was for (Device.Number).
func (w Wire) Owner() int { return int(w / WireStride) }

// Tag is a caller's own reference to a command. It travels from the call into the facts and nowhere else; an HTTP
// caller gives it as decimal text in the header TagHeader. 0 is none.
type Tag uint64

// Mode says what a command does when its device is away.
type Mode uint8

const (
	Instant Mode = iota // fails at once when the device is away
	Cached              // rests in the cache for its TTL until the device returns
)

func (m Mode) String() string { return [...]string{"instant", "cached"}[m] }

// Command is what a caller wants of a device.
type Command struct {
	ID      ID   // set by the Service
	Wire    Wire // set by the Service when the command is published
	Tag     Tag
	Device  Address
	Service string          // the service's identifier in the product's thing model
	Input   json.RawMessage // a JSON object, passed through as it is
	Mode    Mode
	Lane    int  // index into Dialect.Lanes
	QoS     byte // of its message at most; a lower one that the device asked for wins
	// Receipt makes its delivery a state of its own: Delivered, once its message has left (written at QoS 0,
	// acknowledged at QoS 1). An answer is a receipt, too.
	Receipt bool
	OneWay  bool // a message: that it has left is its success, and no answer is awaited
	// Timeout is from publishing to the device's answer, or from the receipt where AckTimeout is set. For an Instant
	// command it is also the longest wait in the queue. Zero: no limit.
	Timeout time.Duration
	// AckTimeout is from publishing to the receipt, of a command with Receipt or OneWay. Zero: no limit of its own.
	AckTimeout time.Duration
	// TTL, Cached only, is from acceptance to the moment from which it is not published any more; nor is a OneWay
	// command acknowledged after it. Zero: for ever.
	TTL   time.Duration
	Extra any // the dialect's own, for Down and for what its API tells later; never read here
}

// Reply is what a device says to a command. The platform takes it only from the device that the command was for.
type Reply struct {
	Wire    Wire   // which command it answers, or else
	ID      ID     // which command it answers: read if Wire is 0
	Service string // empty where the vendor's reply does not name it
	OK      bool   // the device says that it succeeded
	Code    int    // the device's own code
	Message string
	Data    json.RawMessage // the service's output, a JSON object or nil
	Raw     []byte          // the payload as it came; nil where the dialect does not pass it on
	Extra   any             // what Command.Extra was when a device read the command, for writing the answer
}

// ReplyTo is a reply that answers a command as a device has read it; its result is to be filled in.
func ReplyTo(c Command) Reply {
	return Reply{Wire: c.Wire, ID: c.ID, Service: c.Service, Extra: c.Extra}
}

// Kind sorts outcomes into the classes that every vendor has. The numbers of each are one row of a report.
type Kind uint8

const (
	OK          Kind = iota + 1 // done, or accepted by the cache
	DeviceError                 // the device answered that it failed
	Timeout                     // not sent, or sent and not answered, in time
	Offline                     // the device is away or was never there
	Rejected                    // refused: a limit, an argument, a permission
	Broken                      // no well-formed answer from the platform: transport, protocol, internal error
)

var kindNames = [...]string{"", "ok", "device_error", "timeout", "offline", "rejected", "broken"}

func (k Kind) String() string { return kindNames[k] }

// Outcome is how a call ended, as its caller sees it.
type Outcome struct {
	Kind    Kind
	Code    string // in the vendor's own numbers: "0", "11915"; empty when no answer came
	ID      ID     // 0 when the vendor does not tell it
	Message string
	Data    json.RawMessage // the device's output; nil unless it answered
}
