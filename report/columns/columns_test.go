package columns

import (
	"slices"
	"strings"
	"testing"
)

func TestTextIsFoldedAtBlanksAndLongWordsAtTheirJoints(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 10, []string{""}},
		{"an answer in time", 17, []string{"an answer in time"}},
		{"an answer in time", 16, []string{"an answer in", "time"}},
		{"timeout iot.messagebroker.TIMEOUT", 18, []string{"timeout", "iot.messagebroker.", "TIMEOUT"}},
		{"äöüäöü", 4, []string{"äöüä", "öü"}},
	} {
		if got := Fold(c.text, c.n); !slices.Equal(got, c.want) {
			t.Errorf("Fold(%q, %d): got %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestCellsAreFilledByLettersNotBytes(t *testing.T) {
	if got, want := Left("ö", 3)+Right("ü", 3)+Left("toolong", 3), "ö    ütoolong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestABarShowsWhatIsNotNothing(t *testing.T) {
	for share, want := range map[float64]string{0: "", 1e-9: "▏", 0.5: strings.Repeat("█", 4), 0.55: "████▍", 1: strings.Repeat("█", 8)} {
		if got := Bar(share, 8); got != want {
			t.Errorf("Bar(%v, 8): got %q, want %q", share, got, want)
		}
	}
}
