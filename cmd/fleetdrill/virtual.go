package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
)

// inVirtualTime runs inside in a bubble whose clock jumps to the next event as soon as everybody waits, then runs
// outside on the real clock, and ends the process with its result. It does not return.
//
// The standard library opens a bubble for tests alone, so this is a test: one, in this binary, run by testing.Main.
// Everything that inside starts must have ended when it returns. It must not wait for anything that happens outside:
// no sockets, no channels from before; what outside wants to say, it says in atomics that inside polls.
func inVirtualTime(inside func(), outside func(failure error) int) {
	asTest(func(t *testing.T) int { return outside(bubble(t, inside)) })
}

// inBubbles runs body, which may open bubbles, also at once, and ends the process with its result. It does not
// return. After a bubble that failed there may be goroutines left that wait for ever.
func inBubbles(body func(open func(inside func()) error) int) {
	asTest(func(t *testing.T) int {
		return body(func(inside func()) error { return bubble(t, inside) })
	})
}

func asTest(body func(*testing.T) int) {
	testing.Init()
	flag.CommandLine.Parse(nil) // or testing.Main reads our arguments
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "drill", F: func(t *testing.T) {
		// To return is to print PASS on stdout, behind the results.
		os.Exit(body(t))
	}}}, nil, nil)
}

func bubble(t *testing.T, inside func()) (failure error) {
	defer func() {
		if p := recover(); p != nil {
			failure = fmt.Errorf("the drill broke: %v", p)
		}
	}()
	synctest.Test(t, func(*testing.T) { inside() })
	return nil
}

// settle waits until nothing more can happen at this virtual instant.
func settle() { synctest.Wait() }
