package check

import "fleetdrill/platform"

// Kind is what happened. The order of the constants is the order of facts about one command at the same instant, which
// is common on a virtual clock: cause before effect.
type Kind uint8

const (
	Fault     Kind = iota + 1 // harness
	Connected                 // device
	Online                    // platform
	Lost                      // device
	HungUp                    // device
	Offline                   // platform
	Refused                   // device
	Due                       // caller
	Sent                      // caller
	Accepted                  // platform, and the next eight
	Queued
	Recalled
	Dequeued
	LinkDropped
	Published
	Resent
	Written
	Seen      // device
	Acked     // platform
	Received  // platform
	Answered  // device
	Matched   // platform, and all others but the last two
	Ended     //
	Late      // reply
	Duplicate // reply
	Foreign   // reply
	Unknown   // reply
	Garbled   // reply
	CallerGone
	Done    // caller
	Dropped // caller

	kinds = int(Dropped) + 1
)

var kindNames = [...]string{"", "fault", "connected", "online", "lost", "hung_up", "offline", "refused", "due", "sent", "accepted",
	"queued", "recalled", "dequeued", "link_dropped", "published", "resent", "written", "seen", "acked", "received", "answered", "matched", "ended", "late", "duplicate", "foreign",
	"unknown", "garbled", "caller_gone", "done", "dropped"}

func (k Kind) String() string { return kindNames[k] }

var ofPlatform = [...]Kind{
	platform.Accepted: Accepted, platform.Queued: Queued, platform.Published: Published, platform.Acked: Acked,
	platform.Matched: Matched, platform.Late: Late, platform.Duplicate: Duplicate, platform.Foreign: Foreign,
	platform.Unknown: Unknown, platform.Garbled: Garbled, platform.Ended: Ended, platform.WentOnline: Online,
	platform.WentOffline: Offline, platform.LinkDropped: LinkDropped,
	platform.Recalled: Recalled, platform.Resent: Resent, platform.Received: Received,
	platform.Dequeued: Dequeued, platform.Written: Written, platform.CallerGone: CallerGone,
}

var ofCall = [...]Kind{CallDue: Due, CallSent: Sent, CallDone: Done, CallDropped: Dropped}

var ofDevice = [...]Kind{DeviceConnected: Connected, DeviceLost: Lost, DeviceRefused: Refused, DeviceSeen: Seen,
	DeviceAnswered: Answered, DeviceHungUp: HungUp}
