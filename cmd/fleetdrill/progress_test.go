package main

import "testing"

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
