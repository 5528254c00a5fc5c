package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONHasEveryKeyInAFixedOrder(t *testing.T) {
	s, _ := mixed(t)
	golden(t, "mixed.json", func(w io.Writer) error { return WriteJSON(w, s) })
	golden(t, "empty.json", func(w io.Writer) error { return WriteJSON(w, &Summary{Loads: []Load{{Name: "idle"}}}) })
}

func TestWhatWasWrittenIsReadAgain(t *testing.T) {
	s, _ := mixed(t)
	var b bytes.Buffer
	if err := WriteJSON(&b, s); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSummary(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func TestAFileThatIsNoSummaryOfThisVersionIsRefusedWithTheReason(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema": 2, "loads": "other"}`: "its schema is version 2, this program reads version 1",
		`{"name": "x"}`:                   `it has no "schema"`,
		`{"schema": 1, "loads": 3}`:       "cannot unmarshal",
		`{"schema": 1`:                    "unexpected end",
		``:                                "unexpected end",
	} {
		if _, err := ReadSummary(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
