package ci

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"

	"fleetdrill/report"
)

var update = flag.Bool("update", false, "write golden files")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// golden compares what a writer writes with testdata/name.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	must(t, write(&b))
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

// summary reads what a run left.
func summary(t testing.TB, name string) *report.Summary {
	t.Helper()
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	s, err := report.ReadSummary(f)
	must(t, err)
	return s
}

func quickstart(t testing.TB) *report.Summary { return summary(t, "testdata/quickstart.json") }
func mixed(t testing.TB) *report.Summary      { return summary(t, "../testdata/mixed.json") }

// hostile is a run whose every text wants to be something else.
func hostile(t testing.TB) *report.Summary {
	s := mixed(t)
	nasty := "]]> <b>&amp;\x00\x1b[1m | `a` *b* @all \r\n::error::x, %0A\u2028 https://x"
	s.Scenario, s.Verdict = nasty, report.Inconclusive
	s.Reasons = []string{nasty, nasty}
	s.Thresholds = append(s.Thresholds, report.ThresholdResult{Expr: nasty, Value: nasty})
	s.Checks = append(s.Checks, report.Check{Rule: nasty, Commands: 1, Breaches: 1, Examples: []string{nasty}})
	s.Loads[0].Name, s.Loads[0].Codes = nasty, map[string]int64{nasty: 3}
	return s
}

var began = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func TestEachWriterWritesARunAsTheGoldenFilesHaveIt(t *testing.T) {
	s, place := mixed(t), Place{File: "drills/loss.yaml", Text: []byte("name: x\nexpect:\n  - reboot.timeout.share < 10%\n  - settings.code.11902.count==10\n")}
	s.Verdict, s.Checks[0].Breaches, s.Checks[0].Examples = report.Fail, 2, []string{"reboot 7: ended twice"}
	s.Thresholds[2].OK, s.Thresholds[2].Value = false, "11"
	golden(t, "mixed.xml", func(w io.Writer) error { return WriteJUnit(w, s, began) })
	golden(t, "mixed.md", func(w io.Writer) error { return WriteMarkdown(w, s) })
	golden(t, "mixed.github", func(w io.Writer) error { return WriteGitHub(w, s, place) })
	golden(t, "mixed.gitlab.json", func(w io.Writer) error { return WriteCodeQuality(w, s, place) })
	golden(t, "mixed.bench", func(w io.Writer) error { return WriteBench(w, s) })
	golden(t, "quickstart.md", func(w io.Writer) error { return WriteMarkdown(w, quickstart(t)) })
	golden(t, "hostile.md", func(w io.Writer) error { return WriteMarkdown(w, hostile(t)) })
	golden(t, "hostile.github", func(w io.Writer) error { return WriteGitHub(w, hostile(t), place) })
}

func TestTheReadmeShowsTheMarkdownOfARunAsItIs(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	var b bytes.Buffer
	must(t, WriteMarkdown(&b, quickstart(t)))
	if !strings.Contains(string(readme), b.String()) {
		t.Error("README.md does not hold what WriteMarkdown makes of testdata/quickstart.json, which is testdata/quickstart.md")
	}
}

func TestTheReadmeShowsTheMarkdownOfAComparisonAsItIs(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	text, err := os.ReadFile("testdata/comparison.json")
	must(t, err)
	var c report.Comparison
	must(t, json.Unmarshal(text, &c))
	var b bytes.Buffer
	must(t, WriteComparisonMarkdown(&b, &c))
	if *update {
		must(t, os.WriteFile("testdata/comparison.md", b.Bytes(), 0o644))
	}
	if !strings.Contains(string(readme), b.String()) {
		t.Error("README.md does not hold what WriteComparisonMarkdown makes of testdata/comparison.json, which is testdata/comparison.md")
	}
}

func TestJUnitXMLIsValidAgainstTheCommonGroundOfTheSchemasInUse(t *testing.T) {
	for name, s := range map[string]*report.Summary{"mixed": mixed(t), "quickstart": quickstart(t), "hostile": hostile(t),
		"empty": {Scenario: "x", Verdict: report.Pass}} {
		var b bytes.Buffer
		must(t, WriteJUnit(&b, s, began))
		valid(t, name, &b)
	}
}

// valid wants what a writer wrote to fit the schema.
func valid(t *testing.T, name string, text io.Reader) {
	t.Helper()
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("xmllint is missing: install it (apt-get install libxml2-utils), or run `make test`, which does")
	}
	cmd := exec.Command(lint, "--noout", "--schema", "testdata/junit.xsd", "-")
	cmd.Stdin = text
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

func TestARunOfAHundredLoadsStillFitsAComment(t *testing.T) {
	s := mixed(t)
	for i := range 100 {
		l := s.Loads[0]
		l.Name = fmt.Sprintf("a-load-with-a-long-name-%d", i)
		s.Loads = append(s.Loads, l)
		s.Thresholds = append(s.Thresholds, report.ThresholdResult{Expr: l.Name + ".latency.p99 < 250ms", Value: "300ms"})
		s.Reasons = append(s.Reasons, "expected "+l.Name+".latency.p99 < 250ms, got 300ms")
	}
	var b bytes.Buffer
	must(t, WriteMarkdown(&b, s))
	if n := len([]rune(b.String())); n > 65536 {
		t.Errorf("%d characters, a comment holds 65,536", n)
	}
	if !strings.Contains(b.String(), "and 42 more") {
		t.Error("the rows that are left out are not counted")
	}
}

func TestBenchmarkLinesAreReadByTheReaderOfBenchstat(t *testing.T) {
	var b bytes.Buffer
	must(t, WriteBench(&b, mixed(t)))
	r := benchfmt.NewReader(&b, "mixed")
	read := map[string]map[string]float64{}
	for r.Scan() {
		switch line := r.Result().(type) {
		case *benchfmt.Result:
			read[string(line.Name)] = map[string]float64{}
			for _, v := range line.Values {
				read[string(line.Name)][v.Unit] = v.Value
			}
		case *benchfmt.SyntaxError:
			t.Error(line)
		}
	}
	must(t, r.Err())
	for name, want := range map[string]map[string]float64{"Drill/load=reboot": {"p50-sec": 0.085055, "lagp99-sec": 0.000089}, "Drill/load=settings": {"ok%": 96.6667}} {
		for unit, v := range want {
			if got := read[name][unit]; math.Abs(got-v) > v/1000 {
				t.Errorf("%s has %v %s, want %v", name, got, unit, v)
			}
		}
	}
}

func TestAPassHasNoAnnotationButANotice(t *testing.T) {
	var github, gitlab bytes.Buffer
	must(t, WriteGitHub(&github, quickstart(t), Place{}))
	must(t, WriteCodeQuality(&gitlab, quickstart(t), Place{}))
	if got := github.String(); got != "::notice title=quickstart%3A pass::8,045 calls, 3 expectations met\n" {
		t.Errorf("got %q", got)
	}
	if got := gitlab.String(); got != "[]\n" {
		t.Errorf("got %q", got)
	}
}

func TestAComparisonAsTheGoldenFilesHaveIt(t *testing.T) {
	text, err := os.ReadFile("../testdata/compare.json")
	must(t, err)
	var c report.Comparison
	must(t, json.Unmarshal(text, &c))
	golden(t, "compare.md", func(w io.Writer) error { return WriteComparisonMarkdown(w, &c) })
	golden(t, "compare.xml", func(w io.Writer) error { return WriteComparisonJUnit(w, &c, began) })
	var b bytes.Buffer
	must(t, WriteComparisonJUnit(&b, &c, began))
	valid(t, "compare", &b)
	golden(t, "compare.github", func(w io.Writer) error { return WriteComparisonGitHub(w, &c) })
}
