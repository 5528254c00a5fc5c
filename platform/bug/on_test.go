//go:build zoo

package bug

import "testing"

func TestAtMostOneBugIsOn(t *testing.T) {
	defer Switch(None)
	for _, want := range Names {
		Switch(want)
		for _, n := range Names {
			if On(n) != (n == want) {
				t.Errorf("with %s switched on, %s is %v", want, n, On(n))
			}
		}
	}
}
