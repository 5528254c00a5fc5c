package report

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"testing"
	"unicode/utf8"
)

// compared is a comparison with a figure of every kind and verdict.
func compared(t testing.TB) *Comparison {
	t.Helper()
	text, err := os.ReadFile("testdata/compare.json")
	if err != nil {
		t.Fatal(err)
	}
	var c Comparison
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestAComparisonOnAScreen(t *testing.T) {
	c := compared(t)
	golden(t, "compare_80.txt", func(w io.Writer) error { return WriteComparison(w, c, TextOptions{Width: 80}) })
	golden(t, "compare_40.txt", func(w io.Writer) error { return WriteComparison(w, c, TextOptions{Width: 40}) })
	golden(t, "compare.json", func(w io.Writer) error { return WriteComparisonJSON(w, c) })
	for _, width := range []int{40, 57, 72, 80, 132} {
		var b bytes.Buffer
		if err := WriteComparison(&b, c, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b.Bytes()) {
			if n := utf8.RuneCount(bytes.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns: a line has %d: %s", width, n, line)
			}
		}
	}
}

func TestTolerancesAreReadAsTheyAreWritten(t *testing.T) {
	for _, g := range Gauges {
		if own, err := g.Parse(g.Default); err != nil || own != (Tolerances{}).Of(g.Name) {
			t.Errorf("%s: its own default %s is %v: %v", g.Name, g.Default, own, err)
		}
		if off, err := g.Parse("off"); err != nil || !off.Off {
			t.Errorf("%s: off is %v: %v", g.Name, off, err)
		}
		if _, err := g.Parse("2ms"); (err == nil) != g.Duration {
			t.Errorf("%s: a duration gives %v", g.Name, err)
		}
		for _, text := range []string{"", "5", "-1%", "101%", "5/s", "on", "0%", "0.0%", "0s", "0ms"} {
			if _, err := g.Parse(text); err == nil {
				t.Errorf("%s: %q is taken", g.Name, text)
			}
		}
	}
	if got := (Tolerances{"p99": {Amount: 0.2}}).Of("p99"); got.Amount != 0.2 {
		t.Errorf("one of one's own is %v", got)
	}
}
