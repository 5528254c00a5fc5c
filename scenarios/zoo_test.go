package scenarios

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// cited is how the table says where a bug was seen: a public thread by repository, number and title, or none.
var cited = regexp.MustCompile(`^(?:[\w.-]+/[\w.-]+#\d+, \S.*|no public thread found)$`)

func TestTheTableOfTheZooHasEachOfItsScenariosOnceAndInOrder(t *testing.T) {
	text, err := os.ReadFile("zoo/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		rows = append(rows, zoo+strings.Trim(cells[0], "`"))
		if len(cells) != 4 || !cited.MatchString(cells[2]) || !strings.Contains(cells[3], "`") {
			t.Errorf("a row says not what was seen where and what catches it: %s", line)
		}
	}
	if got, want := strings.Join(rows, " "), strings.Join(Zoo(), " "); got != want {
		t.Errorf("the table has\n%s\nand the folder\n%s", got, want)
	}
}

func TestEachScenarioOfTheZooIsSmallVirtualAndExplained(t *testing.T) {
	for _, name := range Zoo() {
		s, err := Open(name, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		devices := 0
		for _, g := range s.Devices {
			devices += g.Count
		}
		if zoo+s.Name != name || s.About == "" || s.Clock != "virtual" || len(s.Expect) == 0 || devices > 20 {
			t.Errorf("%s is called %s, has %d devices and %d expectations on the %s clock, and is about %q",
				name, s.Name, devices, len(s.Expect), s.Clock, s.About)
		}
		if lines := strings.Count(string(s.Text), "\n"); lines > 50 || !strings.HasPrefix(string(s.Text), "# ") {
			t.Errorf("%s has %d lines and begins with %.20q, want at most 50 and what the bug is", name, lines, s.Text)
		}
	}
}

func TestOpenTakesTheZooByNameAndFilesInAFolderOfThatNameFirst(t *testing.T) {
	if s, err := Open("zoo/stale-route", []string{"seed=9"}); err != nil || s.Name != "stale-route" || s.Seed != 9 {
		t.Errorf("got %+v, %v", s, err)
	}
	const want = `no file and no built-in scenario is called "zoo/stale-rout"; did you mean zoo/stale-route? built in: zoo/`
	if _, err := Open("zoo/stale-rout", nil); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
	t.Chdir(t.TempDir())
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir("zoo", 0o755))
	must(os.WriteFile("zoo/stale-route", []byte("name: mine\ndevices: [{group: a, count: 1}]\n"), 0o644))
	if s, err := Open("zoo/stale-route", nil); err != nil || s.Name != "mine" {
		t.Errorf("got %+v, %v", s, err)
	}
}
