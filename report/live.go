package report

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Live is how a load stands while it runs. It is for progress bars: its parts are read one after another, and P99 is
// right to 7%.
type Live struct {
	Due     int64 // arrivals so far
	Open    int64 // sent or about to be, not over
	OK      int64
	NotOK   int64 // over, with any other outcome; dropped ones are among them
	Dropped int64
	P99     time.Duration // of latency, from due to done; 0 before the first
}

// live counts without a lock.
type live struct {
	due, ok, notOK, dropped atomic.Int64
	latency                 [coarse]atomic.Uint32
}

// A coarse bucket is a sixteenth of a power of two of microseconds; 32 powers are more than an hour.
const (
	coarseBits = 4
	coarse     = 33 << coarseBits
)

func coarseIndex(us uint64) int {
	if us < 1<<coarseBits {
		return int(us)
	}
	power := bits.Len64(us) - 1 - coarseBits
	return min(power<<coarseBits+int(us>>power), coarse-1)
}

// coarseEnd is the largest number of microseconds in a bucket.
func coarseEnd(i int) uint64 {
	if i < 1<<coarseBits {
		return uint64(i)
	}
	power := i>>coarseBits - 1
	return uint64(i-power<<coarseBits+1)<<power - 1
}

func (l *live) add(s Sample) {
	switch s.Outcome {
	case OK:
		l.ok.Add(1)
	case Dropped:
		l.notOK.Add(1)
		l.dropped.Add(1)
		return
	default:
		l.notOK.Add(1)
	}
	l.latency[coarseIndex(uint64(max(micros(s.Done-s.Due), 0)))].Add(1)
}

func (l *live) read() Live {
	v := Live{OK: l.ok.Load(), NotOK: l.notOK.Load(), Dropped: l.dropped.Load(), P99: l.p99()}
	v.Due = max(l.due.Load(), v.OK+v.NotOK)
	v.Open = v.Due - v.OK - v.NotOK
	return v
}

func (l *live) p99() time.Duration {
	var counts [coarse]uint64
	var all uint64
	for i := range l.latency {
		counts[i] = uint64(l.latency[i].Load())
		all += counts[i]
	}
	rank := (all*99 + 99) / 100
	var sum uint64
	for i, n := range counts {
		if sum += n; n > 0 && sum >= rank {
			return time.Duration(coarseEnd(i)) * time.Microsecond
		}
	}
	return 0
}
