// Package bug holds the switches of the zoo: real timeout bugs of the field, planted in the platform and in the devices to
// show that a scenario of scenarios/zoo finds each.
//
//	if bug.On(bug.ArrivalOrder) { ... } // where the bug lives: one line or two, never more
//	go build -tags zoo ./cmd/fleetdrill // a binary in which they can be switched on
//	FLEETDRILL_BUG=arrival-order fleetdrill run zoo/arrival-order
//	bug.Switch(bug.ArrivalOrder)        // the same in a test with the tag
//
// Without the tag On is the constant false: the compiler leaves out what stands behind it. At most one bug is on. A program
// without the tag should refuse to run when Variable is set: whoever set it waits for a bug that cannot come.
//
// To add a bug: a line here, the place where it lives, a scenario of its name in scenarios/zoo, a row in the table there.
package bug

import "slices"

// Variable is the environment variable that switches a bug on from the start, where bugs are built in.
const Variable = "FLEETDRILL_BUG"

// Name is a bug, called as its scenario is.
type Name string

// The comment says what the platform then does.
const (
	None               Name = ""
	ArrivalOrder       Name = "arrival-order"        // gives each answer to the command that has waited longest
	CacheOneMore       Name = "cache-one-more"       // takes a cached command more than the limit
	DeliveredWhileGone Name = "delivered-while-gone" // sends to a connection that is gone, and is content
	DoubleCopy         Name = "double-copy"          // writes a message twice
	DoubleEnding       Name = "double-ending"        // does not stop the clock of a command that is answered
	ErrorAsSuccess     Name = "error-as-success"     // takes a device's failure for success
	ExpiryTick         Name = "expiry-tick"          // sees that a lifetime is over at the next full ten seconds
	ForeignAnswer      Name = "foreign-answer"       // takes an answer from any device
	Herd               Name = "herd"                 // devices: all wait equally long before they return
	InflightLost       Name = "inflight-lost"        // forgets what was on its way when a connection ended
	InstantFirst       Name = "instant-first"        // lets instant commands pass cached ones
	LateToNext         Name = "late-to-next"         // gives a late answer to the command that is open
	LifetimeOnce       Name = "lifetime-once"        // looks at a lifetime when the command comes in, and not again
	NoDrain            Name = "no-drain"             // does not look into the queue of a device that returns
	OfflineHang        Name = "offline-hang"         // lets instant commands wait for a device that is away
	PendingLeak        Name = "pending-leak"         // keeps count of commands that have timed out as open
	QueueDeadlock      Name = "queue-deadlock"       // keeps the queue waiting for a command that has timed out
	ReceiveStall       Name = "receive-stall"        // does not send what waits for a device's acknowledgement
	Redelivered        Name = "redelivered"          // sends all open commands again to a device that returns
	SharedTimer        Name = "shared-timer"         // has one clock for all open commands of a device
	StaleOffline       Name = "stale-offline"        // takes the end of an old connection for the device's
	StaleRoute         Name = "stale-route"          // sends to the connection that a device had first
	TimeoutFromEnqueue Name = "timeout-from-enqueue" // counts the timeout from the acceptance
	WholeSeconds       Name = "whole-seconds"        // keeps deadlines in whole seconds, rounded down
	WireReuse          Name = "wire-reuse"           // numbers a device's commands anew on each connection
	Zombie             Name = "zombie"               // keeps commands in the queue that were not sent in time
)

// Names is all of them, in order.
var Names = []Name{ArrivalOrder, CacheOneMore, DeliveredWhileGone, DoubleCopy, DoubleEnding, ErrorAsSuccess, ExpiryTick,
	ForeignAnswer, Herd, InflightLost, InstantFirst, LateToNext, LifetimeOnce, NoDrain, OfflineHang, PendingLeak, QueueDeadlock,
	ReceiveStall, Redelivered, SharedTimer, StaleOffline, StaleRoute, TimeoutFromEnqueue, WholeSeconds, WireReuse, Zombie}

// Known tells whether there is a bug of that name.
func Known(n Name) bool { return slices.Contains(Names, n) }
