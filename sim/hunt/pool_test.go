package hunt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
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

func TestARepetitionThatComesToNoEndIsSaidToComeToNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "first")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HUNT_TEST_KILL", file)
	r, err := testPool(t).Twice(t.Context(), Job{Seed: diesAgain})
	var got []string
	for _, f := range r.Failures {
		got = append(got, f.String())
	}
	want := "rule one-copy: ask 1217: seen 1217 times, not the same twice: one run with this seed came to its end, and the next did not: panic: deadlock"
	if all := strings.Join(got, ", "); err != nil || all != want {
		t.Errorf("got %q, %v; want %q", all, err, want)
	}
}
