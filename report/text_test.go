package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestTextShowsARunOnOneScreen(t *testing.T) {
	s, _ := mixed(t)
	for _, width := range []int{40, 80, 120} {
		golden(t, fmt.Sprintf("mixed_%d.txt", width), func(w io.Writer) error {
			return WriteText(w, s, TextOptions{Width: width})
		})
	}
	golden(t, "mixed_color.txt", func(w io.Writer) error { return WriteText(w, s, TextOptions{Color: true}) })
}

func TestTextSaysWhyARunFailed(t *testing.T) {
	golden(t, "failed.txt", func(w io.Writer) error { return WriteText(w, failed(t), TextOptions{}) })
}

func TestTextSaysWhyARunIsInconclusive(t *testing.T) {
	s, _ := mixed(t)
	s.Clock = "virtual"
	s.Loads[0].Outcomes.OK -= 412
	s.Loads[0].Outcomes.Dropped = 412
	s.Loads[0].Lag.P99, s.Loads[0].Lag.P999, s.Loads[0].Lag.Max = 87_000, 91_000, 99_000
	s.Harness.LagP99, s.Harness.Dropped = 86_000, 412
	s.Thresholds = append(s.Thresholds, ThresholdResult{Expr: "reboot.latency.p99 < 1s", Value: "5s"})
	s.Judge(Circumstances{Expected: 1200, Interrupted: "load", MaxOpen: []int{10_000, 10}, MaxLag: 50 * time.Millisecond})
	golden(t, "inconclusive.txt", func(w io.Writer) error { return WriteText(w, s, TextOptions{}) })
}

func TestTextOfAnEmptyRunNeitherPanicsNorInventsNumbers(t *testing.T) {
	s := &Summary{Scenario: "nothing", Clock: "real", Loads: []Load{{Name: "idle"}}}
	s.Judge(Circumstances{})
	golden(t, "empty.txt", func(w io.Writer) error { return WriteText(w, s, TextOptions{}) })
}

func TestNoLineIsWiderThanTheScreen(t *testing.T) {
	runs := []*Summary{failed(t)}
	s, _ := mixed(t)
	runs = append(runs, s, wordy(t))
	for _, s := range runs {
		for _, width := range []int{40, 41, 50, 60, 71, 72, 73, 80, 100, 200} {
			var b bytes.Buffer
			WriteText(&b, s, TextOptions{Width: width})
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("width %d: a line of %d columns: %s", width, n, line)
				}
			}
		}
	}
}

func TestTwoLoadsFitOn45Lines(t *testing.T) {
	s, _ := mixed(t)
	var b bytes.Buffer
	WriteText(&b, s, TextOptions{})
	if n := strings.Count(b.String(), "\n"); n > 45 {
		t.Errorf("%d lines", n)
	}
}

func TestColourChangesNothingButColour(t *testing.T) {
	s, _ := mixed(t)
	var plain, coloured bytes.Buffer
	WriteText(&plain, s, TextOptions{})
	WriteText(&coloured, s, TextOptions{Color: true})
	if got := stripped(coloured.String()); got != plain.String() {
		t.Errorf("without escapes:\n%s\nplain:\n%s", got, plain.String())
	}
}

// stripped is text without ANSI escapes and without blanks at the end of lines, which may stand before an escape.
func stripped(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "\x1b[") {
		if _, rest, ok := strings.Cut(part, "m"); ok && i > 0 {
			part = rest
		}
		b.WriteString(part)
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// wordy is a run in which every name and value is as long as one may be.
func wordy(t *testing.T) *Summary {
	s, _ := mixed(t)
	name := strings.Repeat("long-name.", 7)
	s.Scenario, s.Loads[0].Name = name, name
	s.Checks = []Check{{Rule: "late-is-late", Commands: 1e9, Breaches: 1e9, Examples: []string{name + " 17: " + name}}}
	s.Timeouts.OwedReplies, s.Timeouts.CutShort = 1e9, 1e9
	s.Cache.SentAtOnce, s.Cache.TakenBack, s.Cache.Withdrawn, s.Cache.Waiting = 1e9, 1e9, 1e9, 1e9
	s.Push = &Push{Told: 1e9, Acknowledged: 1e9, Lost: 1e9, Waiting: 1e9, Attempts: 1e9, Blocked: 1e9}
	s.Thresholds = append(s.Thresholds, ThresholdResult{Expr: name + ".latency_ok.p999 < 250ms", Value: "123ms"},
		ThresholdResult{Expr: "timeouts.late_replies == 0", Value: "no data: 1,000,000,000 answers still owed"},
		ThresholdResult{Expr: "harness.lag_p99 < 1s", Value: NotMeasured})
	s.Harness.Clamped, s.Harness.Limited = 1e9, true
	s.Judge(Circumstances{Expected: 1e9, CutShort: 1e9})
	return s
}

func TestANarrowScreenTellsAllThatAWideOneDoes(t *testing.T) {
	words := func(s *Summary, width int) []string {
		var b bytes.Buffer
		WriteText(&b, s, TextOptions{Width: width})
		list := strings.FieldsFunc(b.String(), func(r rune) bool { return strings.ContainsRune(" \n·█▏▎▍▌▋▊▉", r) })
		slices.Sort(list)
		return slices.Compact(list)
	}
	for _, s := range []*Summary{failed(t), wordyWithShortNames(t)} {
		narrow := words(s, 40)
		for _, w := range words(s, 120) {
			if _, found := slices.BinarySearch(narrow, w); !found {
				t.Errorf("%q is missing at 40 columns", w)
			}
		}
	}
}

func wordyWithShortNames(t *testing.T) *Summary {
	s := wordy(t)
	s.Scenario, s.Loads[0].Name, s.Checks, s.Thresholds = "short", "short", nil, s.Thresholds[5:]
	s.Judge(Circumstances{})
	return s
}

func failed(t *testing.T) *Summary {
	s, _ := mixed(t)
	s.Checks = append(s.Checks, Check{Rule: "late-is-late", Commands: 6300, Breaches: 5, Examples: []string{
		"reboot 17: it took an answer 1.2s after it had ended", "reboot 99: it took an answer and timed out all the same",
		"reboot 100: an answer was taken for a duplicate and is the first, which is a long story that needs a second line"}})
	s.Thresholds = append(s.Thresholds, ThresholdResult{Expr: "reboot.latency.p99 < 250ms", Value: "5s"},
		ThresholdResult{Expr: "cache.wait.p99 < 1h", Value: NoData})
	s.Judge(Circumstances{Expected: 1000})
	return s
}
