package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Phases that last for minutes unless they are interrupted.
const endless = `
name: endless
drain: 10m
devices: [{group: meters, count: 20, behaviour: [{drop: {}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 60s, arrivals: [{burst: 20}]}]
`

func TestCtrlCInEachPhaseEndsWithResultsAndExitCode3(t *testing.T) {
	for phase, set := range map[string]string{
		"connect": "devices.meters.connect=1/m",
		"load":    "load.ask.arrivals=[{rate: 1/s, for: 5m}]",
		"drain":   "load.ask.timeout=60s",
	} {
		for _, clock := range []string{"real", "virtual"} {
			if clock == "virtual" && phase != "load" {
				continue // over before a signal can come: a virtual wait takes no time
			}
			t.Run(phase+" "+clock, func(t *testing.T) {
				t.Parallel()
				interrupt(t, phase, clock, set)
			})
		}
	}
}

func interrupt(t *testing.T, phase, clock, set string) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "endless.yaml"), filepath.Join(dir, "out")
	must(t, os.WriteFile(file, []byte(endless), 0o666))
	if clock == "virtual" {
		// An hour of calls every virtual millisecond lasts long enough on the wall clock for a signal.
		set = "load.ask.arrivals=[{rate: 1000/s, for: 1h}]"
	}
	cmd := itself(t, "run", file, "--out", out, "--set", set, "--clock", clock)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	sent := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if strings.Contains(lines.Text(), "s  "+phase) && !sent {
			sent = true
			must(t, cmd.Process.Signal(syscall.SIGINT))
		}
	}
	end := cmd.Wait()
	var code *exec.ExitError
	if !sent || !errors.As(end, &code) || code.ExitCode() != exitNoAnswer {
		t.Fatalf("signal sent: %v; the run ended with %v, want exit status 3\n%s", sent, end, stdout.String())
	}
	if want := "the run was interrupted during " + phase; !strings.Contains(stdout.String(), want) {
		t.Errorf("stdout does not say %q:\n%s", want, stdout.String())
	}
	var summary struct {
		Verdict string
		Loads   []struct {
			Arrivals int
			Outcomes map[string]int
		}
		Checks []struct{ Breaches int }
	}
	text, err := os.ReadFile(filepath.Join(out, "summary.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &summary))
	sum := 0
	for _, n := range summary.Loads[0].Outcomes {
		sum += n
	}
	if summary.Verdict != "inconclusive" || sum != summary.Loads[0].Arrivals {
		t.Errorf("verdict %s, %d arrivals, %d outcomes", summary.Verdict, summary.Loads[0].Arrivals, sum)
	}
	for _, c := range summary.Checks {
		if c.Breaches > 0 {
			t.Errorf("an interrupted run breaks rules: %s", text)
		}
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(out, f.file)); err != nil {
			t.Error(err)
		}
	}
}
