package hunt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fleetdrill/scenarios"
)

const seen = `name: seen
clock: virtual
devices: [{group: meters, count: 100}]
load: [{name: ask, to: meters, call: invoke, arrivals: [{burst: 20}]}]
expect: [ask.timeout.count == 0]
`

// once is a platform on which call 7 times out at the times of an earlier run, and without them where that is so for seeds,
// or for a text in which a device is told to be late.
func once(t *testing.T, seed, told bool) func(context.Context, Job) (Result, error) {
	return func(_ context.Context, j Job) (Result, error) {
		s, err := scenarios.Parse("seen", []byte(j.Text), nil)
		if err != nil {
			t.Fatal(err)
		}
		l := s.Load[0]
		seventh := len(l.Arrivals[0].At) == 0 && (len(l.Only) == 0 || slices.Contains(l.Only, 7))
		late := l.Tells() && l.Arrivals[0].Does != nil
		if seventh && (j.Then == "folder" || seed) || late && told && j.Then == "" {
			return Result{Failures: []Failure{{Expectation, "ask.timeout.count == 0", "1"}}, Endings: []string{"cause late_answer"}}, nil
		}
		return Result{}, nil
	}
}

func TestARecordedRunIsCutDownAtItsTimesAndThenWithoutThem(t *testing.T) {
	spell := func(text []byte) (Spelled, error) {
		if !strings.Contains(string(text), "only: [7]") {
			t.Errorf("written down is not what is left:\n%s", text)
		}
		told := strings.NewReplacer("burst: 20", "at: [1s], does: {delay: {after: 2s}}", ", only: [7]", "", "count: 100, only: [55]", "count: 1")
		return Spelled{[]byte(told.Replace(string(text))), []string{"how late it was"}}, nil
	}
	for name, c := range map[string]struct {
		run  func(context.Context, Job) (Result, error)
		want []string // in the text
		then string
	}{
		"by the seed":            {once(t, true, true), []string{"burst", "only: [7]"}, ""},
		"by what is told":        {once(t, false, true), []string{"at: [0s], does: {delay: {after: 0s}}", "\n# Not in it, and not needed: how late it was.\n"}, ""},
		"by what nobody can say": {once(t, false, false), []string{"only: [7]", "\n# This file alone does not fail so, nor with the recorded times in it; of the recorded run it lacks: how late it was.\n", "\n#\tfleetdrill replay .\n"}, "folder"},
	} {
		j := Job{Text: seen, Seed: 3, Then: "folder"}
		f := Failure{Expectation, "ask.timeout.count == 0", "1"}
		m, err := Shrink{Run: c.run, Spell: spell, Endings: []string{"cause late_answer", "code 0"}}.Shrink(t.Context(), j, f, CallsOf(j))
		if err != nil || m.Then != c.then || m.Calls != 1 || m.Devices != 1 {
			t.Errorf("%s: %v; %d calls, %d devices, then %q", name, err, m.Calls, m.Devices, m.Then)
		}
		for _, want := range c.want {
			if !strings.Contains(string(m.Text), want) {
				t.Errorf("%s: no %q in\n%s", name, want, m.Text)
			}
		}
	}
}

func TestARecordedRunThatCannotBeWrittenDownSaysWhy(t *testing.T) {
	j := Job{Text: seen, Seed: 3, Then: "folder"}
	f := Failure{Expectation, "ask.timeout.count == 0", "1"}
	m, err := Shrink{Run: once(t, false, true), Spell: func([]byte) (Spelled, error) { return Spelled{}, errors.New("too many calls") }}.Shrink(t.Context(), j, f, CallsOf(j))
	if err != nil || m.Then == "" || !strings.HasSuffix(m.Lacks(), "does not fail so; of the recorded run it lacks: its times (too many calls)") {
		t.Errorf("%v; then %q, %s", err, m.Then, m.Lacks())
	}
}

func TestWhatAFileHasNotIsNotNeededOnlyWhereItEndsAsTheRecordedRunDid(t *testing.T) {
	spell := func(text []byte) (Spelled, error) {
		told := strings.NewReplacer("burst: 20", "at: [1s], does: {delay: {after: 2s}}", ", only: [7]", "", "count: 100, only: [55]", "count: 1")
		return Spelled{[]byte(told.Replace(string(text))), []string{"how late it was"}}, nil
	}
	f := Failure{Expectation, "ask.timeout.count == 0", "1"}
	for _, endings := range [][]string{nil, {"cause connection_lost", "code 0"}} {
		j := Job{Text: seen, Seed: 3, Then: "folder"}
		m, err := Shrink{Run: once(t, false, true), Spell: spell, Endings: endings}.Shrink(t.Context(), j, f, CallsOf(j))
		if want := "\n# Not in it: how late it was.\n"; err != nil || !strings.Contains(string(m.Text), want) {
			t.Errorf("%v; no %q in\n%s", err, want, m.Text)
		}
	}
}

func TestWhereNothingIsKnownToBeMissingNothingIsNamed(t *testing.T) {
	m := Minimal{Then: "folder", timed: true}
	if got, want := m.Lacks(), "this file alone does not fail so, nor with the recorded times in it, and nothing is known to be missing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&Minimal{}).Lacks(); got != "" {
		t.Errorf("of a run that was not recorded: %q", got)
	}
}

func TestOfAShrinkThatIsInterruptedNobodyKnowsWhetherTheFileAloneFails(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	spell := func(text []byte) (Spelled, error) {
		cancel()
		return Spelled{Text: text}, nil
	}
	j := Job{Text: seen, Seed: 3, Then: "folder"}
	m, err := Shrink{Run: once(t, false, true), Spell: spell}.Shrink(ctx, j, Failure{Expectation, "ask.timeout.count == 0", "1"}, CallsOf(j))
	if want := "\n# Whether this file alone fails so is not known; of the recorded run it lacks: its times, for "; !errors.Is(err, context.Canceled) || !strings.Contains(string(m.Text), want) {
		t.Errorf("%v; no %q in\n%s", err, want, m.Text)
	}
}
