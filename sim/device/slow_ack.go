package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// slowAck answers, and takes its time to acknowledge the message that brought the command.
type slowAck struct {
	after, ack scenarios.Delay
	output     output
}

func newSlowAck(b scenarios.Behaviour) Behaviour { return slowAck{b.After, b.Ack, newOutput(b.Output)} }

func (b slowAck) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	return append(into,
		Step{After: Draw(b.after, r), Action: Answer, Reply: b.output.success(c)},
		Step{After: Draw(b.ack, r), Action: Ack})
}
