package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// garble answers with a payload that breaks off in the middle.
type garble struct {
	after  scenarios.Delay
	output output
}

func newGarble(b scenarios.Behaviour) Behaviour { return garble{b.After, newOutput(b.Output)} }

func (b garble) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	return append(into, Step{After: Draw(b.after, r), Action: Garble, Reply: b.output.success(c)})
}

// garbled is the first half of a payload: no vendor's wire format is readable without its end.
func garbled(payload []byte) []byte { return payload[:len(payload)/2] }
