package hunt

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestOfTheTimeForWhichTheMachineStoodStillABoundHasOneTick(t *testing.T) {
	const tick = time.Second
	for stood, want := range map[time.Duration]time.Duration{0: parts * tick, 10 * parts * tick: (parts - 1) * tick} {
		synctest.Test(t, func(t *testing.T) {
			ticks := time.NewTicker(tick)
			time.Sleep(stood) // nobody looks at it
			begin := time.Now()
			_, err := await(t.Context(), nil, ticks.C)
			if took := time.Since(begin); !errors.Is(err, errHang) || took != want {
				t.Errorf("after standing still for %v: %v within %v, want %v", stood, err, took, want)
			}
		})
	}
}
