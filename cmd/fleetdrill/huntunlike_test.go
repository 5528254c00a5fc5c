package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fleetdrill/sim/hunt"
)

func TestWhereTwoHistoriesPartIsALineOfBoth(t *testing.T) {
	dir := t.TempDir()
	once, again := filepath.Join(dir, "once"), filepath.Join(dir, "again")
	for _, c := range []struct{ once, again, want string }{
		{"a\nb\n", "a\nb\n", ""},
		{"", "", ""},
		{"a\nb\nc\n", "a\nx\nc\n", "in line 2: b and x"},
		{"a\nb\n", "a\n", "in line 2: b and its end"},
		{"a\n", "a\nb", "in line 2: its end and b"},
	} {
		must(t, os.WriteFile(once, []byte(c.once), 0o666))
		must(t, os.WriteFile(again, []byte(c.again), 0o666))
		got, err := whereTheyPart(once, again)
		if err != nil || !strings.HasSuffix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%q and %q part %q, %v; want %q", c.once, c.again, got, err, c.want)
		}
	}
	if _, err := whereTheyPart(once, filepath.Join(dir, "nothing")); err == nil {
		t.Error("a file that is not there is no history")
	}
}

func TestARunThatComesToNoEndWhenItIsToBeKeptIsToldOf(t *testing.T) {
	pool := &hunt.Pool{Command: func() *exec.Cmd { return exec.Command("false") }, Jobs: 1, Bound: time.Minute}
	defer pool.Close()
	err := leave(t.Context(), pool, hunt.Job{Text: steady, Seed: 1, Out: t.TempDir()})
	if err == nil || !strings.HasPrefix(err.Error(), "made again to be kept, it came to no end: death: ") {
		t.Errorf("got %v", err)
	}
}
