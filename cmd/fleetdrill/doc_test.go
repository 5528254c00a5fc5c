package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fleetdrill/scenarios"
)

// examples are the lines of a text that call fleetdrill as they stand: no placeholders, no comments.
func examples(t *testing.T, file, indent string) (found [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), indent+"fleetdrill ")
		command, _, _ = strings.Cut(command, "#")
		if ok && regexp.MustCompile(`^(run|hunt|check|schema|sweep|version)\b`).MatchString(command) && !regexp.MustCompile(`[A-Z]{3}|\[`).MatchString(command) {
			found = append(found, strings.Fields(command))
		}
	}
	return found
}

func TestEveryExampleInTheManualAndTheReadmeWorks(t *testing.T) {
	commands := append(examples(t, "doc.go", "//\t"), examples(t, root+"/README.md", "")...)
	if len(commands) < 10 {
		t.Fatalf("%d examples: the search for them is broken", len(commands))
	}
	all, err := filepath.Abs(root + "/scenarios")
	must(t, err)
	done := map[string]bool{}
	for _, args := range commands {
		name := strings.Join(args, " ")
		if done[name] {
			continue // in both
		}
		done[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if args[0] == "run" {
				// Fewer devices, less time, nothing else: what is proven is that the words are right.
				args = append(args, "--clock", "virtual", "--quiet", "--set", "expect=[checks.breaches == 0]")
				if args[1] == "three-clouds" {
					args = append(args, "--set", "drain=1m")
				} else if args[1] == "cache-48h" {
					args = append(args, "--set", "devices.loggers.count=20", "--set", "drain=6h",
						"--set", "load.patient.arrivals=[{rate: 50/h, for: 3h}]", "--set", "load.hasty.arrivals=[{rate: 50/h, for: 3h}]")
				} else {
					args = append(args, "--set", "load.reboot.arrivals=[{rate: 10/s, for: 1s}]", "--set", "devices.meters.count=20")
				}
			}
			if i := slices.Index(args, "--seeds"); i >= 0 {
				args[i+1] = "4"
			}
			cmd := itself(t, args...)
			cmd.Dir = t.TempDir()
			must(t, os.Symlink(all, filepath.Join(cmd.Dir, "scenarios")))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestTheReadmeShowsTheQuickstartAndEveryBuiltIn(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	must(t, err)
	quickstart, err := os.ReadFile(root + "/scenarios/quickstart.yaml")
	must(t, err)
	if !strings.Contains(string(text), "```yaml\n"+string(quickstart)+"```") {
		t.Error("the scenario that the README explains is not scenarios/quickstart.yaml")
	}
	for _, b := range scenarios.BuiltIns() {
		if row := "| `" + b.Name + "` | " + b.About + " |"; !strings.Contains(string(text), row) {
			t.Errorf("the README lacks the row %s", row)
		}
	}
}

func TestTheReadmesServiceFileIsServed(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	must(t, err)
	_, file, found := strings.Cut(string(text), "```yaml\naccounts:")
	file, _, _ = strings.Cut(file, "```")
	if !found {
		t.Fatal("the README shows no service file")
	}
	cfg := serviceOf(t, "accounts:"+file)
	cfg.Listen = scenarios.Listen{HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0"}
	s, err := openStand(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	s.start()
	defer s.close()
	if n := len(s.platform.Devices()); n != 102 {
		t.Errorf("%d devices, want 102", n)
	}
}

// The table of the vendors' operations names the tests that show each: they are there, and no row is without.
func TestTheReadmesTableOfOperationsNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	must(t, err)
	test := regexp.MustCompile("`([a-z]+)\\.(Test\\w+)`")
	rows := map[string]int{}
	for line := range strings.Lines(string(text)) {
		named := test.FindAllStringSubmatch(line, -1)
		if cells := strings.Split(line, "|"); len(cells) == 7 && strings.TrimSpace(cells[3]) == "done" && len(named) != 2 {
			t.Errorf("%q is done, and does not name its two tests", strings.TrimSpace(cells[2]))
		}
		for _, n := range named {
			if rows[n[1]]++; !hasTest(t, root+"/platform/"+n[1], n[2]) {
				t.Errorf("platform/%s has no test %s", n[1], n[2])
			}
		}
	}
	for _, dialect := range []string{"enos", "alibaba", "huawei", "sdktest"} {
		if rows[dialect] < 7 {
			t.Errorf("%d rows with a test of %s: the search for them is broken", rows[dialect], dialect)
		}
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	files, err := filepath.Glob(dir + "/*_test.go")
	must(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(t, err)
		if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
