package device

import (
	"math/rand/v2"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// drop takes the command and never answers.
type drop struct{}

func newDrop(scenarios.Behaviour) Behaviour { return drop{} }

func (drop) Plan(_ platform.Command, _ *rand.Rand, into []Step) []Step { return into }
