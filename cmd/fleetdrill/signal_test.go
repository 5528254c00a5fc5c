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

// many needs most of its calls to fail, so that cutting it down takes a while.
const many = `
name: many
clock: virtual
devices: [{group: meters, count: 40, behaviour: [{drop: {}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 5/s, for: 4s}]}]
expect: [ask.timeout.count < 8]
`

func TestCtrlCWhileARunIsCutDownKeepsWhatThereIsByThen(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"hunt":   {[]string{"hunt", "many.yaml", "--seeds", "1", "--jobs", "1", "--no-faults", "--out", "found"}, exitFail, "seed 1: it was interrupted before it was cut down as far as it can be"},
		"shrink": {[]string{"shrink", "found/seed-1"}, exitNoAnswer, "the shrink was interrupted: this is what it had by then"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "many.yaml"), []byte(many), 0o666))
			found := filepath.Join(dir, "found", "seed-1")
			if name == "shrink" {
				must(t, os.MkdirAll(found, 0o777))
				must(t, os.WriteFile(filepath.Join(found, "scenario.yaml"), []byte(many), 0o666))
			}
			cmd := itself(t, c.args...)
			cmd.Dir = dir
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			stderr, err := cmd.StderrPipe()
			must(t, err)
			must(t, cmd.Start())
			sent, said := false, ""
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				if said += lines.Text() + "\n"; strings.Contains(lines.Text(), "shrink   calls: ") && !sent {
					sent = true
					must(t, cmd.Process.Signal(syscall.SIGINT))
				}
			}
			end := cmd.Wait()
			var code *exec.ExitError
			if !sent || !errors.As(end, &code) || code.ExitCode() != c.code || !strings.Contains(said, c.says) {
				t.Fatalf("signal sent: %v; %v, want exit status %d; said\n%s", sent, end, c.code, said)
			}
			if !strings.Contains(stdout.String(), "SHRUNK ") {
				t.Errorf("it does not show what it had:\n%s", stdout.String())
			}
			text, err := os.ReadFile(filepath.Join(found, minimalName))
			must(t, err)
			if d := drillIn(t, string(text), nil); d.summary.Verdict != "fail" || d.summary.Arrivals() > 8 {
				t.Errorf("what it had is %s with %d calls:\n%s", d.summary.Verdict, d.summary.Arrivals(), text)
			}
			if _, err := os.Stat(filepath.Join(found, "summary.json")); name == "hunt" && err != nil {
				t.Error(err)
			}
		})
	}
}
