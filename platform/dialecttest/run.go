package dialecttest

import (
	"testing"
	"testing/synctest"
)

// Run runs every case, each in a bubble of its own. A case whose vendor has no such ending (Harness.Codes lacks it) is
// left out.
func Run(t *testing.T, h Harness) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range c.needs {
				if _, ok := h.Codes[err]; !ok {
					t.Skipf("the vendor has no code for: %v", err)
				}
			}
			synctest.Test(t, func(t *testing.T) { c.run(NewWorld(t, h)) })
		})
	}
}

// testCase is something that every dialect does; its name is a sentence.
type testCase struct {
	name  string
	needs []error
	run   func(*World)
}
