package sim

import (
	"runtime"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"

	"fleetdrill/report"
)

// usage is what the process has used up to a moment of the wall clock. It asks the system for the time, because
// package time would tell the virtual one in a run that has one.
type usage struct {
	wall, cpu time.Duration
	pauses    []uint64 // of the collector, by bucket
	bounds    []float64
}

func used() usage {
	m := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(m)
	u := usage{wall: clock(unix.CLOCK_MONOTONIC), cpu: clock(unix.CLOCK_PROCESS_CPUTIME_ID)}
	if m[0].Value.Kind() == metrics.KindFloat64Histogram {
		h := m[0].Value.Float64Histogram()
		u.pauses, u.bounds = append(u.pauses, h.Counts...), h.Buckets
	}
	return u
}

func clock(id int32) time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(id, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// since is what was used between an earlier moment and this one: the process's share of all cores, the wall time, and
// the longest pause of the collector, rounded up to its bucket's end (at most an eighth too long).
func (u usage) since(before usage) report.Harness {
	h := report.Harness{Wall: (u.wall - before.wall).Seconds()}
	if wall := u.wall - before.wall; wall > 0 {
		h.CPUShare = min(1, float64(u.cpu-before.cpu)/float64(wall)/float64(runtime.GOMAXPROCS(0)))
	}
	for i := range u.pauses {
		if i < len(before.pauses) && u.pauses[i] > before.pauses[i] {
			h.GCPauseMax = int64(min(u.bounds[i+1], 3600)*1e6 + 0.5)
		}
	}
	return h
}

// sample is the process at a moment of the run.
func (u usage) sample(before usage, at time.Duration) report.MachineSample {
	h := u.since(before)
	m := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(m)
	return report.MachineSample{At: seconds(at), CPU: rounded(h.CPUShare), Heap: int64(m[0].Value.Uint64()), Stacks: int64(m[1].Value.Uint64()),
		Goroutines: int64(runtime.NumGoroutine()), GCPause: h.GCPauseMax}
}

// memory is the heap and the stacks in use, in bytes, after a collection.
func memory() int64 {
	runtime.GC()
	m := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(m)
	var sum uint64
	for _, s := range m {
		sum += s.Value.Uint64()
	}
	return int64(sum)
}
