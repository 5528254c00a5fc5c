package main

import (
	"context"
	"errors"

	"fleetdrill/platform"
	"fleetdrill/sim"
)

// mortal is a direct caller whose call breaks, as one over HTTP does, when the platform goes down under it.
type mortal struct {
	sim.Caller
	*platform.Platform
}

var errDown = errors.New("the platform went down")

func (m mortal) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	life, up := m.Life()
	if !up {
		return platform.Outcome{Kind: platform.Broken}, errDown
	}
	out, err := m.Caller.Call(ctx, c)
	if now, _ := m.Life(); now != life {
		return platform.Outcome{Kind: platform.Broken}, errDown
	}
	return out, err
}
