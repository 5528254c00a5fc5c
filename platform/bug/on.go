//go:build zoo

package bug

import (
	"fmt"
	"os"
	"sync/atomic"
)

// Built tells whether bugs can be switched on in this binary.
const Built = true

var present atomic.Value // Name

func init() {
	n := Name(os.Getenv(Variable))
	if n != None && !Known(n) {
		fmt.Fprintf(os.Stderr, "%s=%s: no such bug; there are %v\n", Variable, n, Names)
		os.Exit(2)
	}
	present.Store(n)
}

// On tells whether a bug is on.
func On(n Name) bool { return present.Load() == n }

// Switch lets one bug be on, or with None no bug. No platform and no device may be running.
func Switch(n Name) { present.Store(n) }
