package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// A race build sleeps for a second before it exits, and the tests start dozens of them.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=50")
	testscript.Main(m, map[string]func(){"fleetdrill": main})
}

// The scripts use the binary as a person does. Each states what it proves in its first line.
func TestScripts(t *testing.T) {
	scenarios, err := filepath.Abs("../../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SCENARIOS", scenarios)
			e.Setenv("TAKEN", strconv.Itoa(taken.Addr().(*net.TCPAddr).Port))
			e.Setenv("GOMAXPROCS", os.Getenv("GOMAXPROCS"))
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
	})
}

// exits CODE COMMAND... runs a command and wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	got := 0
	var end *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &end) {
		got = end.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// itself is the binary under test as a command: this one, by the name that TestMain goes by.
func itself(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	must(tb, err)
	name := filepath.Join(tb.TempDir(), "fleetdrill")
	must(tb, os.Symlink(self, name))
	return exec.Command(name, args...)
}
