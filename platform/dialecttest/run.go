package dialecttest

import (
	"testing"
	"testing/synctest"

	"fleetdrill/platform"
)

// Run runs every case, each in a bubble of its own. A case that the vendor has nothing for is skipped, and says why.
func Run(t *testing.T, h Harness) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range c.needs {
				if _, ok := h.Codes[err]; !ok {
					t.Skipf("the vendor has no code for: %v", err)
				}
			}
			if c.with != nil && !c.with(&h) {
				t.Skip("the vendor has no such thing")
			}
			synctest.Test(t, func(t *testing.T) { c.run(NewWorld(t, h)) })
		})
	}
}

// testCase is something that every dialect does; its name is a sentence.
type testCase struct {
	name  string
	needs []error             // that the vendor has codes for
	with  func(*Harness) bool // whether the vendor has what it is about; nil: always
	run   func(*World)
}

func keeps(h *Harness) bool     { return h.Cache != nil }
func refusing(h *Harness) bool  { return keeps(h) && h.Cache.Overflow == platform.RefuseNew }
func replacing(h *Harness) bool { return keeps(h) && h.Cache.Overflow == platform.DropOldest }
func serial(h *Harness) bool    { return keeps(h) && h.Cache.Serial }
func shared(h *Harness) bool    { return serial(h) && h.Cache.Shared }
func mortal(h *Harness) bool    { return keeps(h) && h.Cache.Lifetime > 0 }
func custom(h *Harness) bool    { return h.Custom }
func garbage(h *Harness) bool   { return len(h.Garbage) > 0 }
func proven(h *Harness) bool    { return h.Denied != [2]string{} }
func raw(h *Harness) bool       { return h.Raw != nil }
