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

// TestAHuntFindsABugOfTheZoo hunts in scenarios that were not written for the bug.
func TestAHuntFindsABugOfTheZooAndCutsItDownToAFewCalls(t *testing.T) {
	for on, scenario := range map[bug.Name]string{
		bug.StaleRoute: "reconnect-herd", bug.LateToNext: "timeouts", bug.ArrivalOrder: "liars", bug.DoubleCopy: "quickstart",
		bug.InstantFirst: "errors", bug.QueueDeadlock: "errors", bug.CacheOneMore: "offline",
	} {
		t.Run(string(on), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "found")
			cmd := itself(t, "hunt", scenario, "--small", "--seeds", "1000", "--jobs", "1", "--quiet", "--out", dir)
			cmd.Env = append(os.Environ(), "FLEETDRILL_BUG="+string(on))
			out, err := cmd.Output()
			var code *exec.ExitError
			if !errors.As(err, &code) || code.ExitCode() != exitFail {
				t.Fatalf("%v\n%s", err, out)
			}
			m := regexp.MustCompile(`SHRUNK +to (\d+) devices? and (\d+) calls? .* fails 20 of 20 times`).FindSubmatch(out)
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
		})
	}
}
