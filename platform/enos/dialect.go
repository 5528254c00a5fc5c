// Package enos is the EnOS dialect: Envision's Invoke Service v2.1 over HTTP and its MQTT device protocol, both sides of
// each. On the platform's side:
//
//	d := enos.New(enos.DefaultConfig)
//	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{d}})
//
// and the API is served at /connect-service/v2.1/commands, with tokens from /apim-token-service/v2.0/token/get. An
// application is an HTTPCaller, or a DirectCaller where HTTP is not wanted; a device's messages are a Codec's.
//
// The files: api.go takes calls, auth.go proves who calls, query.go reads their parameters, invoke.go is the call that
// all is about, commands.go, search.go and expression.go are those about earlier commands, answer.go and errors.go say how
// a call ended; login.go and wire.go are the platform's MQTT side, device.go the device's; caller.go and token.go are the
// application.
package enos

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"fleetdrill/platform"
)

// Name is what products and scenarios call this dialect.
const Name = "enos"

// What Config.Auth can be.
const (
	AuthStrict  = "strict"  // a token, and a signature over each call
	AuthLenient = "lenient" // a token, also as Authorization: Bearer, and also encrypted for the vendor's eyes only
	AuthOff     = "off"     // everybody may call
)

// Config decides what the vendor's pages leave open, and how much one call may take. It is dead after New.
type Config struct {
	Auth         string        // AuthStrict, AuthLenient, AuthOff; empty is AuthStrict
	DeviceError  string        // a device's own error: "code" makes it the call's code, "success" code 0; empty is "code"
	CachedOnline string        // a cached call to an idle device: "return" at once, "wait" for its answer; empty is "return"
	StrictInput  bool          // a call without inputData is refused
	Cached       int           // waiting cached commands of a device at most
	Serialize    string        // what goes one after another to a device: "cached" commands or "all"; empty is "cached"
	QoS          byte          // of commands to devices, 0 or 1
	MaxTTL       time.Duration // highest pendingTtl, whole seconds
	MaxTimeout   time.Duration // highest timeout, whole seconds
	MaxBody      int64         // bytes of a request's body
	RateLimit    int           // calls per minute over all callers, more are answered with 429; 0 is no limit
	TokenLife    time.Duration // of an access token
}

// DefaultConfig is the platform as its documents tell it.
var DefaultConfig = Config{
	Auth:         AuthStrict,       // the gateway signs every call
	DeviceError:  "code",           // a caller has to see that the device failed
	CachedOnline: "return",         // the page says: the identifier at once, without output
	StrictInput:  true,             // the page calls inputData mandatory
	Cached:       50,               // error 11902
	Serialize:    "cached",         // the page speaks of the cached ones only
	QoS:          0,                // the device's pages know no other
	MaxTTL:       48 * time.Hour,   // pendingTtl 0–172800
	MaxTimeout:   60 * time.Second, // timeout 1–60
	MaxBody:      256 << 10,        // a device takes no longer message either
	TokenLife:    2 * time.Hour,    // expire 7200
}

// defaultTimeout is what a call without a timeout gets.
const defaultTimeout = 30 * time.Second

// Dialect implements platform.Dialect. One Dialect serves one platform.
type Dialect struct {
	cfg Config
}

// New makes the dialect. Fields of cfg that are zero are taken from DefaultConfig, but for StrictInput and RateLimit.
func New(cfg Config) *Dialect { return &Dialect{cfg: cfg.filled()} }

// filled is the configuration without zeros that would mean nothing.
func (c Config) filled() Config {
	def := DefaultConfig
	def.StrictInput, def.RateLimit, def.QoS = c.StrictInput, c.RateLimit, c.QoS
	for _, f := range []struct{ to, from *string }{
		{&def.Auth, &c.Auth}, {&def.DeviceError, &c.DeviceError}, {&def.CachedOnline, &c.CachedOnline},
		{&def.Serialize, &c.Serialize},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	for _, f := range []struct{ to, from *time.Duration }{
		{&def.MaxTTL, &c.MaxTTL}, {&def.MaxTimeout, &c.MaxTimeout}, {&def.TokenLife, &c.TokenLife},
	} {
		if *f.from > 0 {
			*f.to = *f.from
		}
	}
	if c.MaxBody > 0 {
		def.MaxBody = c.MaxBody
	}
	if c.Cached > 0 {
		def.Cached = c.Cached
	}
	return def
}

// Name is the constant Name.
func (d *Dialect) Name() string { return Name }

// Lanes is one queue a device, of instant and cached commands together.
func (d *Dialect) Lanes() []platform.Lane {
	l := platform.Lane{Limit: d.cfg.Cached}
	if d.cfg.Serialize == "all" {
		l.Serialize = platform.SerializeAll
	}
	return []platform.Lane{l}
}

// Takes refuses services whose commands would look like replies.
func (d *Dialect) Takes(p platform.Product) error {
	for name := range p.Services {
		if strings.HasSuffix(name, replySuffix) {
			return fmt.Errorf("service %q: ends in %s, which is the name of an answer", name, replySuffix)
		}
	}
	return nil
}

// Paths of the API.
const (
	commandsPath = "/connect-service/v2.1/commands"
	devicesPath  = "/connect-service/v2.1/devices"
	tokenPath    = "/apim-token-service/v2.0/token/"
)

// Routes registers the API. Patterns have no method, so that a wrong one is answered in the vendor's envelope.
func (d *Dialect) Routes(mux *http.ServeMux, s *platform.Service) {
	a := newAPI(d.cfg, s)
	mux.HandleFunc(commandsPath, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, commandActions) })
	mux.HandleFunc(devicesPath, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, deviceActions) })
	mux.HandleFunc("/connect-service/", a.notFound)
	mux.HandleFunc(tokenPath+"get", func(w http.ResponseWriter, r *http.Request) { a.serveToken(w, r, a.tokens.current) })
	mux.HandleFunc(tokenPath+"refresh", func(w http.ResponseWriter, r *http.Request) { a.serveToken(w, r, a.tokens.renew) })
	mux.HandleFunc("/apim-token-service/", a.notFound)
}
