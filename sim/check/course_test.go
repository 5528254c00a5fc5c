package check

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestACourseCountsWhatHappensInEachRow(t *testing.T) {
	s := newStory()
	everything(s)
	h := s.Finish()
	c := h.Course(250*ms, 5*time.Second, 5*time.Second)
	if len(c.Rows) != 21 {
		t.Fatalf("%d rows, want one for each quarter of a second begun", len(c.Rows))
	}
	var online, waiting, sum CourseRow
	for _, r := range c.Rows {
		sum.Connected, sum.Lost, sum.Refused = sum.Connected+r.Connected, sum.Lost+r.Lost, sum.Refused+r.Refused
		sum.Late, sum.Filled, sum.Drained = sum.Late+r.Late, sum.Filled+r.Filled, sum.Drained+r.Drained
		waiting.Waiting, online.Online = max(waiting.Waiting, r.Waiting), max(online.Online, r.Online)
	}
	var lag time.Duration
	for _, r := range c.Rows {
		lag = max(lag, r.Lag)
	}
	if lag != worstLag(h) {
		t.Errorf("the longest lag is %v, want %v", lag, worstLag(h))
	}
	n := func(k Kind) int {
		n := 0
		for f := range h.all {
			if f.kind == k {
				n++
			}
		}
		return n
	}
	want := CourseRow{Connected: n(Connected), Lost: n(Lost) + n(HungUp), Refused: n(Refused), Late: n(Late), Filled: 2, Drained: 2}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("-facts +course:\n%s", diff)
	}
	if waiting.Waiting != 1 || online.Online < 1 {
		t.Errorf("at most %d waiting and %d online, want 1 and some", waiting.Waiting, online.Online)
	}
	if last := c.Rows[20]; last.Open != n(Accepted)-n(Ended) {
		t.Errorf("%d open at the end, %d were accepted and %d ended", last.Open, n(Accepted), n(Ended))
	}
}

func worstLag(h *History) (worst time.Duration) {
	for load := range h.loads {
		for seq := range h.Calls(load) {
			var due time.Duration
			for _, f := range h.Facts(load, seq, nil) {
				switch f.Kind {
				case Due:
					due = f.At
				case Sent:
					worst = max(worst, f.At-due)
				}
			}
		}
	}
	return worst
}
