package platform_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

// A device may have a command before the platform has noted that. One that knew it by its ID was told that there is no
// deadline, sometimes, and answered in time what it was to answer at the edge.
func TestADeviceThatAsksForADeadlineBeforeItsCommandIsNotedIsToldIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type answer struct {
			at time.Time
			ok bool
		}
		told := make(chan answer, 1)
		p := &post{lanes: []platform.Lane{{}}}
		o := newOffice(t, p)
		p.shaped = func(c platform.Command) {
			go func() {
				at, ok := o.Platform.Deadline(0, c.ID)
				told <- answer{at, ok}
			}()
			for range 1000 {
				runtime.Gosched() // it asks, and then waits for the device's lock
			}
		}
		o.Connect(0)
		c := platform.Command{Device: dialecttest.Address(0), Service: "ring", Timeout: 5 * time.Second}
		o.submit(c)
		if a := <-told; !a.ok || time.Until(a.at) != c.Timeout {
			t.Errorf("deadline in %v, %v; want in %v", time.Until(a.at), a.ok, c.Timeout)
		}
	})
}
