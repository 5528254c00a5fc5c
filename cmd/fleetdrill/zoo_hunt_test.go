//go:build zoo

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"fleetdrill/platform/bug"
)

// It hunts in scenarios that were not written for the bug, but for those that only expectations tell. What is left has
// to pass without the bug: otherwise it shows something else.
func TestAHuntFindsABugOfTheZooAndCutsItDownToAFewCallsThatNeedIt(t *testing.T) {
	for on, args := range map[bug.Name][]string{
		bug.StaleRoute: {"reconnect-herd", "--small"}, bug.LateToNext: {"timeouts", "--small"},
		bug.ArrivalOrder: {"liars", "--small"}, bug.DoubleCopy: {"quickstart", "--small"}, bug.InstantFirst: {"errors", "--small"},
		bug.QueueDeadlock: {"errors", "--small"}, bug.CacheOneMore: {"offline", "--small"},
		bug.StaleOffline: {"zoo/stale-offline", "--no-faults"}, bug.ReceiveStall: {"zoo/receive-stall", "--no-faults"},
	} {
		t.Run(string(on), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "found")
			cmd := itself(t, append([]string{"hunt", "--seeds", "1000", "--jobs", "1", "--quiet", "--out", dir}, args...)...)
			cmd.Env = append(os.Environ(), "FLEETDRILL_BUG="+string(on))
			out, err := cmd.Output()
			var code *exec.ExitError
			if !errors.As(err, &code) || code.ExitCode() != exitFail {
				t.Fatalf("%v\n%s", err, out)
			}
			m := regexp.MustCompile(`(?s)SHRUNK +to (\d+) devices? and (\d+) calls? .* fails 20 of 20 times`).FindSubmatch(out)
			if m == nil {
				t.Fatalf("it was not cut down to something that fails each time:\n%s", out)
			}
			devices, _ := strconv.Atoi(string(m[1]))
			calls, _ := strconv.Atoi(string(m[2]))
			files, _ := filepath.Glob(dir + "/*/" + minimalName)
			if len(files) != 1 || devices > 5 || calls > 10 {
				t.Fatalf("%d devices, %d calls, %q:\n%s", devices, calls, files, out)
			}
			if info, err := os.Stat(files[0]); err != nil || info.Size() >= 4096 {
				t.Errorf("%v, %d bytes", err, info.Size())
			}
			if said, err := itself(t, "run", "--quiet", files[0]).Output(); err != nil {
				t.Errorf("without the bug: %v, %s", err, said)
			}
		})
	}
}
