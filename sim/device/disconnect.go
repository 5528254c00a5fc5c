package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// disconnect hangs up on the command, without an answer, and comes back later.
type disconnect struct {
	after, away scenarios.Delay
}

func newDisconnect(b scenarios.Behaviour) Behaviour { return disconnect{b.After, b.Gap} }

func (b disconnect) Plan(_ platform.Command, r *rand.Rand, into []Step) []Step {
	after := Draw(b.after, r)
	return append(into, Step{After: after, Action: HangUp, Away: Draw(b.away, r)})
}
