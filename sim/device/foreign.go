package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// foreign answers with the number that the same command of the next device has.
type foreign struct {
	after  scenarios.Delay
	output output
}

func newForeign(b scenarios.Behaviour) Behaviour { return foreign{b.After, newOutput(b.Output)} }

func (b foreign) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	reply := b.output.success(c) // its data still names c: a platform that takes it for the neighbour's is found out
	if reply.Wire == 0 {
		reply.ID++ // the next command's, which is likely another device's
	} else {
		reply.Wire += platform.WireStride
	}
	return append(into, Step{After: Draw(b.after, r), Action: Answer, Reply: reply})
}
