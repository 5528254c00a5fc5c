package sim

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

var sink [][]byte

func TestTheHarnessIsMeasuredOnTheWallClockInVirtualTimeToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := used()
		time.Sleep(time.Hour)
		h := used().since(before)
		if h.Wall <= 0 || h.Wall > 60 {
			t.Errorf("wall time of a virtual hour: got %v s, want more than 0 and far less than an hour", h.Wall)
		}
	})
}

func TestTheHarnessSeesItsOwnWorkAndTheCollectorsPauses(t *testing.T) {
	before := used()
	for begin := used().cpu; used().cpu-begin < 20*time.Millisecond; { // until 20 ms are worked, however long that takes
	}
	runtime.GC()
	h := used().since(before)
	if worked := h.CPUShare * h.Wall * float64(runtime.GOMAXPROCS(0)); h.CPUShare <= 0 || h.CPUShare > 1 || worked < 0.0199 && h.CPUShare < 1 {
		t.Errorf("cpu share %v over %v s: that is %v s of work, want at least 20 ms", h.CPUShare, h.Wall, worked)
	}
	if h.GCPauseMax <= 0 {
		t.Errorf("longest pause after a collection: got %d µs, want more than 0", h.GCPauseMax)
	}
}

func TestMemoryCountsWhatIsHeld(t *testing.T) {
	before := memory()
	for range 64 {
		sink = append(sink, make([]byte, 1<<20))
	}
	held := memory() - before
	sink = nil
	if held < 60<<20 || held > 90<<20 {
		t.Errorf("64 MiB held: got %d bytes", held)
	}
}
