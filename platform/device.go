package platform

import (
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform/broker"
)

// window is how many messages may be on their way to one device: handed to the broker and not yet written (QoS 0) or
// not yet acknowledged (QoS 1). It is below broker.DefaultConfig.PendingWrites, so the broker has room for each, unless
// a gateway stands for many.
const window = 128

// Device is a registered device and everything that waits for it or is open with it. Its exported fields are never
// changed after AddDevice; what can change is told by Credentials and Status.
type Device struct {
	Address
	Alias  string
	Parent *Device // its gateway: it has no connection of its own, and is online as the gateway is; nil for most
	Model  *Product
	Number int // from 1, in the order of registration

	dialect Dialect
	watcher Watcher       // the dialect, or nil
	count   atomic.Uint64 // commands published; with Number it makes a Wire
	crowded atomic.Bool   // of a gateway: a device of its family waits for room in the session

	presence sync.Mutex // taken before mu, by what brings a device and its children online or away
	children []*Device  // guarded by presence

	mu              sync.Mutex
	session         *broker.Session // nil while it is away; of a child, its gateway's
	gone            *broker.Session // found gone in a run that is made again: nothing more is published to it
	lanes           []lane
	inFlight        int // messages in the window
	answered        recent
	secret, second  string
	disabled        bool
	removed         bool
	activated       bool // has been online, now or before the run
	activatedAt     time.Time
	online, offline time.Time // the last times it came and went; zero: never
	since           time.Time // of the last change of anything that Status tells
}

// pending is a command between its acceptance and its ending. The device's lock guards it.
type pending struct {
	cmd      Command
	lane     *lane
	order    Serialize // of its lane: facts tell it, and the lane is far away in memory
	qos      byte      // of its message, once it is sent
	sent     bool
	received bool   // its message has left
	recalled bool   // it has been sent to an earlier session
	packet   uint16 // the packet id that it had there
	queued   bool   // it waits, and has not had its turn
	unheard  bool   // its turn has come, and it waits for the device to subscribe to its topic
	ended    bool
	expiry   time.Time   // the end of a cached command's lifetime; zero: none
	limit    time.Time   // when the present wait is over: lifetime, longest wait in the queue, or deadline; zero: never
	timer    *time.Timer // fires at the limit
	repeat   *repeat     // nil unless its message may be sent again
	done     chan Record // cap 1; the ending
}

// Status is what an API tells about a device.
type Status struct {
	Online, Activated, Disabled bool
	Since                       time.Time // of the last change; the registration, if there was none
	LastOnline, LastOffline     time.Time // when it last came and last went; zero: not since the platform's start
	ActivatedAt                 time.Time // its first coming; zero: never, or before the platform's start
}

// Status returns how the device stands now.
func (d *Device) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Status{Online: d.session != nil, Activated: d.activated, Disabled: d.disabled, Since: d.since,
		LastOnline: d.online, LastOffline: d.offline, ActivatedAt: d.activatedAt}
}

// Credentials returns the device's secrets, the second of which most vendors do not have.
func (d *Device) Credentials() (secret, second string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.secret, d.second
}

// idleLocked tells whether a command would be published at once: connected, and nothing in its way.
func (d *Device) idleLocked(lane int) bool {
	l := &d.lanes[lane]
	return d.session != nil && len(l.queue) == 0 && !l.blocked()
}

// head is the device whose session the device's messages go to.
func (d *Device) head() *Device {
	if d.Parent != nil {
		return d.Parent
	}
	return d
}

// findOpenLocked returns the open command with a number on the wire, or nil.
func (d *Device) findOpenLocked(w Wire) *pending {
	for i := range d.lanes {
		if p := d.lanes[i].find(w); p != nil {
			return p
		}
	}
	return nil
}

// nextWireLocked returns the next number on the wire. When all have been used it leaves out those that still are.
func (d *Device) nextWireLocked() Wire {
	for {
		n := d.count.Load()
		w := Wire(d.Number)*WireStride + Wire(n%wires) + 1
		if n < wires || !d.usesLocked(w) {
			return w
		}
		d.count.Add(1)
	}
}

// usesLocked tells whether a command without ending has that number, on its way or called back.
func (d *Device) usesLocked(w Wire) bool {
	for i := range d.lanes {
		for _, p := range d.lanes[i].queue {
			if p.cmd.Wire == w {
				return true
			}
		}
	}
	return d.findOpenLocked(w) != nil
}

// longestOpenLocked returns the open command of the first lane that has waited longest for its answer, or nil.
func (d *Device) longestOpenLocked() *pending {
	if open := d.lanes[0].open; len(open) > 0 {
		return open[0]
	}
	return nil
}

// allLocked returns all commands without ending: those that are open last.
func (d *Device) allLocked() []*pending {
	var all []*pending
	for i := range d.lanes {
		all = append(all, d.lanes[i].queue...)
	}
	for i := range d.lanes {
		all = append(all, d.lanes[i].open...)
	}
	return all
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
