package check

import (
	"fmt"

	"fleetdrill/platform"
)

// names is what facts mean by their numbers.
type names struct {
	loads, devices []string
	words          *words
	crashes        *crashes
	watched        bool // the platform told its facts
}

// A command is known by a reference: its platform.Tag, or byID with its platform.ID. 0 is none.

// called is how examples call a command.
func (n *names) called(ref uint64) string {
	if load, seq, ok := n.call(ref); ok {
		return fmt.Sprintf("%s %d", n.loads[load], seq)
	}
	return "a command of no load"
}

// call tells which call of which load made a command; ok is false for a command that no load sent.
func (n *names) call(ref uint64) (load int, seq uint64, ok bool) {
	if ref&byID != 0 {
		return 0, 0, false
	}
	return untag(platform.Tag(ref), len(n.loads))
}

// device is a device's name.
func (n *names) device(number int32) string {
	if number >= 1 && int(number) <= len(n.devices) {
		return n.devices[number-1]
	}
	return fmt.Sprintf("device %d", number)
}
