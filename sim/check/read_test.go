package check

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fleetdrill/platform"
)

func readBack(t testing.TB, text string) *History {
	t.Helper()
	h, err := ReadJSONL(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return h
}

func facts(h *History) (all []Fact) {
	for load := range h.Loads() {
		for seq := range h.Calls(load) {
			all = h.Facts(load, seq, all)
		}
	}
	for f := range h.Alone() {
		all = append(all, f)
	}
	return all
}

func TestAHistoryThatIsReadTellsWhatTheOneDoesThatWroteIt(t *testing.T) {
	s := newStory()
	everything(s)
	h := s.Finish()
	text := jsonl(t, h)
	read := readBack(t, text)
	if again := jsonl(t, read); again != text {
		t.Errorf("written again:\n%s\nfirst:\n%s", again, text)
	}
	if d := cmp.Diff(facts(h), facts(read)); d != "" {
		t.Errorf("written and read: %s", d)
	}
	sorted := cmpopts.SortSlices(func(a, b time.Duration) bool { return a < b }) // the lists are in no order
	if d := cmp.Diff(h.Stats(Limits{}), read.Stats(Limits{}), sorted); d != "" {
		t.Errorf("written and read: %s", d)
	}
	for d := range h.Devices() {
		if d := cmp.Diff(h.Of(d+1), read.Of(d+1)); d != "" {
			t.Errorf("written and read: %s", d)
		}
	}
}

func TestRandomHistoriesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		m.play()
		h := m.Finish()
		text := jsonlOf(h)
		read, err := ReadJSONL(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if again := jsonlOf(read); again != text {
			t.Fatalf("written again:\n%s\nfirst:\n%s", again, text)
		}
		if d := cmp.Diff(facts(h), facts(read)); d != "" {
			t.Fatalf("written and read: %s", d)
		}
	})
}

func jsonlOf(h *History) string {
	var b strings.Builder
	h.WriteJSONL(&b)
	return b.String()
}

func TestAFileThatCannotBeReadIsRefusedWithItsLine(t *testing.T) {
	s := newStory()
	everything(s)
	good := jsonl(t, s.Finish())
	lines := strings.SplitAfter(good, "\n")
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "line 1: the file is empty"},
		{"older", strings.Join(lines[1:], ""), "line 1: no header: an older fleetdrill wrote this"},
		{"newer", change(`"schema":2`, `"schema":3`), "line 1: its schema is 3, and this fleetdrill reads 2"},
		{"foreign text", "once upon a time\n", "line 1: this is no history"},
		{"foreign object", "{\"a\":1}\n", "line 1: this is no history"},
		{"cut in the header", good[:20], "line 1: it is cut off"},
		{"cut within a line", good[:len(good)-9], fmt.Sprintf("line %d: it is cut off", len(lines)-1)},
		{"cut between lines", strings.Join(lines[:9], ""), "line 10: "},
		{"too many lines", good + lines[2], fmt.Sprintf("line %d: the header says", len(lines))},
		{"no object", change(lines[3], "7\n"), "line 4: this is no fact"},
		{"no fact", change(lines[3], "{\"at_us\":1}\n"), "line 4: this is no fact"},
		{"very long", change(lines[3], strings.Repeat("x", 1<<17)+"\n"), "line 4: this is no fact"},
		{"unknown load", change(`"load":"reboot"`, `"load":"boot"`), `load: "boot" is not known`},
		{"unknown kind", change(`"fact":"due"`, `"fact":"dew"`), `fact: "dew" is not known`},
		{"unknown key", change(`"fact":"due"`, `"when":1,"fact":"due"`), `when: no such key`},
		{"a huge number", change(`"n":1,`, `"n":99999999999,`), "there cannot be so many commands"},
		{"no number", change(`"n":1,`, `"n":-1,`), "n: -1 is not a whole number"},
		{"half a command", change(`"n":1,`, ``), "a command needs both"},
		{"no time", change(`"at_us":1000.5`, `"at_us":1e3`), "at_us: 1e3 is not a number of microseconds"},
	} {
		_, err := ReadJSONL(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "history: line ") {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if foreign := strings.Contains(c.want, "no history"); err != nil && !foreign && !strings.Contains(err.Error(), "run the scenario") {
			t.Errorf("%s: %v does not say what to do", c.name, err)
		}
	}
}

func TestAHistoryOfTheRealClockSaysWhenItBegan(t *testing.T) {
	s, began := newStory(), time.Date(2026, 11, 26, 6, 33, 50, 440467351, time.FixedZone("", 3600))
	s.answered(0, 0)
	s.Began(began)
	h := readBack(t, jsonl(t, s.Finish()))
	if !h.Began().Equal(began) {
		t.Errorf("it began at %v, want %v", h.Began(), began)
	}
}

func FuzzReadJSONL(f *testing.F) {
	s := newStory()
	everything(s)
	f.Add(jsonl(f, s.Finish()))
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ReadJSONL(strings.NewReader(text))
		if err != nil {
			return
		}
		again := readBack(t, jsonl(t, h))
		if a, b := jsonl(t, h), jsonl(t, again); a != b {
			t.Errorf("%s\nbecomes\n%s", a, b)
		}
	})
}

func TestFactsOfACommandThatThereIsNotAreNone(t *testing.T) {
	s := newStory()
	s.answered(0, 0)
	h := s.Finish()
	if n := len(h.Facts(0, 1, nil)) + len(h.Facts(7, 0, nil)) + len(h.Facts(-1, 0, nil)); n != 0 {
		t.Errorf("%d facts", n)
	}
	if got := h.Facts(0, 0, nil); len(got) != 7 || got[0].Kind != Due || got[6].Outcome != platform.OK {
		t.Errorf("%+v", got)
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 100_000
	text := jsonl(b, big(n).Finish())
	for b.Loop() {
		readBack(b, text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "read-ns/cmd")
}
