package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/sim/check"
)

// factsAt reads "ms kind" or "ms kind of an answer" of one command, in order.
func factsAt(t *testing.T, text string) (list []check.Fact) {
	t.Helper()
	kinds := map[string]check.Kind{"published": check.Published, "resent": check.Resent, "recalled": check.Recalled, "seen": check.Seen,
		"answered": check.Answered, "matched": check.Matched, "late": check.Late, "duplicate": check.Duplicate}
	as := map[string]check.AnswerKind{"garbled": check.AnswerGarbled, "foreign": check.AnswerForeign}
	for one := range strings.SplitSeq(text, ", ") {
		var ms int
		var kind, answer string
		fmt.Sscan(one, &ms, &kind, &answer)
		if kinds[kind] == 0 {
			t.Fatalf("%q: no such fact", one)
		}
		list = append(list, check.Fact{At: time.Duration(ms) * time.Millisecond, Kind: kinds[kind], Answer: as[answer]})
	}
	return list
}

func inMS(at time.Duration) string {
	if at == never {
		return "never"
	}
	return fmt.Sprint(at.Milliseconds())
}

func TestEachAnswerOfARecordedRunCameWhenItDidOrWasLost(t *testing.T) {
	for name, tt := range map[string]struct {
		facts string
		came  []int  // sessions of the device, in ms
		want  string // each answer: said at, and had at
	}{
		"it came":                       {"100 published, 110 answered, 111 matched", []int{10}, "110 111"},
		"nobody noted that it was sent": {"100 published, 111 matched", []int{10}, "never 111"},
		"it was lost":                   {"100 published, 110 answered", []int{10}, "110 never"},
		"two came":                      {"100 published, 110 answered, 111 matched, 130 answered, 131 duplicate", []int{10}, "110 111, 130 131"},
		"both were slow":                {"100 published, 110 answered, 130 answered, 500 matched, 520 duplicate", []int{10}, "110 500, 130 520"},
		"the second was lost":           {"100 published, 110 answered, 111 matched, 130 answered", []int{10}, "110 111, 130 never"},
		"the second was lost, both were sent before the first came": {"100 published, 110 answered, 130 answered, 150 matched", []int{10}, "110 150, 130 never"},
		"the first was lost with its session":                       {"100 published, 110 answered, 300 answered, 301 matched", []int{10, 200}, "110 never, 300 301"},
		"it was read from a connection that was gone":               {"100 published, 110 answered, 301 late", []int{10, 200}, "110 301"},
		"a link made two of it":                                     {"100 published, 110 answered, 111 matched, 111 duplicate", []int{10}, "110 111, never 111"},
		"nobody can read it":                                        {"100 published, 110 answered garbled", []int{10}, "110 110"},
		"nobody can read it, and it was taken for one":              {"100 published, 110 answered garbled, 111 matched", []int{10}, "110 111"},
	} {
		var came []time.Duration
		for _, ms := range tt.came {
			came = append(came, time.Duration(ms)*time.Millisecond)
		}
		var got []string
		for _, a := range answers(factsAt(t, tt.facts), came) {
			got = append(got, inMS(a.said)+" "+inMS(a.at))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s: -want +got:\n%s", name, tt.facts, diff)
		}
	}
}

func TestAMessageOfARecordedRunWasSeenBeforeItWasSentOnceMore(t *testing.T) {
	for name, tt := range map[string]struct {
		facts string
		now   int
		want  string
	}{
		"at once":                {"100 published, 100 seen", 100, "100"},
		"later":                  {"100 published, 700 seen", 100, "700"},
		"twice, for a link":      {"100 published, 110 seen, 110 seen", 100, "110 110"},
		"never":                  {"100 published, 200 recalled, 300 published, 310 seen", 100, ""},
		"the second time":        {"100 published, 200 recalled, 300 published, 310 seen", 300, "310"},
		"both times":             {"100 published, 110 seen, 300 resent, 310 seen", 300, "310"},
		"sent earlier than then": {"100 published, 110 seen, 300 resent, 310 seen", 90, "110"},
		"it answered":            {"100 published, 150 matched", 100, "100"},
		"held up, the first":     {"100 published, 2101 resent, 3000 seen, 3000 seen", 100, ""},
		"held up, the second":    {"100 published, 2101 resent, 3000 seen, 3000 seen", 2100, "3000 3000"}, // was late then
	} {
		var got []string
		for _, at := range seenOf(factsAt(t, tt.facts), time.Duration(tt.now)*time.Millisecond) {
			got = append(got, inMS(at))
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%s: %s: at %d ms it was seen at %q, want %q", name, tt.facts, tt.now, g, tt.want)
		}
	}
}
