package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// twice gives the same answer two times.
type twice struct {
	after, gap scenarios.Delay
	output     output
}

func newTwice(b scenarios.Behaviour) Behaviour { return twice{b.After, b.Gap, newOutput(b.Output)} }

func (b twice) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	first := Draw(b.after, r)
	reply := b.output.success(c)
	return append(into,
		Step{After: first, Action: Answer, Reply: reply},
		Step{After: first + Draw(b.gap, r), Action: Answer, Reply: reply})
}
