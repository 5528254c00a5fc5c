package platform

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform/broker"
)

// window is how many messages may be on their way to one device: handed to the broker and not yet written (QoS 0) or
// not yet acknowledged (QoS 1). It is below broker.DefaultConfig.PendingWrites, so the broker never has to drop one.
const window = 128

// Device is a registered device and everything that waits for it or is open with it. Its exported fields are never
// changed after AddDevice.
type Device struct {
	Registration
	Model  *Product
	Number int // from 1, in the order of registration

	dialect Dialect
	policy  Policy
	count   atomic.Uint32 // commands published; with Number it makes a Wire

	mu         sync.Mutex
	session    *broker.Session // nil while it is away
	queue      []*pending      // accepted, not published, in that order
	open       []*pending      // published, without ending
	waiting    int             // cached commands in queue
	cachedOpen int             // cached commands in open
	inFlight   int             // messages in the window
	answered   recent
	activated  bool // has been online, now or before the run
}

// pending is a command between its acceptance and its ending. The device's lock guards it.
type pending struct {
	cmd   Command
	sent  bool
	ended bool
	limit time.Time   // when the present wait is over: lifetime, longest wait in the queue, or deadline of the answer
	timer *time.Timer // fires at the limit
	done  chan Record // cap 1; the ending
}

// Status is what an API tells about a device.
type Status struct {
	Online, Activated, Disabled bool
}

// Status returns how the device stands now.
func (d *Device) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Status{Online: d.session != nil, Activated: d.activated, Disabled: d.Disabled}
}

// idle tells whether a command would be published at once: connected, and nothing cached in its way.
func (d *Device) idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session != nil && len(d.queue) == 0 && d.cachedOpen == 0
}

// findOpenLocked searches by halves: open is in the order of publishing, which is the order of Wire.
func (d *Device) findOpenLocked(w Wire) *pending {
	i, ok := slices.BinarySearchFunc(d.open, w, func(p *pending, w Wire) int { return cmp.Compare(p.cmd.Wire, w) })
	if !ok {
		return nil
	}
	return d.open[i]
}

// removeLocked takes p out of wherever it waits; one that was refused waits nowhere.
func (d *Device) removeLocked(p *pending) {
	list, cached := &d.queue, &d.waiting
	if p.sent {
		list, cached = &d.open, &d.cachedOpen
	}
	i := slices.Index(*list, p)
	if i < 0 {
		return
	}
	*list = slices.Delete(*list, i, i+1)
	if len(*list) == 0 && cap(*list) > 8 {
		*list = nil // most devices are idle mostly
	}
	if p.cmd.Mode == Cached {
		*cached--
	}
}

// recent remembers for the last 1,024 commands of a device whether it answered them, to tell a duplicate answer from
// a late one.
type recent [16]uint64

func (r *recent) note(count uint64, answered bool) {
	word, bit := &r[count/64%16], uint64(1)<<(count%64)
	*word &^= bit
	if answered {
		*word |= bit
	}
}

func (r *recent) has(count uint64) bool { return r[count/64%16]&(1<<(count%64)) != 0 }
