package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// fail answers with an error of the device.
type fail struct {
	after   scenarios.Delay
	code    int
	message string
}

func newFail(b scenarios.Behaviour) Behaviour { return fail{b.After, b.Code, b.Message} }

func (b fail) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	reply := platform.ReplyTo(c)
	reply.Code, reply.Message = b.code, b.message
	return append(into, Step{After: Draw(b.after, r), Action: Answer, Reply: reply})
}
