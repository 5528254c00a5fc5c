package platform

import "time"

// FactKind is what the platform saw happen.
type FactKind uint8

const (
	Accepted    FactKind = iota + 1 // a command came in and has an ID
	Queued                          // it waits behind others, or for its device
	Published                       // handed to the connected device's session; Wire is set from here on
	Acked                           // the device's MQTT acknowledgement (QoS 1 only)
	Matched                         // the first reply to an open command, if it did not end it: then Ended says Answered instead
	Late                            // a reply to a command that ended without one
	Duplicate                       // a reply to a command that has had one
	Foreign                         // a reply with the number of another device's command
	Unknown                         // a reply with a number that nobody's command has
	Garbled                         // a message on a reply topic that is not a reply
	Ended                           // the command has its ending: State and Err say which
	WentOnline                      // the device has a session
	WentOffline                     // the device's session is gone
	LinkDropped                     // the broker had no room for a message to a connected device
	Resent                          // the message went out again, for want of an acknowledgement
	Recalled                        // its session is gone and it was not acknowledged: it waits again
	Received                        // its message has left, where that is a state of its own or the ending
	Dequeued                        // what was Queued or Recalled has its turn; it may still have to wait for room, or be over by now
	Written                         // its message went into the connection; At is when that began. Device, Wire alone
	CallerGone                      // who waited for its ending does not any more; the command lives on
)

var factNames = [...]string{"", "accepted", "queued", "published", "acked", "matched", "late", "duplicate", "foreign",
	"unknown", "garbled", "ended", "online", "offline", "link_dropped", "resent", "recalled", "received", "dequeued", "written", "caller_gone"}

func (k FactKind) String() string { return factNames[k] }

// Fact is one thing that happened on the platform. Facts about a command carry its ID, and its Tag where the caller
// gave one; Foreign, Unknown and Garbled name a device only, because no command of it is known.
type Fact struct {
	Kind   FactKind
	Mode   Mode
	Order  Serialize // of the command's lane
	OneWay bool
	// Answered: Ended, by the first reply to the command, which was matched in the same instant.
	Answered bool
	QoS      byte  // of its message, from Published on
	State    State // Ended: the final state
	Lane     int
	At       time.Time
	Device   int // Device.Number
	ID       ID
	Tag      Tag
	Wire     Wire
	Err      error // Ended: nil, or the sentinel the caller gets
	// Limit is when the command's present wait is over: from Published and Received on the deadline of what is awaited next,
	// from Accepted and Recalled on the end of a cached command's lifetime, or of an instant one's turn. Zero: never.
	Limit time.Time
	Over  time.Duration // Ended by a timer: how long after its limit. Never negative
}
