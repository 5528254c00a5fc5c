// Package huawei is the Huawei Cloud IoTDA dialect: the application API v5, status push to an application's URL, and
// the MQTT device protocol, both sides of each. On the platform's side:
//
//	d := huawei.New(huawei.DefaultConfig)
//	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{d}})
//	defer p.Close(ctx) // what has not been pushed by then is lost
//
// and the API is served under /v5/iot/{project_id}/, with tokens from /v3/auth/tokens. An application is an HTTPCaller,
// or a DirectCaller where HTTP is not wanted; a device's messages are a Codec's.
//
// A device has three kinds of downlink, each in a queue of its own: synchronous commands (one answer within 20 s),
// asynchronous commands (cached, with states and times) and messages (nothing is answered). A device_id is the
// registration's Alias, or {product}_{device} where that is empty; both find the device, and are no other device's.
//
// The files: api.go takes calls, auth.go and sign.go prove who calls, token.go gives tokens; command.go, async.go and
// history.go are commands, message.go, envelope.go and shelf.go messages; subject.go, rules.go and actions.go are who
// wants to hear of their states, notice.go what is told, push.go and receiver.go how, subscribe.go how much; products.go,
// devices.go and registration.go register; limits.go checks fields, errors.go says how a call ended; login.go and wire.go are the
// platform's MQTT side, device.go the device's; caller.go and direct.go are the application.
package huawei

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"fleetdrill/platform"
)

// Name is what products and scenarios call this dialect.
const Name = "huawei"

// What Config.Auth can be.
const (
	AuthStrict = "strict" // a token, or a signature over each call
	AuthOff    = "off"    // everybody may call
)

// What Config.PushSpelling can be.
const (
	SpellingSeed    = "seed"    // device.commmad.status, as the push page has it
	SpellingCurrent = "current" // device.command.status
)

// The queues of a device, as Command.Lane has them.
const (
	LaneSync      = iota // synchronous commands, as they come
	LaneImmediate        // asynchronous commands that are not cached
	LaneDelay            // cached asynchronous commands, one after another
	LaneMessage          // messages
)

// Config decides what the vendor's pages leave open, and the figures that they name. It is dead after New.
type Config struct {
	Auth       string            // AuthStrict, AuthOff; empty is AuthStrict
	SignWindow time.Duration     // how far X-Sdk-Date may be from the platform's clock; 0: not checked
	Tokens     map[string]string // tokens that are valid for ever, and the account each stands for
	TokenLife  time.Duration
	InstanceID string            // what the header Instance-Id has to be; empty: ignored
	Projects   map[string]string // project_id to organisation; a missing one is the organisation's own name
	RateLimit  int               // calls a second of one account; 0 is no limit
	MaxBody    int64             // bytes of a request's body

	SyncTimeout     time.Duration // of a synchronous command
	RefuseAsync     bool          // asynchronous commands are for LwM2M devices only, as in the cloud
	AckTimeout      time.Duration // of an asynchronous command: from sending to the device's acknowledgement
	ResponseTimeout time.Duration // from there to its response
	KeepDelivered   bool          // a command without a response stays DELIVERED instead of TIMEOUT
	ExpireDefault   time.Duration
	ExpireMax       time.Duration
	PendingLimit    int           // asynchronous commands that wait for a device
	MessageLimit    int           // messages that wait for a device, and that the API remembers of it
	Resend          time.Duration // between the sends of what is not acknowledged, QoS 1 only
	ResendTimes     int           // sends in all
	ReturnResend    time.Duration // between rounds of the above once its device is back: messages only
	ReturnTimes     int

	AnyKeepAlive   bool          // take a keep-alive outside 30 s to 1,200 s
	NoImplicit     bool          // a device gets only what it subscribes to
	ImplicitQoS    byte          // of what a device gets without subscribing
	SignTimeWindow time.Duration // how far the hour of a login of sign type 1 may be from the platform's

	StrictModel bool                // commands must be in the product's service_capabilities
	Topics      map[string][]string // by product: the suffixes that messages may name; a product without: any

	PushSpelling string        // SpellingSeed, SpellingCurrent; empty is SpellingSeed
	PushTimeout  time.Duration // until when a receiver has to answer
	PushFails    int           // failures in a row that block a receiver's host
	PushProbe    time.Duration // between attempts while it is blocked
	PushKeep     time.Duration // how long pushes are kept for it
	PushBytes    int           // how many bytes of them, for each URL
	PushRate     int           // of them a second once it is back
	// PushDial connects to receivers; nil is TCP.
	PushDial func(ctx context.Context, network, addr string) (net.Conn, error)
	// PushTLS is for receivers at https. nil: they need a certificate for the URL's host that the system trusts; for the
	// process alone that can be one of SSL_CERT_FILE's. What a rule says of cert_id, cn_name and sni_enable is kept, and
	// changes nothing.
	PushTLS *tls.Config
}

// DefaultConfig is the platform as its documents tell it, and as fits a test where they are silent.
var DefaultConfig = Config{
	Auth:      AuthStrict,
	TokenLife: 24 * time.Hour,
	MaxBody:   256 << 10, // the content of a command or a message

	SyncTimeout:     20 * time.Second,
	AckTimeout:      180 * time.Second, // LwM2M: 150 to 225 s of resends
	ResponseTimeout: 180 * time.Second, // no page has a figure
	ExpireDefault:   24 * time.Hour,
	ExpireMax:       48 * time.Hour,
	PendingLimit:    20,
	MessageLimit:    20,
	Resend:          2 * time.Second,
	ResendTimes:     3,
	ReturnResend:    10 * time.Second,
	ReturnTimes:     5,
	SignTimeWindow:  time.Hour,

	PushSpelling: SpellingSeed, // what existing consumers match
	PushTimeout:  15 * time.Second,
	PushFails:    10,
	PushProbe:    3 * time.Minute,
	PushKeep:     24 * time.Hour,
	PushBytes:    1 << 30,
	PushRate:     800,
}

// Dialect implements platform.Dialect, platform.Watcher and platform.Namer. One Dialect serves one platform.
type Dialect struct {
	cfg Config
	api *api // set by Routes
}

// New makes the dialect. Numbers, durations and words of cfg that are zero are taken from DefaultConfig, but for
// SignWindow, RateLimit and ImplicitQoS, whose zero means none.
func New(cfg Config) *Dialect { return &Dialect{cfg: cfg.filled()} }

// filled is the configuration without zeros that would mean nothing.
func (c Config) filled() Config {
	def := DefaultConfig
	orDefault(&c.Auth, def.Auth)
	orDefault(&c.PushSpelling, def.PushSpelling)
	orDefault(&c.MaxBody, def.MaxBody)
	for _, f := range []struct{ to, from *time.Duration }{
		{&c.TokenLife, &def.TokenLife}, {&c.SyncTimeout, &def.SyncTimeout}, {&c.AckTimeout, &def.AckTimeout},
		{&c.ResponseTimeout, &def.ResponseTimeout}, {&c.ExpireDefault, &def.ExpireDefault}, {&c.ExpireMax, &def.ExpireMax},
		{&c.Resend, &def.Resend}, {&c.ReturnResend, &def.ReturnResend}, {&c.SignTimeWindow, &def.SignTimeWindow},
		{&c.PushTimeout, &def.PushTimeout}, {&c.PushProbe, &def.PushProbe}, {&c.PushKeep, &def.PushKeep},
	} {
		orDefault(f.to, *f.from)
	}
	for _, f := range []struct{ to, from *int }{
		{&c.PendingLimit, &def.PendingLimit}, {&c.MessageLimit, &def.MessageLimit}, {&c.ResendTimes, &def.ResendTimes},
		{&c.ReturnTimes, &def.ReturnTimes}, {&c.PushFails, &def.PushFails}, {&c.PushBytes, &def.PushBytes},
		{&c.PushRate, &def.PushRate},
	} {
		orDefault(f.to, *f.from)
	}
	return c
}

func orDefault[T comparable](to *T, def T) {
	var zero T
	if *to == zero {
		*to = def
	}
}

// Name is the constant Name.
func (d *Dialect) Name() string { return Name }

// NameOf is what a device is called whatever its alias.
func (*Dialect) NameOf(a platform.Address) string { return defaultID(a) }

// Lanes are the queues of a device.
func (d *Dialect) Lanes() []platform.Lane {
	sends := platform.Resend{Every: d.cfg.Resend, Times: d.cfg.ResendTimes}
	returns := sends
	returns.OnReturn, returns.ReturnEvery, returns.ReturnTimes = true, d.cfg.ReturnResend, d.cfg.ReturnTimes
	return []platform.Lane{
		LaneSync:      {Serialize: platform.SerializeNone},
		LaneImmediate: {Serialize: platform.SerializeNone, Resend: sends},
		LaneDelay:     {Serialize: platform.SerializeAll, Limit: d.cfg.PendingLimit, Overflow: platform.RefuseNew, Resend: sends, AwaitSubscribe: true},
		LaneMessage:   {Serialize: platform.SerializeNone, Limit: d.cfg.MessageLimit, Overflow: platform.DropOldest, Resend: returns, AwaitSubscribe: true},
	}
}

// Close ends all pushes: what has not been pushed by then is lost. It returns when nothing of them runs any more. It is
// Platform.Close's part.
func (d *Dialect) Close() error {
	if d.api != nil {
		d.api.posts.close()
	}
	return nil
}
