package bug

import (
	"regexp"
	"testing"
)

func TestNoBugIsOnUnlessItIsSwitchedOn(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, n := range Names {
		if On(n) {
			t.Errorf("%s is on", n)
		}
		if !form.MatchString(string(n)) || !Known(n) {
			t.Errorf("%q is no name of a scenario", n)
		}
	}
	if Known(None) || Known("no-such-bug") {
		t.Error("bugs are known that do not exist")
	}
}
