package trace

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// link is a device's connection coming or going, or struck dead.
type link struct {
	at         time.Duration
	gone, dead bool
}

// halfOpen tells whether a fact is a fault after which a connection stays dead until the device has another.
func halfOpen(f check.Fact) bool {
	return f.Kind == check.Fault && strings.HasSuffix(f.Text, " half_open")
}

// lost is the first end of the device's connection in a stretch of time.
func (f *facts) lost(from, to time.Duration) *link {
	i, _ := slices.BinarySearchFunc(f.links, from, func(l link, at time.Duration) int { return cmp.Compare(l.at, at) })
	for ; i < len(f.links) && f.links[i].at <= to; i++ {
		if f.links[i].gone {
			return &f.links[i]
		}
	}
	return nil
}

// dead tells whether bytes vanish at a time: a fault has struck the device's connection, and there is no other since.
func (f *facts) dead(at time.Duration) (dead bool) {
	for _, l := range f.links {
		if l.at > at {
			break
		}
		dead = l.dead
	}
	return dead
}
