package draw

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

var update = flag.Bool("update", false, "write golden files")

// lives is the run of testdata/lives.yaml.
func lives(t *testing.T) *trace.Trace {
	t.Helper()
	f, err := os.Open("testdata/lives.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := check.ReadJSONL(f)
	if err != nil {
		t.Fatal(err)
	}
	return trace.New(h)
}

// commands are all of lives, by name.
var commands = []string{"ok/0", "late/0", "turns/0", "turns/1", "behind/0", "unanswered/0", "failure/0", "garbage/0", "lost/0", "cut/0",
	"offline/0", "expired/0", "expired/1", "dropped/0", "dropped/1"}

func drawn(t *testing.T, tr *trace.Trace, name string, opt Options) string {
	t.Helper()
	load, seq, err := tr.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tr.Life(load, seq)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Life(&b, l, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, d)
	}
}

func TestLivesLookAsTheyDid(t *testing.T) {
	tr := lives(t)
	for _, width := range []int{80, 140} {
		var all strings.Builder
		for _, name := range commands {
			all.WriteString(drawn(t, tr, name, Options{Width: width}) + "\n")
		}
		golden(t, fmt.Sprintf("lives_%d.txt", width), all.String())
	}
	golden(t, "late_color.txt", drawn(t, tr, "late/0", Options{Width: 80, Color: true}))
}

func TestCausesLookAsTheyDid(t *testing.T) {
	tr := lives(t)
	var b bytes.Buffer
	r := Run{Name: "lives", About: "virtual clock · seed 1 · 48h", Calls: tr.Calls(), Told: tr.Told(), Counts: tr.Counts(), Faults: tr.Faults(), Command: "fleetdrill explain out"}
	if err := Causes(&b, r, Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "causes.txt", b.String())
	b.Reset()
	if err := Causes(&b, Run{Name: "fine", Calls: 1}, Options{}); err != nil || !strings.Contains(b.String(), " 1 call · 1 succeeded") || !strings.Contains(b.String(), "every command is a success") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestCommandsThatSucceededWithoutTheirCallersAreNoFailures(t *testing.T) {
	s := check.NewLedger([]string{"ask"}, []string{"m-1"})
	zero := time.Now()
	s.Begin(zero)
	s.Call(check.CallFact{Kind: check.CallDue, Device: 1})
	s.Platform(&platform.Fact{Kind: platform.Accepted, At: zero, Tag: s.Tag(0, 0), Device: 1})
	s.Call(check.CallFact{Kind: check.CallDone, At: time.Second, Device: 1, Outcome: platform.Broken, Code: "hung_up"})
	s.Platform(&platform.Fact{Kind: platform.Ended, At: zero.Add(2 * time.Second), Tag: s.Tag(0, 0), Device: 1, State: platform.Succeeded})
	tr := trace.New(s.Finish())
	var b bytes.Buffer
	if err := Causes(&b, Run{Name: "gone", Calls: 9, Told: 8, Counts: tr.Counts()}, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := " 9 calls · 8 succeeded · 1 did not end well (1 succeeded after their caller had\n gone)\n"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is not in\n%s", want, b.String())
	}
}

func TestEveryFaultIsListedWithAllThatItCausedAndIfThatIsNothing(t *testing.T) {
	counts := []trace.Count{
		{Load: "ask", Cause: trace.Offline, N: 9, Faults: map[string]int{"faults[0] disconnect": 2, "faults[1] half_open": 3}, Hows: []trace.How{{N: 9}}},
		{Load: "ask", Cause: trace.NotAcknowledged, N: 4, Faults: map[string]int{"faults[1] half_open": 4}, Hows: []trace.How{{N: 4}}}}
	var b bytes.Buffer
	struck := []*trace.Fault{{Name: "faults[0] disconnect", Devices: 30, First: time.Second},
		{Name: "faults[1] half_open", Settings: "direction: up", Devices: 3, Strikes: 6, First: time.Second, Last: 9 * time.Second, For: time.Second},
		{Name: "faults[2] lose_ack", Devices: 1, First: 2 * time.Second, Last: 2 * time.Second, For: time.Second}}
	struck[0].Last = struck[0].First
	if err := Causes(&b, Run{Name: "faulty", Calls: 20, Counts: counts, Faults: struck}, Options{}); err != nil {
		t.Fatal(err)
	}
	const want = `
 BY FAULT                CALLS
 faults[1] half_open         7  not_acknowledged 4 · offline 3
   direction: up · 3 devices · 6 hits from 1s to 9s, each for 1s
 faults[0] disconnect        2  offline 2
   30 devices · at 1s
 faults[2] lose_ack          0  it struck, and is to blame for nothing
   1 device · at 2s for 1s
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("%q is not in\n%s", want, b.String())
	}
}

func TestARuleThatSuccessesBrokeIsNamedWithACommandToLookAt(t *testing.T) {
	var b bytes.Buffer
	r := Run{Name: "twice", Calls: 20, Told: 20, Command: "fleetdrill explain out",
		Broken: []Broken{{"rule one-copy was broken 20 times: ask 0: its device saw it 2 times, and it was published 1 times", "ask/0"}}}
	const want = ` twice
 20 calls · 20 succeeded · 0 did not

 ✗ rule one-copy was broken 20 times: ask 0: its device saw it 2 times, and it
   was published 1 times
   fleetdrill explain out ask/0

 every command is a success
`
	if err := Causes(&b, r, Options{}); err != nil || b.String() != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, b.String(), want)
	}
}

func TestNothingIsWiderThanTheTerminal(t *testing.T) {
	tr := lives(t)
	for _, width := range []int{60, 72, 80, 93, 120, 140, 200} {
		for _, name := range commands {
			for line := range strings.Lines(drawn(t, tr, name, Options{Width: width})) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
					t.Errorf("%s at %d: %d columns: %s", name, width, n, line)
				}
			}
		}
		var b bytes.Buffer
		Causes(&b, Run{Name: "lives", Calls: tr.Calls(), Counts: tr.Counts(), Command: "fleetdrill explain out"}, Options{Width: width})
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("causes at %d: %d columns: %s", width, n, line)
			}
		}
	}
}

func TestColoursAddNothingButColours(t *testing.T) {
	tr := lives(t)
	for _, name := range commands {
		plain := drawn(t, tr, name, Options{Width: 100})
		colored := drawn(t, tr, name, Options{Width: 100, Color: true})
		for strings.Contains(colored, "\x1b[") {
			before, rest, _ := strings.Cut(colored, "\x1b[")
			_, after, _ := strings.Cut(rest, "m")
			colored = before + after
		}
		trimmed := func(s string) (lines []string) {
			for line := range strings.Lines(s) {
				lines = append(lines, strings.TrimRight(line, " \n"))
			}
			return lines
		}
		if d := cmp.Diff(trimmed(plain), trimmed(colored)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestACrowdLeavesRoomForWhatWasInFront(t *testing.T) {
	var events []trace.Event
	for i := range 30 {
		at := time.Duration(i) * time.Second
		events = append(events, trace.Event{At: at, Text: "fault", Rank: trace.OfLink}, trace.Event{At: at, Text: "beside", Rank: trace.Beside})
	}
	for i := range 9 {
		events = append(events, trace.Event{At: time.Duration(-i-1) * time.Second, Text: "front", Rank: trace.InFront})
	}
	for most, want := range map[int]string{12: "4 in front, 8 of the link, 0 beside", 90: "9 in front, 30 of the link, 30 beside"} {
		got := pick(events, most)
		text := fmt.Sprintf("%d in front, %d of the link, %d beside", count(got, trace.InFront), count(got, trace.OfLink), count(got, trace.Beside))
		if text != want || !slices.IsSortedFunc(got, func(a, b trace.Event) int { return int(a.At - b.At) }) {
			t.Errorf("room for %d: %s, want %s, by time: %v", most, text, want, got)
		}
	}
	if got := pick(events[:3], 12); len(got) != 3 {
		t.Errorf("%v", got)
	}
}
