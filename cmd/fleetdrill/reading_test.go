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
	r := &reading{}
	if _, err := readHistory(filepath.Dir(file), r); err != nil || r.done.Load() != int64(len(text)) || r.size.Load() != int64(len(text)) {
		t.Errorf("%d of %d bytes read, want all %d: %v", r.done.Load(), r.size.Load(), len(text), err)
	}
	if r.state() != "looking at every command" {
		t.Errorf("it is all read: %s", r.state())
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
