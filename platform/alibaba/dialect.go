// Package alibaba is the Alibaba Cloud IoT dialect: the API 2018-01-20 over HTTP with InvokeThingService in its centre,
// and the Alink protocol over MQTT, both sides of each. On the platform's side:
//
//	d := alibaba.New(alibaba.DefaultConfig)
//	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{d}})
//
// and the API is served at /. Whether a call waits for the device is not the caller's choice: the service's thing model
// says it (platform.Model.Async, ParseTSL), and for a product without one, which is verification-free, Config.Unmodelled.
// An application is an HTTPCaller, or a DirectCaller where HTTP is not wanted; a device's messages are a Codec's.
//
// A device that connects with clean session 0 gets what it has not acknowledged once more, with the same packet ids and
// Alink ids. All the same the CONNACK says that no session is present: what a device has subscribed to is not kept, and a
// client that is told otherwise would not subscribe again.
//
// The files: api.go takes calls and params.go reads them, auth.go and sign.go prove who calls, rate.go limits them;
// invoke.go is the call that all is about, neighbours.go and query.go the others, answer.go and errors.go say how a call
// ended; login.go, topic.go and wire.go are the platform's MQTT side, device.go the device's; caller.go is the
// application; tsl.go reads thing models.
package alibaba

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
)

// Name is what products and scenarios call this dialect.
const Name = "alibaba"

// What the fields of Config can be.
const (
	AuthStrict = "strict" // every call is signed
	AuthOff    = "off"    // everybody may call

	Accept = "accept" // AsyncOffline: the call succeeds and the message is lost
	Reject = "reject" // AsyncOffline: the call fails as a synchronous one does

	Async = "async" // Unmodelled
	Sync  = "sync"  // Unmodelled
)

// Config decides what the vendor's pages leave open, and how much one call may take. It is dead after New.
type Config struct {
	Auth           string        // AuthStrict, AuthOff; empty is AuthStrict
	CheckTime      bool          // a signature's time must be within 15 minutes of now
	CheckNonce     bool          // a signature's nonce must be new within 15 minutes
	DisabledKeys   []string      // access keys that exist and may not call
	Instance       string        // IotInstanceId that calls must name; empty: they may name any or none
	Unmodelled     string        // how services without a thing model are called: Async or Sync; empty is Async
	AsyncOffline   string        // an asynchronous call at QoS 0 to an absent device: Accept or Reject; empty is Accept
	SyncTimeout    time.Duration // of a synchronous call, from publishing
	AsyncTimeout   time.Duration // after which an unanswered asynchronous call is given up; 0: never
	QPS            int           // calls of InvokeThingService per second and account; 0: no limit
	BatchQPS       int           // of InvokeThingsService; 0: no limit
	RRpcQPS        int           // of RRpc; 0: no limit
	Kept           int           // unacknowledged calls at QoS 1 that wait for a device; the oldest make room
	KeptFor        time.Duration // how long one may wait
	KeepAliveCheck bool          // a device whose keep-alive is below 30 s is refused, and above 1,200 s it is that
	MaxBody        int64         // bytes of a request's body
	MaxArgs        int           // bytes of Args
}

// DefaultConfig is the platform as its documents tell it.
var DefaultConfig = Config{
	Auth:         AuthStrict,         // the gateway checks every call
	Unmodelled:   Async,              // a verification-free product is called asynchronously
	AsyncOffline: Accept,             // the vendor reports the loss to the server-side subscription, not to the caller
	SyncTimeout:  8 * time.Second,    // "if no response is returned within 8 seconds"
	QPS:          500,                // per account, all its keys together
	BatchQPS:     10,                 // its own budget
	RRpcQPS:      1000,               // its own budget
	Kept:         50,                 // the pages do not say
	KeptFor:      7 * 24 * time.Hour, // nor this
	MaxBody:      1 << 20,            // the longest Args with every byte escaped
	MaxArgs:      256 << 10,          // a device takes no longer message
}

// Dialect implements platform.Dialect. One Dialect serves one platform.
type Dialect struct {
	cfg      Config
	svc      *platform.Service // of the platform, from Routes on
	sessions sync.Map          // *platform.Device to clean session, a bool, of its last connection
	misfits  atomic.Uint64
}

// New makes the dialect. Fields of cfg that are zero are taken from DefaultConfig, but for the limits per second, which
// are off at 0, and AsyncTimeout.
func New(cfg Config) *Dialect { return &Dialect{cfg: cfg.filled()} }

// filled is the configuration without zeros that would mean nothing.
func (c Config) filled() Config {
	def := DefaultConfig
	for _, f := range []struct{ to, from *string }{
		{&c.Auth, &def.Auth}, {&c.Unmodelled, &def.Unmodelled}, {&c.AsyncOffline, &def.AsyncOffline},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if c.SyncTimeout <= 0 {
		c.SyncTimeout = def.SyncTimeout
	}
	if c.KeptFor <= 0 {
		c.KeptFor = def.KeptFor
	}
	if c.Kept <= 0 {
		c.Kept = def.Kept
	}
	if c.MaxBody <= 0 {
		c.MaxBody = def.MaxBody
	}
	if c.MaxArgs <= 0 {
		c.MaxArgs = def.MaxArgs
	}
	return c
}

// Name is the constant Name.
func (d *Dialect) Name() string { return Name }

// The lanes of a device.
const (
	laneNow  = iota // what is not kept: synchronous calls, calls at QoS 0, calls to a session that ends with its connection
	laneKept        // calls at QoS 1 of a session that outlives its connection
)

// Lanes are two: nothing waits for anything's ending, and what is kept comes again when the device does, never by time.
func (d *Dialect) Lanes() []platform.Lane {
	now := platform.Lane{Serialize: platform.SerializeNone}
	kept := platform.Lane{Limit: d.cfg.Kept, Overflow: platform.DropOldest, Serialize: platform.SerializeNone,
		Resend: platform.Resend{OnReturn: true}}
	return []platform.Lane{laneNow: now, laneKept: kept}
}

// Routes registers the API: one path for all.
func (d *Dialect) Routes(mux *http.ServeMux, s *platform.Service) {
	d.svc = s
	a := newAPI(d)
	mux.HandleFunc("/{$}", a.serve)
}

// Misfits counts answers of devices whose data did not fit their thing model. They are passed on all the same.
func (d *Dialect) Misfits() uint64 { return d.misfits.Load() }
