// Package platform is an IoT command platform: an application calls a vendor's HTTP API, the platform publishes over
// MQTT, and the caller gets the device's answer, a timeout or an error. In a test, platform/local starts one in a line;
// what it does is
//
//	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{vendor.New(vendor.DefaultConfig)}})
//	p.AddProduct(...); p.AddDevice(...)          // who exists
//	mqtt, api := pipe.Listen("mqtt"), pipe.Listen("http")   // or net.Listen("tcp", ...)
//	p.Start(mqtt, api)
//	defer p.Close(ctx)
//
// and then dial mqtt as a device and api as an application, or call p.Invoke without HTTP.
//
// The core knows no vendor. A command moves along the table in state.go; Store.Apply is the only door. Who exists is
// registry.go and roll.go. How a command comes in and ends is accept.go, the queues of a device lane.go, what is published
// from them and when waiting.go, what happens when the device comes and goes or takes a message presence.go, what is sent
// again repeat.go, when a time is over deadline.go, what devices say reply.go. observe.go tells all that
// happens to Config.Observe, as Facts.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform/broker"
)

// Config says what a platform is made of. It is dead after New.
type Config struct {
	Dialects []Dialect
	// Observe is told every fact, often under a device's lock: it must be quick and must not call back. The Fact is its own
	// until it returns.
	Observe func(*Fact)
	// Late is how late the platform is to be with the commands of a tag, for a run that is made again. nil: never more
	// than it is.
	Late func(Tag) Lateness
	// Fall is when StopBroker and Crash are to take a device, by number, or, for 0, what is left by then, for a run that is
	// made again: on a busy machine a crash takes its time. nil: at once.
	Fall   func(device int) time.Time
	Broker broker.Config // zero: broker.DefaultConfig
	Keep   int           // ended commands that stay readable; zero: DefaultKeep. They hold DefaultBytes at most
	Logger *slog.Logger  // nil: silent
}

// What bounds the memory of history: about 65 MB of records, and the inputs and replies in them.
const (
	DefaultKeep  = 100_000
	DefaultBytes = 128 << 20
)

// Platform is a Service with its broker and its HTTP server.
type Platform struct {
	*Service
	cfg     Config
	handler http.Handler
	serving sync.WaitGroup
	life    atomic.Int64 // ends with each Crash

	mu     sync.Mutex // of who starts and ends what follows
	broker *broker.Broker
	http   *http.Server
}

// New makes a platform that serves nobody yet.
func New(cfg Config) (*Platform, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{observer: observer{tell: cfg.Observe}, late: cfg.Late, log: cfg.Logger, lanes: map[string][]Lane{}}
	s.reg = registry{accounts: map[string]Account{}, products: map[string]*Product{},
		devices: map[Address]*Device{}, names: map[name]*Device{}, orgs: map[string]bool{}}
	s.store.Bytes = DefaultBytes
	if s.store.Keep = cfg.Keep; cfg.Keep == 0 {
		s.store.Keep = DefaultKeep
	}
	mux := http.NewServeMux()
	for _, d := range cfg.Dialects {
		if s.dialect(d.Name()) != nil {
			return nil, fmt.Errorf("dialect %s: given twice", d.Name())
		}
		s.dialects = append(s.dialects, d)
		s.lanes[d.Name()] = d.Lanes()
		d.Routes(mux, s)
	}
	if cfg.Broker == (broker.Config{}) {
		cfg.Broker = broker.DefaultConfig
	}
	p := &Platform{Service: s, cfg: cfg}
	p.handler = p.mortal(BoundBodies(mux))
	p.broker, p.http = broker.New(cfg.Broker, s), NewServer(p.handler, cfg.Logger)
	return p, nil
}

// Start serves devices and applications, in the background, until Close. Either listener may be nil.
func (p *Platform) Start(mqtt, api net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, server := p.broker, p.http
	if mqtt != nil {
		p.serving.Go(func() { b.Serve(mqtt) })
	}
	if api != nil {
		p.serving.Go(func() { server.Serve(api) })
	}
}

func (p *Platform) startBrokerLocked(mqtt net.Listener) {
	b := broker.New(p.cfg.Broker, p.Service)
	p.broker = b
	p.serving.Go(func() { b.Serve(mqtt) })
}

// Handler is the HTTP API, for who brings a server of their own, which best is NewServer's.
func (p *Platform) Handler() http.Handler { return p.handler }

// Close takes back what waits, ends what is open, and lets go of all connections. Callers that still wait get
// ErrClosed. A dialect that is an io.Closer is closed last. It returns when every goroutine of the platform is gone, or
// ctx is over.
func (p *Platform) Close(ctx context.Context) error {
	p.Service.close()
	err := errors.Join(p.http.Shutdown(ctx), p.broker.Close(ctx))
	if err != nil {
		p.http.Close()
	}
	p.serving.Wait()
	for _, d := range p.dialects {
		if c, ok := d.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// GiveUp ends the instant commands that wait for their turn, as Close would: whoever takes the devices away before Close
// says so first, or these would end as those of devices that went offline.
func (s *Service) GiveUp() {
	for _, d := range s.all() {
		d.mu.Lock()
		now := time.Now()
		for _, p := range d.allLocked() {
			if p.cmd.Mode == Instant && !p.sent {
				s.endLocked(d, p, closing(p), Change{Err: ErrClosed}, now)
			}
		}
		d.mu.Unlock()
	}
}

// close ends all commands and takes no new ones.
func (s *Service) close() {
	s.closed.Store(true)
	for _, d := range s.all() {
		d.mu.Lock()
		now := time.Now()
		for _, p := range d.allLocked() {
			s.endLocked(d, p, closing(p), Change{Err: ErrClosed}, now)
		}
		d.mu.Unlock()
	}
}

func closing(p *pending) Event {
	if p.sent {
		return Refuse
	}
	return Cancel
}

// dialect returns the dialect of that name, or nil.
func (s *Service) dialect(name string) Dialect {
	for _, d := range s.dialects {
		if d.Name() == name {
			return d
		}
	}
	return nil
}

// Admit lets the dialects decide who may connect, each for its own products. They are asked in the order of
// Config.Dialects.
func (s *Service) Admit(l broker.Login) (broker.Grant, error) {
	for _, d := range s.dialects {
		dev, grant, err := d.Admit(s, l)
		if errors.Is(err, ErrNotMine) {
			continue
		}
		if err != nil {
			return broker.Grant{}, err
		}
		grant.Owner = dev
		return grant, nil
	}
	return broker.Grant{}, &broker.Refusal{BadCredentials: true, Reason: "no product takes this login"}
}
