package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatIsReadOfAHistoryIsCounted(t *testing.T) {
	file := filepath.Join(t.TempDir(), historyFile)
	text := facts(t, drillIn(t, steady, nil).history)
	must(t, os.WriteFile(file, text, 0o600))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(file), "scenario.yaml"), []byte("clock: real\n"+steady), 0o600))
	for who, reads := range map[string]func(string, *reading) error{
		"explain": func(dir string, r *reading) error { _, err := readHistory(dir, r); return err },
		"replay":  func(dir string, r *reading) error { _, err := readRecorded(dir, "", r); return err },
		"report":  func(dir string, r *reading) error { _, err := historyIn(dir, r); return err },
		"shrink":  func(dir string, r *reading) error { _, _, err := failedRun(dir, r); return err },
	} {
		r := &reading{}
		if err := reads(filepath.Dir(file), r); err != nil || r.done.Load() != int64(len(text)) || r.size.Load() != int64(len(text)) {
			t.Errorf("%s: %d of %d bytes read, want all %d: %v", who, r.done.Load(), r.size.Load(), len(text), err)
		}
		if r.state() != "looking at every command" {
			t.Errorf("%s: it is all read: %s", who, r.state())
		}
	}
}

func TestWhatIsOverSoonIsNotShown(t *testing.T) {
	for took, want := range map[time.Duration]bool{silence - 1: false, 3 * silence: true} {
		asked := false
		synctest.Test(t, func(*testing.T) {
			g := gauge{name: "history", at: func() (int64, int64) { asked = true; return 1, 2 }, state: func() string { return "" }}
			d := g.showBriefly(&strings.Builder{})
			time.Sleep(took)
			d.stop()
		})
		if asked != want {
			t.Errorf("after %s it was shown: %v, want %v", took, asked, want)
		}
	}
}

func TestAReadingThatNobodySeesStopsTwice(t *testing.T) {
	none, err := os.Open(os.DevNull)
	must(t, err)
	defer none.Close()
	r := showReading(none)
	if r.stop(); r.shown != nil {
		t.Error("it is shown where there is no terminal")
	}
	r.stop()
}
