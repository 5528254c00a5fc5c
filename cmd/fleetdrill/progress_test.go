package main

import (
	"fmt"
	"testing"

	"fleetdrill/sim"
)

func TestTheDrainSaysThatItGaveUpWaitingForACommandThatRests(t *testing.T) {
	for ttl, want := range map[string]string{"24h": "1 left when it was over", "1h": "0 left"} {
		d := drillIn(t, `
name: rests
clock: virtual
drain: 2h
devices: [{group: away, count: 1, presence: {start: offline}}]
load: [{name: keep, to: away, call: cached, ttl: `+ttl+`, arrivals: [{burst: 1}]}]
`, nil)
		if got := d.left(); got != want {
			t.Errorf("ttl %s: %q, want %q", ttl, got, want)
		}
	}
}

func TestABarDoesNotSayThatNobodyConnectedWhereNobodyWasWaitedFor(t *testing.T) {
	const late = `
name: late
clock: virtual
devices: [{group: m, count: 2, presence: {start: %s, up: 1m, offline: 1s}}]
load: [{name: ask, to: m, call: invoke, arrivals: [{pause: 2s}, {burst: 1}]}]
`
	for _, c := range []struct {
		start, want string
		script      *sim.Script
	}{{"offline", "none was waited for", nil}, {"online", "2 connected", nil}, {"online", "came and went as recorded", &sim.Script{}}} {
		d := drillIn(t, fmt.Sprintf(late, c.start), nil)
		d.script = c.script
		if got := (&bars{drill: d}).connected(); got != c.want {
			t.Errorf("%s: %q, want %q", c.start, got, c.want)
		}
	}
}
