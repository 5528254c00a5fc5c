// Package bug holds the switches of the zoo: real timeout bugs of the field, planted in the platform and in the devices to
// show that a scenario of scenarios/zoo finds each.
//
//	if bug.On(bug.ArrivalOrder) { ... } // where the bug lives: one line or two, never more
//	go build -tags zoo ./cmd/fleetdrill // a binary in which they can be switched on
//	FLEETDRILL_BUG=arrival-order fleetdrill run zoo/arrival-order
//	bug.Switch(bug.ArrivalOrder)        // the same in a test with the tag
//
// Without the tag On is the constant false: the compiler leaves out what stands behind it. At most one bug is on.
//
// To add a bug: a line here, the place where it lives, a scenario of its name in scenarios/zoo, a row in the table there.
package bug

import "slices"

// Name is a bug, called as its scenario is.
type Name string

// The comment says what the platform then does.
const (
	None          Name = ""
	StaleRoute    Name = "stale-route"    // sends to the connection that a device had first
	LateToNext    Name = "late-to-next"   // gives a late answer to the command that is open
	ArrivalOrder  Name = "arrival-order"  // gives each answer to the command that has waited longest
	DoubleCopy    Name = "double-copy"    // writes a message twice
	InstantFirst  Name = "instant-first"  // lets instant commands pass cached ones
	LifetimeOnce  Name = "lifetime-once"  // looks at a lifetime when the command comes in, and not again
	QueueDeadlock Name = "queue-deadlock" // keeps the queue waiting for a command that has timed out
	CacheOneMore  Name = "cache-one-more" // takes a cached command more than the limit
)

// Names is all of them.
var Names = []Name{StaleRoute, LateToNext, ArrivalOrder, DoubleCopy, InstantFirst, LifetimeOnce, QueueDeadlock, CacheOneMore}

// Known tells whether there is a bug of that name.
func Known(n Name) bool { return slices.Contains(Names, n) }
