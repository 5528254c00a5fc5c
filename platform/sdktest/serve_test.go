package sdktest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is fleetdrill, built once from the product's own module.
var binary = sync.OnceValues(func() (string, error) {
	name := filepath.Join(folder, "fleetdrill")
	build := exec.Command("go", "build", "-o", name, "./cmd/fleetdrill")
	build.Dir = "../.." // its go.mod, not the one of this module
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return name, nil
})

// folder is for what all tests share. TestMain makes and removes it.
var folder string

// world is a `fleetdrill serve`, a process of its own.
type world struct {
	host string // of the HTTP API
	mqtt string // of the broker
	tls  bool   // both are encrypted, with a certificate that nobody has signed
}

func (w *world) url(path string) string {
	if w.tls {
		return "https://" + w.host + path
	}
	return "http://" + w.host + path
}

func (w *world) broker() string {
	if w.tls {
		return "ssl://" + w.mqtt
	}
	return "tcp://" + w.mqtt
}

// start serves the three dialects with who is in testdata/service.yaml. Each of settings is a line under its key
// dialects. The process has to end well when the test does.
func start(t *testing.T, settings ...string) *world {
	t.Helper()
	doors := open(t, settings)
	return &world{host: doors["http"], mqtt: doors["mqtt"]}
}

// startTLS is start with all of it encrypted.
func startTLS(t *testing.T) *world {
	t.Helper()
	cert, key := certificate(t)
	doors := open(t, nil, "--https", "127.0.0.1:0", "--tls", "127.0.0.1:0", "--cert", cert, "--key", key)
	return &world{host: doors["https"], mqtt: doors["tls"], tls: true}
}

// open returns the addresses of the readiness line, by their flags.
func open(t *testing.T, settings []string, flags ...string) map[string]string {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("testdata/service.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(settings) > 0 {
		file = append(file, "dialects:\n  "+strings.Join(settings, "\n  ")+"\n"...)
	}
	config := filepath.Join(t.TempDir(), "service.yaml")
	if err := os.WriteFile(config, file, 0o600); err != nil {
		t.Fatal(err)
	}
	serve := exec.Command(program, append([]string{"serve", "--config", config}, flags...)...)
	var stderr bytes.Buffer
	serve.Stderr = &stderr
	stdout, err := serve.StdoutPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, serve, &stderr) })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	doors := map[string]string{}
	for _, field := range strings.Fields(line) {
		name, address, _ := strings.Cut(field, "=")
		doors[name] = address
	}
	if doors["http"] == "" || doors["mqtt"] == "" {
		t.Fatalf("serve says %q and not where it is: %v", line, err)
	}
	return doors
}

// stop ends a server as Ctrl-C does. It has waited for everybody when it is gone, and had nothing to complain of.
func stop(t *testing.T, serve *exec.Cmd, stderr *bytes.Buffer) {
	serve.Process.Signal(syscall.SIGINT)
	hung := time.AfterFunc(patience, func() { serve.Process.Kill() })
	defer hung.Stop()
	if err := serve.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("serve ended with %v, and said\n%s", err, stderr)
	}
}
