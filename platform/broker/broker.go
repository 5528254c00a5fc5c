// Package broker is the MQTT broker that devices connect to, behind a small surface.
//
//	b := broker.New(broker.DefaultConfig, owner) // owner decides on logins and gets what devices say
//	go b.Serve(listener)                         // one call for each listener; TCP, TLS or in memory
//	s.Publish(broker.Message{...})               // s came to owner.Online
//	b.Close(ctx)                                 // DISCONNECT to all; every session has been Offline when it returns
//
// Inside, mochi-mqtt reads, checks and answers packets. What it does not do is queue: messages for devices go through a
// session's own outbox (see outbox), and nothing is ever routed from device to device. Its event loop, its listeners
// and its sessions of disconnected devices are not used at all.
//
// Note: publishing through mochi's InjectPacket looks natural. It costs a subscription tree and a queue of pointers a
// device, drops without telling whom, shares one table of packet ids between both directions (a device's own QoS 1
// message makes it forget the command with the same id), and writes to the network under a mutex.
package broker

import (
	"log/slog"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// Config sizes a broker. It is not read again after New.
type Config struct {
	// PendingWrites is how many messages for one device may wait to be written. The owner's window of unacknowledged
	// messages a device is smaller, so that ErrNoRoom means a device that does not read.
	PendingWrites int
	// MaxPacket is the largest packet taken from a device, in bytes; a larger one ends its connection.
	MaxPacket int
	// MaxSubscriptions is how many topic filters a device may have subscribed to; the next one is refused. 0 is any.
	MaxSubscriptions int
	// ReadBuffer is bytes a device, for as long as it is connected. Larger packets are read in one piece beside it.
	ReadBuffer int
	// MaxOutbox is how many bytes may wait for a device that floods without reading its acknowledgements, before its
	// connection is cut.
	MaxOutbox int
	// MaxConnections is how many devices may be connected; the next one is told that the server is busy. One that is
	// connected may always replace its connection.
	MaxConnections int
	// ConnectTimeout is how long a connection may take to send its CONNECT.
	ConnectTimeout time.Duration
	// WriteTimeout is how long one write to a device may take before its connection is cut.
	WriteTimeout time.Duration
	// Farewell is how long a session that is being closed has to take its last packets.
	Farewell time.Duration
	// Logger gets mochi's log without packets. nil logs nothing.
	Logger *slog.Logger
}

// DefaultConfig is the Config to copy.
var DefaultConfig = Config{
	PendingWrites: 160,           // above the platform's window of 128
	MaxPacket:     1<<20 + 4<<10, // the largest message that a vendor takes from a device is 1 MB
	// Vendors' pages say 50 and 100 for a connection.
	MaxSubscriptions: 100,
	ReadBuffer:       512,              // a reply with its topic has some 300 bytes: one read
	MaxOutbox:        1 << 20,          // 200,000 acknowledgements
	MaxConnections:   math.MaxInt32,    // open files are the limit, and said elsewhere
	ConnectTimeout:   10 * time.Second, // a device over a slow mobile network needs two or three
	WriteTimeout:     10 * time.Second, // less than the shortest usual keep-alive times 1.5
	Farewell:         time.Second,      // a DISCONNECT fits any live connection's buffer at once
}

// Broker serves devices on behalf of an Owner.
type Broker struct {
	cfg    Config
	owner  Owner
	writes Witness // the owner, or nil
	server *mqtt.Server
	serial atomic.Uint64 // of connections
	count  counters

	mu       sync.Mutex
	closing  bool
	stop     chan struct{}  // closed when closing
	empty    chan struct{}  // closed when closing and conns is empty
	conns    map[*conn]bool // open
	sessions map[seat]*Session
	seats    map[any]int    // how many of sessions each Grant.Owner has
	accepts  []net.Listener // all that were ever served
}

// New returns a broker that serves nobody yet.
func New(cfg Config, owner Owner) *Broker {
	b := &Broker{
		cfg: cfg, owner: owner,
		server:   mqtt.New(options(cfg)),
		stop:     make(chan struct{}),
		empty:    make(chan struct{}),
		conns:    map[*conn]bool{},
		sessions: map[seat]*Session{},
		seats:    map[any]int{},
	}
	b.writes, _ = owner.(Witness)
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		panic(err) // only a hook's own Init can fail, and ours has none
	}
	return b
}

// options are mochi's. What it could keep for a device that is away is switched off, and so are its own queues.
func options(cfg Config) *mqtt.Options {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumClients = math.MaxInt64 // see claim: mochi would count before it is known whose connection it is
	c.MaximumPacketSize = uint32(cfg.MaxPacket)
	c.MaximumClientWritesPending = 0   // nothing goes through mochi's queue: see outbox
	c.MaximumSessionExpiryInterval = 0 // every session ends with its connection, and CONNACK says so
	c.MaximumMessageExpiryInterval = 0 // or it stamps one on every packet
	c.MaximumQos = 1                   // as the vendors' platforms
	c.RetainAvailable = 0
	c.SharedSubAvailable = 0
	c.TopicAliasMaximum = 0 // aliases are resolved after the check of what the device may do
	c.Compatibilities.NoInheritedPropertiesOnAck = true
	return &mqtt.Options{
		Capabilities:             c,
		ClientNetReadBufferSize:  cfg.ReadBuffer,
		ClientNetWriteBufferSize: 1, // never buffers: the outbox does
		Logger:                   discreet(cfg.Logger),
	}
}

// Stats counts since New, but for Connected, which is now.
type Stats struct {
	Connected        int64
	Refused          uint64 // connections that never came online, for whatever reason
	DeniedPublishes  uint64 // by Grant.May
	DeniedSubscribes uint64
	Dropped          uint64 // messages that Publish had no room for
}

type counters struct {
	connected                                           atomic.Int64
	refused, deniedPublishes, deniedSubscribes, dropped atomic.Uint64
}

// Stats may be called at any time.
func (b *Broker) Stats() Stats {
	return Stats{
		Connected:        b.count.connected.Load(),
		Refused:          b.count.refused.Load(),
		DeniedPublishes:  b.count.deniedPublishes.Load(),
		DeniedSubscribes: b.count.deniedSubscribes.Load(),
		Dropped:          b.count.dropped.Load(),
	}
}
