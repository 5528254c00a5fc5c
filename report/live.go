package report

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Live is how a load stands while it runs. Its parts are read one after another, without a lock, and P99 is right to 5%
// and no longer than the longest.
type Live struct {
	Due     int64 // arrivals so far
	Open    int64 // sent or about to be, not over
	OK      int64
	NotOK   int64 // over, with any other outcome; dropped ones are among them
	Dropped int64
	P99     time.Duration // of latency, from due to done; 0 before the first
}

// Ending is how calls ended: an outcome, and the vendor's code or none.
type Ending struct {
	Outcome Outcome
	Code    string
}

// Pulse is more of a load than Live, for who watches from far away.
type Pulse struct {
	Due     int64
	Open    int64
	Endings map[Ending]int64
	Latency Buckets       // from due to done, of all but the dropped
	Lag     time.Duration // of the call that was over last
}

// Buckets count durations by size: those at index i are above 2^((i-1)/16) s and at most 2^(i/16) s, as in a native
// histogram of Prometheus with the schema BucketSchema. What is below a microsecond or above an hour and a half is
// counted at that end.
type Buckets struct {
	Zero   int64 // durations of nothing, as the virtual clock has them
	Counts map[int]int64
	Sum    time.Duration
}

// BucketSchema says that a power of two has 16 buckets.
const BucketSchema = 4

const (
	perOctave   = 1 << BucketSchema
	lowBucket   = -20 * perOctave // ends at 2^-20 s, which is 0.95 µs
	highBucket  = 13 * perOctave  // ends at 2^13 s, which is 2.3 h
	liveBuckets = highBucket - lowBucket + 1
)

// bounds are the ends of an octave's buckets, from the end of the octave before.
var bounds = func() (b [perOctave]float64) {
	for i := range b {
		b[i] = math.Exp2(float64(i)/perOctave - 1)
	}
	return b
}()

// bucketOf is the index of the bucket of a duration above 0.
func bucketOf(d time.Duration) int {
	part, octave := math.Frexp(d.Seconds())
	i := 0 // of the first bound that is not below part
	for step := perOctave / 2; step > 0; step /= 2 {
		if bounds[i+step-1] < part {
			i += step
		}
	}
	if bounds[i] < part {
		i++
	}
	return min(max(i+(octave-1)*perOctave, lowBucket), highBucket)
}

// bucketEnd is the longest duration in a bucket.
func bucketEnd(i int) time.Duration {
	return time.Duration(math.Exp2(float64(i)/perOctave) * float64(time.Second))
}

// live counts without a lock, but for the first ending of a kind.
type live struct {
	due, ok, notOK, dropped atomic.Int64
	zero, sum, lag, longest atomic.Int64 // but zero in nanoseconds
	latency                 [liveBuckets]atomic.Uint32
	endings                 atomic.Pointer[map[Ending]*atomic.Int64] // never changed, only replaced
	usual                   atomic.Pointer[tally]                    // the first kind of success: most calls end so

	adding sync.Mutex // who replaces endings
}

// tally counts one ending.
type tally struct {
	Ending
	n *atomic.Int64
}

// mostEndings bounds what a platform can make this program remember with ever new codes.
const mostEndings = 200

func (l *live) add(s Sample) {
	l.ending(Ending{s.Outcome, s.Code}).Add(1)
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
	d := max(s.Done-s.Due, 0)
	l.sum.Add(int64(d))
	l.lag.Store(int64(s.Sent - s.Due))
	if d == 0 {
		l.zero.Add(1)
		return
	}
	for old := l.longest.Load(); int64(d) > old && !l.longest.CompareAndSwap(old, int64(d)); {
		old = l.longest.Load()
	}
	l.latency[bucketOf(d)-lowBucket].Add(1)
}

// ending returns the counter of an ending.
func (l *live) ending(e Ending) *atomic.Int64 {
	if u := l.usual.Load(); u != nil && u.Ending == e {
		return u.n
	}
	if known := l.endings.Load(); known != nil {
		if n := (*known)[e]; n != nil {
			if e.Outcome == OK && l.usual.Load() == nil {
				l.usual.Store(&tally{e, n})
			}
			return n
		}
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	known := map[Ending]*atomic.Int64{}
	if before := l.endings.Load(); before != nil {
		known = maps.Clone(*before)
	}
	if len(known) >= mostEndings {
		e.Code = "other"
	}
	if known[e] == nil {
		known[e] = new(atomic.Int64)
		l.endings.Store(&known)
	}
	return known[e]
}

func (l *live) read() Live {
	v := Live{OK: l.ok.Load(), NotOK: l.notOK.Load(), Dropped: l.dropped.Load(), P99: l.p99()}
	v.Due = max(l.due.Load(), v.OK+v.NotOK)
	v.Open = v.Due - v.OK - v.NotOK
	return v
}

func (l *live) p99() time.Duration {
	var counts [liveBuckets]uint64
	zero := uint64(l.zero.Load())
	all := zero
	for i := range l.latency {
		counts[i] = uint64(l.latency[i].Load())
		all += counts[i]
	}
	rank := (all*99 + 99) / 100
	sum := zero
	for i, n := range counts {
		if sum += n; n > 0 && sum >= rank {
			return min(bucketEnd(i+lowBucket), time.Duration(l.longest.Load()))
		}
	}
	return 0
}

func (l *live) pulse() Pulse {
	v := l.read()
	p := Pulse{Due: v.Due, Open: v.Open, Endings: map[Ending]int64{}, Lag: time.Duration(l.lag.Load()),
		Latency: Buckets{Zero: l.zero.Load(), Counts: map[int]int64{}, Sum: time.Duration(l.sum.Load())}}
	for i := range l.latency {
		if n := l.latency[i].Load(); n > 0 {
			p.Latency.Counts[i+lowBucket] = int64(n)
		}
	}
	if known := l.endings.Load(); known != nil {
		for e, n := range *known {
			p.Endings[e] = n.Load()
		}
	}
	return p
}
