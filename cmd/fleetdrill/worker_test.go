package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/hunt"
)

// Ten thousand runs filled the memory of a machine, which then stood still, and runs were taken for hanging.
func TestAWorkerDoesNotGrowWithTheRunsThatItHasMade(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not say what a process has at most: ", err)
	}
	s, err := scenarios.Open("errors", nil)
	must(t, err)
	plan, err := hunt.NewPlan(s, true, false, nil)
	must(t, err)
	var worker *exec.Cmd
	pool := &hunt.Pool{Jobs: 1, Bound: 10 * time.Minute, Command: func() *exec.Cmd {
		worker = itself(t, workerName)
		worker.Env = append(os.Environ(), "GOMAXPROCS=1")
		return worker
	}}
	defer pool.Close()
	for seed := range uint64(400) {
		j, err := plan.Job(seed + 1)
		must(t, err)
		_, err = pool.Run(t.Context(), j)
		must(t, err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", worker.Process.Pid))
	must(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Skip("this system does not say what a process has at most")
	}
	const most = 3 * workerMemory / 2
	if got, _ := strconv.Atoi(string(m[1])); got<<10 > most {
		t.Errorf("it had %d KiB, want at most %d", got, most>>10)
	}
}
