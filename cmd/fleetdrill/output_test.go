package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fleetdrill/report"
	results "fleetdrill/report/folder"
)

// On a disk that gets full it is the history that finds no room. Here a folder has its name.
func TestAFileThatCannotBeWrittenTakesNoOtherWithIt(t *testing.T) {
	d := drillIn(t, steady, nil)
	dir := t.TempDir()
	out, err := openFolder(dir, false)
	must(t, err)
	defer out.close()
	must(t, os.Mkdir(filepath.Join(dir, "history.jsonl"), 0o777))
	failed := out.write(d.result)
	if failed == nil || !strings.Contains(failed.Error(), "results in "+dir+" are not complete, history.jsonl could not be written") {
		t.Errorf("the error is %v, want it to name history.jsonl", failed)
	}
	must(t, os.Remove(filepath.Join(dir, "history.jsonl")))
	run, err := results.Read(dir)
	must(t, err)
	if s := run.Summary; s.Verdict != report.Inconclusive || len(s.Reasons) != 1 || s.Reasons[0] != failed.Error() {
		t.Errorf("the summary says %s because of %q, want inconclusive because of %q", s.Verdict, s.Reasons, failed)
	}
	for _, name := range []string{"junit.xml", "summary.md"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), "history.jsonl could not be written") {
			t.Errorf("%s (%v) does not say what is missing:\n%s", name, err, text)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".[^r]*")); err != nil || left != nil {
		t.Errorf("%v is left behind", left)
	}
}
