//go:build zoo

package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/bug"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/sweep"
)

// most is how long a scenario of the zoo may take, on the machine's clock.
const most = 2 * time.Second

func TestEachBugOfTheZooIsCaughtByWhatTheTableNamesAndTheScenarioPassesWithoutIt(t *testing.T) {
	for name, want := range zooTable(t) {
		t.Run(name, func(t *testing.T) {
			if s := zooDrill(t, name, bug.None); s.Verdict != report.Pass {
				t.Errorf("without the bug: %s %q", s.Verdict, s.Reasons)
			}
			s := zooDrill(t, name, bug.Name(name))
			if got := caughtBy(s); s.Verdict != report.Fail || !slices.Equal(got, want) {
				t.Errorf("with the bug: %s, caught by %q, want %q: %q", s.Verdict, got, want, s.Reasons)
			}
		})
	}
}

// zooDrill runs a scenario of the zoo with one bug switched on.
func zooDrill(t *testing.T, name string, on bug.Name) *report.Summary {
	t.Helper()
	s, err := scenarios.Open("zoo/"+name, nil)
	must(t, err)
	bug.Switch(on)
	defer bug.Switch(bug.None)
	d, begin := newDrill(s), time.Now()
	synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
	must(t, d.err)
	if took := time.Since(begin); took > most {
		t.Errorf("the run took %v, want at most %v", took, most)
	}
	return d.summary
}

// caughtBy names the rules and expectations that do not hold, in order.
func caughtBy(s *report.Summary) (names []string) {
	for _, c := range s.Checks {
		if c.Breaches > 0 {
			names = append(names, c.Rule)
		}
	}
	for _, e := range s.Thresholds {
		if !e.OK {
			names = append(names, e.Expr)
		}
	}
	slices.Sort(names)
	return names
}

// zooTable reads what catches each bug from the table beside the scenarios.
func zooTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(root + "/scenarios/zoo/README.md")
	must(t, err)
	table := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if len(cells) != 4 || !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1) {
			name := strings.Trim(cells[0], "`")
			table[name] = append(table[name], m[1])
		}
		slices.Sort(table[strings.Trim(cells[0], "`")])
	}
	if len(table) != len(bug.Names) {
		t.Fatalf("the table has %d rows and there are %d bugs", len(table), len(bug.Names))
	}
	return table
}

func TestTheSweepOfAllOrdersEndsAsTheContractsSay(t *testing.T) {
	for _, name := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range sweep.Calls(name) {
				wrong, _ := sweepIn(t, c, 99)
				for _, w := range wrong {
					t.Error(w)
				}
			}
		})
	}
}

// The sweep looks at one command at a time: these are the bugs that one command shows.
func TestTheSweepFindsBugsThatOneCommandShows(t *testing.T) {
	for _, on := range []bug.Name{bug.DoubleCopy, bug.DoubleEnding, bug.ExpiryTick, bug.LifetimeOnce,
		bug.NoDrain, bug.OfflineHang, bug.Redelivered, bug.TimeoutFromEnqueue} {
		bug.Switch(on)
		found := 0
		for _, c := range sweep.Calls("enos") {
			if found == 0 && c.QoS == 0 {
				wrong, _ := sweepIn(t, c, 3)
				found += len(wrong)
			}
		}
		if bug.Switch(bug.None); found == 0 {
			t.Errorf("%s: every order ends as the contract says", on)
		}
	}
}
