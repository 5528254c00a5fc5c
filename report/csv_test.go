package report

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheTimelineIsReadAgainAsItWasWritten(t *testing.T) {
	_, r := mixed(t)
	golden(t, "mixed.csv", func(w io.Writer) error { return WriteTimeline(w, r) })
	var b bytes.Buffer
	if err := WriteTimeline(&b, r); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTimeline(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"reboot", "settings"} {
		want := r.Timeline(i)
		for j := range want {
			want[j].P50, want[j].P99 = want[j].P50.Truncate(time.Microsecond), want[j].P99.Truncate(time.Microsecond)
		}
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: -written +read:\n%s", name, diff)
		}
	}
}

func TestATimelineThatIsNoneIsRefusedWithTheReason(t *testing.T) {
	head := strings.Join(timelineHead, ",") + "\n"
	for text, want := range map[string]string{
		"":                                    "EOF",
		"load,when\n":                         "its columns are",
		head + "a,1\n":                        "wrong number of fields",
		head + "a,0,1,x,0,0,0,0,0,0,0,0,0\n":  `line 2: due is "x"`,
		head + "a,0,1,1,-1,0,0,0,0,0,0,0,0\n": `ok is "-1"`,
	} {
		if _, err := ReadTimeline(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
