package device

import (
	"math/rand/v2"
	"slices"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// foreign answers with the number that the same command of the next device has; where the wire shows the command's ID,
// with the ID of another device's command.
type foreign struct {
	after  scenarios.Delay
	output output
}

func newForeign(b scenarios.Behaviour) Behaviour { return foreign{b.After, newOutput(b.Output)} }

func (b foreign) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	reply := b.output.success(c) // its data still names c: a platform that takes it for the neighbour's is found out
	if reply.Wire != 0 {
		reply.Wire += platform.WireStride
	}
	return append(into, Step{After: Draw(b.after, r), Action: Answer, Reply: reply, Other: true})
}

// recent are the highest IDs of the commands that a device got, in order. IDs count all commands of the platform, so what lies
// between them is other devices'.
type recent []platform.ID

const maxRecent = 8

// note adds a command, and gives the ID of the last one before it that was not the device's. A device that got all the
// latest gives an ID that nobody has. mine tells of those that are the device's and have not come yet, or long ago.
func (r *recent) note(id platform.ID, mine func(platform.ID) bool) (other platform.ID) {
	at, _ := slices.BinarySearch(*r, id)
	*r = slices.Insert(*r, at, id)
	if len(*r) > maxRecent {
		*r = slices.Delete(*r, 0, 1)
	}
	for other = id - 1; id-other < maxRecent; other-- {
		if !slices.Contains(*r, other) && !mine(other) {
			return other
		}
	}
	return 1
}

// pretend puts the ID of another device's command into the steps of the plan that want it.
func (d *Device) pretend(id platform.ID) {
	other := d.recent.note(id, d.mine)
	for i := range d.plan {
		if d.plan[i].Other {
			d.plan[i].Reply.ID = other
		}
	}
}

// mine asks the platform, which alone knows it of a command that waits.
func (d *Device) mine(id platform.ID) bool { return d.g.Whose != nil && d.g.Whose(id) == d.id.Address }
