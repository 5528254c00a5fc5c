package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// underTest is the program that tests start, as a user does.
var underTest string

// TestMain builds it where this one is a race build: that takes seconds, and each of the hundreds of processes that the
// tests start is then five times faster. What runs in this process runs under the race detector.
func TestMain(m *testing.M) {
	if !raced {
		underTest, _ = os.Executable()
		testscript.Main(m, map[string]func(){"fleetdrill": main})
	}
	dir, err := os.MkdirTemp("", "fleetdrill")
	if err != nil {
		panic(err)
	}
	underTest = filepath.Join(dir, "fleetdrill")
	if out, err := exec.Command("go", "build", "-race=false", "-buildvcs=false", "-o", underTest, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("the binary under test: %v\n%s", err, out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
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
			if raced {
				e.Setenv("PATH", filepath.Dir(underTest)+":"+e.Getenv("PATH"))
			}
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

// itself is the binary under test as a command.
func itself(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "fleetdrill") // by which TestMain knows it, where it is this one
	must(tb, os.Symlink(underTest, name))
	return exec.Command(name, args...)
}
