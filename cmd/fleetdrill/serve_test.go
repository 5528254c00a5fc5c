package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fleetdrill/scenarios"
)

func TestFlagsStandBeforeTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "service.yaml")
	must(t, os.WriteFile(file, []byte("listen: {http: 'h:1', mqtt: 'm:1', ws: 'w:1'}\nlog: warn"), 0o600))
	f := serveFlags{http: "h:2", mqtt: "m:2", log: "debug", config: file}
	cfg, err := f.service(func(flag string) bool { return flag == "http" || flag == "log" })
	must(t, err)
	if want := (scenarios.Listen{HTTP: "h:2", MQTT: "m:1", WS: "w:1"}); cfg.Listen != want || cfg.Log != "debug" {
		t.Errorf("got %+v, log %s, want %+v, log debug", cfg.Listen, cfg.Log, want)
	}
}

func TestASignalEndsServeWithExitCode0(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			cmd := itself(t, "serve", "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--log", "error")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			line, err := bufio.NewReader(stdout).ReadString('\n')
			must(t, err)
			fields := strings.Fields(line)
			if len(fields) != 4 || fields[0] != "ready" {
				t.Fatalf("readiness line %q", line)
			}
			resp, err := http.Get("http://" + strings.TrimPrefix(fields[1], "http=") + "/admin/health")
			must(t, err)
			resp.Body.Close()
			idle, err := net.Dial("tcp", strings.TrimPrefix(fields[2], "mqtt="))
			must(t, err)
			defer idle.Close()
			must(t, cmd.Process.Signal(signal))
			if err := cmd.Wait(); err != nil || resp.StatusCode != 200 || stderr.Len() > 0 && !strings.Contains(stderr.String(), "ulimit") {
				t.Errorf("health %d, then %v; stderr: %s", resp.StatusCode, err, stderr.String())
			}
		})
	}
}

// The demo's lines are run as they are printed, where the programs that they name are installed.
func TestTheLinesOfTheDemoWorkAsTheyArePrinted(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "mosquitto_sub", "mosquitto_pub"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	cfg := scenarios.DefaultService()
	cfg.Listen = scenarios.Listen{HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0"}
	must(t, addDemo(cfg))
	s := open(t, cfg, io.Discard)
	defer func() { must(t, s.close()) }()
	lines := demoLines(s.address("http"), s.address("mqtt"))
	shell := exec.Command("sh")
	shell.Stdin = strings.NewReader(lines)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}   // with its background jobs
	file, err := os.Create(filepath.Join(t.TempDir(), "out")) // a pipe would stay open with the jobs
	must(t, err)
	defer file.Close()
	shell.Stdout, shell.Stderr = file, file
	err = shell.Run()
	syscall.Kill(-shell.Process.Pid, syscall.SIGKILL)
	out, _ := os.ReadFile(file.Name())
	if n := strings.Count(string(out), "answered"); err != nil || n != len(vendors) {
		t.Errorf("%d of %d devices answered, %v:\n%s\n%s", n, len(vendors), err, lines, out)
	}
}
