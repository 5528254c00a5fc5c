package trace

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/sim/check"
)

func TestEveryWayToEndHasItsCause(t *testing.T) {
	found := map[Cause]bool{}
	for _, c := range endingsOf {
		s := newStory()
		c.tell(s)
		got := New(s.Finish()).Ending(0, 0)
		if got.Cause != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %q, because %q; want %q, because … %s", c.name, got.Cause, got.Why, c.want, c.why)
		}
		found[c.want] = true
	}
	for _, c := range Causes {
		if !found[c] || c.Doc() == "" || len(c.Doc()) > 60 {
			t.Errorf("%s: has no way or no doc of at most 60 letters", c)
		}
	}
}

func TestAReadHistoryHasTheSameCausesAndLives(t *testing.T) {
	for _, c := range endingsOf {
		s := newStory()
		c.tell(s)
		h := s.Finish()
		var b bytes.Buffer
		if err := h.WriteJSONL(&b); err != nil {
			t.Fatal(err)
		}
		read, err := check.ReadJSONL(&b)
		if err != nil {
			t.Fatal(err)
		}
		live, again := New(h), New(read)
		if d := cmp.Diff(live.Counts(), again.Counts()); d != "" {
			t.Errorf("%s: live and read: %s", c.name, d)
		}
		a, _ := live.Life("ask", 0)
		l, _ := again.Life("ask", 0)
		if d := cmp.Diff(a, l, cmp.AllowUnexported(Step{})); d != "" {
			t.Errorf("%s: live and read: %s", c.name, d)
		}
	}
}
