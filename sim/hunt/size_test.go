package hunt

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
)

// Something stays open in each run, so that it lasts until the drain is over. Its calls come at a rate, and many have to.
func TestARunThatTakesTooLongIsMadeShorterAndTellsHowLongItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Replace(little, "{burst: 20}", "{rate: 40/s, for: 1m}", 1)
		f := Failure{Expectation, "ask.ok.count > 0", "0"}
		run := func(_ context.Context, j Job) (Result, error) {
			s, err := scenarios.Parse("little", []byte(j.Text), nil)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(s.Drain / 40_000)
			if s.Drain < time.Minute || s.Load[0].Calls() < 250 {
				return Result{}, nil
			}
			return Result{Failures: []Failure{f}}, nil
		}
		m, err := Shrink{Run: run, For: time.Hour}.Shrink(t.Context(), Job{Text: text, Seed: 1}, f, []Call{{"ask", 0, "meters-1", true}})
		if err != nil || m.Took > MostTime || !strings.Contains(string(m.Text), "drain: 1m\n") || !strings.Contains(string(m.Text), " bytes; a run takes less than 10ms.\n") {
			t.Errorf("%v, a run takes %v:\n%s", err, m.Took, m.Text)
		}
		if m.Calls > 1000 {
			t.Errorf("%d calls are left", m.Calls)
		}
	})
}

func TestARateMayBeALowerOne(t *testing.T) {
	for text, want := range map[string][]string{"2000/s": {"1/s", "10/s", "100/s", "1000/s"}, "12/m": {"1/m", "10/m", "6/m"}, "1/s": nil, "2000": nil} {
		if got := slower(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestALongFailureIsCutInTheCommentAndTheSizeIsThatOfTheFile(t *testing.T) {
	for n := range 1200 {
		m := Minimal{Failure: Failure{Broken, "", strings.Repeat("é", n)}, Took: 1300 * time.Millisecond}
		head := string(m.head("x", 1, make([]byte, 9500)))
		if len(head) > headRoom || !strings.Contains(head, "bytes; a run takes 1.3s.\n") {
			t.Fatalf("%d bytes: %s", len(head), head)
		}
		if want := "# " + strings.TrimPrefix(report.Plural(len(head)+9500, "byte", "bytes"), "") + "; a run"; !strings.Contains(head, want) {
			t.Fatalf("no %q in %s", want, head)
		}
	}
}
