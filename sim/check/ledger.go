// Package check keeps every fact of a run and checks the invariants that hold whatever the load, the devices and the
// faults were:
//
//	l := check.NewLedger(loads, devices)
//	platform.Config{Observe: l.Platform}      // what the platform saw
//	l.Begin(time.Now())                       // offsets count from here
//	l.Call(check.CallFact{...})               // what the callers saw; calls carry l.Tag(load, seq)
//	l.Device(check.DeviceFact{...})           // what the devices saw
//	l.Fault(check.FaultFact{...})             // what was done to them
//	w := l.Watch(check.Limits{CachedPerDevice: 50, Slack: time.Second})   // judges while the run goes on
//	results, stats := w.Close()
//	h := l.Finish()                           // facts joined to commands, in one order
//	err := h.WriteJSONL(w)
//
// ReadJSONL is the way back from a file. What a History holds is told fact by fact: Facts, Alone, All. Check and
// History.Stats judge it as a Watch does.
//
// Noting a fact is an append under the lock of a shard; everything else happens beside the run or after it. A command has
// about ten facts. While the run goes on they are nine records of 18 bytes, afterwards 40 bytes each.
package check

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
)

// Ledger takes facts. All its methods may be called concurrently.
type Ledger struct {
	shards         [shards]shard // first, and so at the beginning of a cache line
	loads, devices []string
	zero           atomic.Int64 // nanoseconds from base to Begin
	wall           time.Time    // Began
	words          words
	crashes        crashes
	full           chan struct{} // holds one when a chunk is full that the watch has not looked for; nil: nobody watches
}

// A device's facts all go to one shard, so that a shard has them in the order in which they happened.
const shards = 32

// shard is a cache line, and all that noting a fact looks at.
type shard struct {
	base time.Time // what facts of the platform are measured against until Begin is known; the same in all shards
	mu   sync.Mutex
	last packed    // the chunk that is being filled
	full *[]packed // those before it; apart, for they are seldom looked at
}

// fact is one thing that happened, as small as it can be: a history has millions. The limit of Ended is how many
// nanoseconds over its own it was, that of Fault how long it acts.
type fact struct {
	at     int64         // nanoseconds: since base for the platform's until Finish, since Begin for all others
	limit  int64         // Accepted, Recalled, Published, Received: the limit, on the scale of at, or never. Ended, Fault: above
	cmd    uint64        // platform.Tag, or byID with platform.ID; from Finish on the command's index + 1. 0 is none
	wire   platform.Wire // Accepted: the platform.ID
	device int32         // number; 0 is none
	word   uint16
	kind   Kind
	detail uint8
}

// detail of an answer is its AnswerKind; of all other facts, from the highest bit: the command is cached; three bits for its
// lane, where the platform saw it, or one that the call ended when it was accepted; four bits for the platform.State of Ended,
// the platform.Kind of Done, and for other facts of the platform the lane's platform.Serialize, whether no answer is awaited,
// and whether it is published at QoS 1.
const (
	cached   = 0x80
	lanes    = 0x70
	atOnce   = 0x10
	low      = 0x0f
	order    = 0x03
	oneWay   = 0x04
	qos1     = 0x08
	laneBits = 4

	byID  = 1 << 63
	never = math.MaxInt64
)

func (f *fact) state() platform.State     { return platform.State(f.detail & low) }
func (f *fact) outcome() platform.Kind    { return platform.Kind(f.detail & low) }
func (f *fact) isCached() bool            { return f.detail&cached != 0 }
func (f *fact) isAtOnce() bool            { return f.detail&atOnce != 0 }
func (f *fact) isOneWay() bool            { return f.detail&oneWay != 0 }
func (f *fact) order() platform.Serialize { return platform.Serialize(f.detail & order) }
func (f *fact) lane() int                 { return int(f.detail & lanes >> laneBits) }

// hasLimit tells whether limit is one.
func (k Kind) hasLimit() bool {
	return k == Accepted || k == Recalled || k == Published || k == Received
}

// NewLedger makes a ledger for loads with these names and devices with these, device number 1 being the first.
func NewLedger(loads, devices []string) *Ledger {
	l, base := &Ledger{loads: loads, devices: devices}, time.Now()
	for i := range l.shards {
		l.shards[i] = shard{base: base, full: new([]packed)}
	}
	return l
}

func (l *Ledger) base() time.Time { return l.shards[0].base }

func (l *Ledger) shard(device int32) *shard { return &l.shards[uint32(device)%shards] }

// Begin sets the moment from which the offsets of all facts count. What the platform saw before it gets negative ones.
// Without it they count from NewLedger.
func (l *Ledger) Begin(at time.Time) { l.zero.Store(int64(at.Sub(l.base()))) }

// Began says what the wall clock showed at Begin, which the history tells. It comes before Finish; without it nobody knows.
func (l *Ledger) Began(at time.Time) { l.wall = at.Round(0).UTC() }

// Tag is the reference that call seq of a load carries to the platform: (load+1)<<40 | seq+1.
func (l *Ledger) Tag(load int, seq uint64) platform.Tag { return tag(load, seq) }

func tag(load int, seq uint64) platform.Tag { return platform.Tag(uint64(load+1)<<40 | seq + 1) }

// Untag is the inverse of Tag. It is false for a tag that cannot be of these loads.
func (l *Ledger) Untag(t platform.Tag) (load int, seq uint64, ok bool) { return untag(t, len(l.loads)) }

func untag(t platform.Tag, loads int) (load int, seq uint64, ok bool) {
	load, seq = int(t>>40)-1, uint64(t&(1<<40-1))-1
	return load, seq, load >= 0 && load < loads && t&(1<<40-1) != 0
}

func (l *Ledger) names() names {
	return names{loads: l.loads, devices: l.devices, words: &l.words, crashes: &l.crashes}
}

// add notes a fact, or two at once.
func (l *Ledger) add(f *fact, joined bool) {
	if f.kind == Fault && f.device == 0 {
		l.crashes.note(f, l.words.text(f.word))
	}
	sh := l.shard(f.device)
	sh.mu.Lock()
	if !sh.last.hasRoom() {
		l.nextLocked(sh)
	}
	sh.last = sh.last.add(f, joined)
	sh.mu.Unlock()
}

// nextLocked gives a shard a new chunk.
func (l *Ledger) nextLocked(sh *shard) {
	if sh.last != nil {
		*sh.full = append(*sh.full, sh.last)
	}
	sh.last = make(packed, 0, chunkBytes)
	select {
	case l.full <- struct{}{}:
	default: // nobody watches, or will look anyway
	}
}
