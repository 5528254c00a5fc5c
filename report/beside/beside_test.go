package beside

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/report"
)

// two runs of two loads: one cloud answers all, the other some.
func two() []Run {
	var one, other Notes
	one.Told(0, Answer{Outcome: report.OK, Status: 200, Code: "0", Message: "OK"}, 50*time.Millisecond)
	one.Told(1, Answer{Outcome: report.OK, Status: 200, Code: "200"}, 0)
	one.Rested(1, time.Hour)
	one.Rested(1, 3*time.Hour)
	for i := range 9 {
		other.Told(0, Answer{Outcome: report.OK, Status: 200, Code: "200"}, time.Duration(i+1)*time.Millisecond)
	}
	other.Told(0, Answer{Outcome: report.Timeout, Status: 200, Code: "iot.messagebroker.TIMEOUT", Message: strings.Repeat("too late | ", 12)}, 8*time.Second)
	names := []string{"ask", "keep"}
	return []Run{{Name: "one", Loads: one.Loads(names, []string{"invoke", "cached"})}, {Name: "other", Loads: other.Loads(names, []string{"invoke", "async"})}}
}

func TestEachLoadHasARowAndEachRunAColumn(t *testing.T) {
	for width, want := range map[int]string{
		60: `
         one                       other
 ──────────────────────────────────────────────────────────
 ask     ✓ ok after 50ms           ✓ ok 90.0% after 1ms–9ms
 invoke  HTTP 200 · 0              HTTP 200
         OK                        ✗ timeout 10.0% after 8s
                                   HTTP 200
                                   iot.messagebroker.
                                   TIMEOUT
                                   too late | too late |
                                   too late | too late |
                                   too late | too late |
                                   too late | too late |…

 keep    cached                    async
         ✓ ok at once              –
         HTTP 200
         sent 60m–3h later

`,
		40: `
         one
 ───────────────────────────────────────
 ask     ✓ ok after 50ms
 invoke  HTTP 200 · 0
         OK

 keep    ✓ ok at once
 cached  HTTP 200
         sent 60m–3h later

         other
`,
	} {
		var b strings.Builder
		if err := WriteText(&b, two(), report.TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if width == 40 {
			got, _, _ = strings.Cut(got, " ───────────────────────────────────────\n ask     ✓ ok 90")
		}
		if d := cmp.Diff(want[1:], got); d != "" {
			t.Errorf("%d columns: %s", width, d)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(line)) - 1; n > width {
				t.Errorf("a line has %d columns, and there are %d: %s", n, width, line)
			}
		}
	}
}

func TestMarkdownHasTheWholeMessage(t *testing.T) {
	var b strings.Builder
	if err := WriteMarkdown(&b, two()); err != nil {
		t.Fatal(err)
	}
	const want = `| | one | other |
|---|---|---|
| **ask**<br>invoke | ✓ ok after 50ms<br>HTTP 200 · 0<br>OK | ✓ ok 90.0% after 1ms–9ms<br>HTTP 200<br>✗ timeout 10.0% after 8s<br>HTTP 200 · iot.messagebroker.TIMEOUT<br>`
	if got := b.String(); !strings.HasPrefix(got, want) || strings.Count(got, `too late \| `) != 12 {
		t.Errorf("got\n%s\nwant\n%s…", got, want)
	}
}

func TestALoadKeepsABoundedNumberOfAnswers(t *testing.T) {
	var n Notes
	for i := range 1000 {
		n.Told(0, Answer{Outcome: report.Rejected, Code: "1", Message: strings.Repeat("x", i)}, time.Second)
	}
	l := n.Loads([]string{"a"}, []string{"invoke"})[0]
	if len(l.Answers) > maxAnswers+1 || l.Answers[0].After.N < 900 {
		t.Errorf("%d answers, the first of %d calls", len(l.Answers), l.Answers[0].After.N)
	}
}
