package main

import (
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/sim/hunt"
)

func TestTheBarOfAHuntShowsTheTimeWhereThatIsOverBeforeTheSeedsAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timed, endless := huntGauge(&hunt.Hunt{Seeds: 100000, For: 8 * time.Second}), huntGauge(&hunt.Hunt{Seeds: 100000})
		time.Sleep(2 * time.Second)
		if done, of := timed.share(); done*4 != of {
			t.Errorf("after 2s of 8s the bar shows %d of %d", done, of)
		}
		if done, of := timed.at(); done != 0 || of != 100000 {
			t.Errorf("the words tell of seeds: got %d of %d", done, of)
		}
		if done, of := endless.share(); done != 0 || of != 100000 {
			t.Errorf("without --for the bar shows %d of %d", done, of)
		}
	})
}
