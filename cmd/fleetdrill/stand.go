package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/admin"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/front"
	"fleetdrill/scenarios"
)

// stand is a platform over real sockets, from openStand to close.
type stand struct {
	log      *slog.Logger
	platform *platform.Platform
	watch    *admin.Watch
	api      *http.Server
	doors    []door
	serving  sync.WaitGroup
	failed   chan error // cap 2: the API's server ended by itself
	closing  sync.Once
	closed   error
}

// door is an address that is being listened on.
type door struct {
	name string // as its flag
	net.Listener
}

// openStand takes the addresses and makes the platform with all who exist on it. Nothing is served yet.
func openStand(cfg *scenarios.Service, log *slog.Logger) (*stand, error) {
	s := &stand{log: log, watch: admin.New(log), failed: make(chan error, 2)}
	if err := s.build(cfg); err != nil {
		return nil, err
	}
	if err := s.listen(cfg, log); err != nil {
		for _, d := range s.doors {
			d.Close()
		}
		return nil, err
	}
	warnOfFiles(cfg.Limits, log)
	return s, nil
}

func (s *stand) build(cfg *scenarios.Service) (err error) {
	limits := broker.DefaultConfig
	limits.MaxConnections, limits.Logger = cfg.Limits.Devices, slog.New(terse{s.log.Handler()})
	var dialects []platform.Dialect
	for _, v := range vendors {
		dialects = append(dialects, v.build(cfg.Platform, nil))
	}
	s.platform, err = platform.New(platform.Config{Dialects: dialects, Observe: s.watch.Observe, Broker: limits, Logger: s.log})
	if err != nil {
		return err
	}
	s.api = platform.NewServer(s.handler(cfg.Admin), s.log) // front.Room bounds connections, and the time of a write
	return register(s.platform, cfg)
}

// terse leaves out what is neither wrong nor a detail.
type terse struct{ slog.Handler }

func (h terse) Enabled(ctx context.Context, l slog.Level) bool {
	return l != slog.LevelInfo && h.Handler.Enabled(ctx, l)
}

// handler is the vendors' APIs with the admin endpoint beside them.
func (s *stand) handler(who string) http.Handler {
	apis, ours := s.platform.Handler(), s.watch.Handler(who == "anyone")
	if who == "nobody" {
		return apis
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, admin.Path) {
			ours.ServeHTTP(w, r)
			return
		}
		apis.ServeHTTP(w, r)
	})
}

// What listeners allow beside the limits of the file.
const (
	patience  = 30 * time.Second // for one write of an answer
	strangers = 256              // connections that are not devices yet, or are told that the server is busy
)

// listen takes the addresses, in the order of the flags.
func (s *stand) listen(cfg *scenarios.Service, log *slog.Logger) error {
	var cert tls.Certificate
	if cfg.Listen.Encrypted() {
		var err error
		if cert, err = certificate(cfg.TLS, log); err != nil {
			return err
		}
	}
	callers, devices := front.NewRoom(cfg.Limits.HTTP), front.NewRoom(cfg.Limits.Devices+strangers)
	complaints := slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	for _, d := range []struct {
		name, address string
		wrap          func(net.Listener) net.Listener
	}{
		{"http", cfg.Listen.HTTP, func(l net.Listener) net.Listener { return callers.Limit(l, patience) }},
		{"mqtt", cfg.Listen.MQTT, func(l net.Listener) net.Listener { return devices.Limit(l, 0) }},
		{"tls", cfg.Listen.TLS, func(l net.Listener) net.Listener { return front.TLS(devices.Limit(l, 0), cert) }},
		{"ws", cfg.Listen.WS, func(l net.Listener) net.Listener { return front.WebSocket(devices.Limit(l, 0), complaints) }},
		{"https", cfg.Listen.HTTPS, func(l net.Listener) net.Listener { return front.TLS(callers.Limit(l, patience), cert) }},
		{"wss", cfg.Listen.WSS, func(l net.Listener) net.Listener {
			return front.WebSocket(front.TLS(devices.Limit(l, 0), cert), complaints)
		}},
	} {
		if d.address == "" {
			continue
		}
		l, err := net.Listen("tcp", d.address)
		if err != nil {
			if other := s.owner(d.address); other != "" {
				return fmt.Errorf("--%s: %s is what --%s has, or listen.%s in the file: name another address", d.name, d.address, other, other)
			}
			return whyNot(d.name, d.address, err)
		}
		s.doors = append(s.doors, door{d.name, d.wrap(l)})
	}
	return nil
}

// owner is the door that has an address already, however it is written; empty if none has.
func (s *stand) owner(address string) string {
	want, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return ""
	}
	for _, d := range s.doors {
		has, ok := d.Addr().(*net.TCPAddr)
		if ok && has.Port == want.Port && (has.IP.Equal(want.IP) || everywhere(has.IP) || everywhere(want.IP)) {
			return d.name
		}
	}
	return ""
}

// everywhere tells whether an address to listen on is every one of this machine.
func everywhere(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }

// whyNot says why an address cannot be served.
func whyNot(name, address string, err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("--%s: %s is taken by another program: stop that, or name another address", name, address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("--%s: %s is not for this user: name a port of 1024 or higher", name, address)
	}
	return fmt.Errorf("--%s: %s cannot be served: %w", name, address, err)
}

// certificate loads what TLS shows. One that clients will not take is served all the same: some test that.
func certificate(t scenarios.TLS, log *slog.Logger) (tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return c, fmt.Errorf("the certificate %s and the key %s cannot be used: %w", t.Cert, t.Key, err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if now := time.Now(); err == nil && (now.After(leaf.NotAfter) || now.Before(leaf.NotBefore)) {
		log.Warn("the certificate is not valid today", "file", t.Cert, "from", leaf.NotBefore, "until", leaf.NotAfter)
	}
	return c, nil
}

// warnOfFiles says when the process may not open as many files as its limits allow connections.
func warnOfFiles(l scenarios.Limits, log *slog.Logger) {
	var files syscall.Rlimit
	want := uint64(l.Devices + l.HTTP + strangers + spareFiles)
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < want {
		log.Warn("this process may open fewer files than its limits allow connections: raise ulimit -n, or lower the limits",
			"files", files.Cur, "wanted", want)
	}
}

// start serves all doors, in the background.
func (s *stand) start() {
	s.watch.Start(s.platform)
	for _, d := range s.doors {
		if !strings.HasPrefix(d.name, "http") {
			s.platform.Start(d, nil)
			continue
		}
		s.serving.Go(func() {
			if err := s.api.Serve(d); !errors.Is(err, http.ErrServerClosed) {
				s.failed <- fmt.Errorf("%s: %w", d.name, err)
			}
		})
	}
}

// address is where a door is; empty if there is none.
func (s *stand) address(name string) string {
	for _, d := range s.doors {
		if d.name == name {
			return d.Addr().String()
		}
	}
	return ""
}

// wait returns when ctx is over, or with what went wrong.
func (s *stand) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

// farewell is how long connections have to take their last words.
const farewell = 10 * time.Second

// close takes nothing new, ends what is open, and lets go of everybody. Callers that wait are answered. Who does not let
// go is cut: that is no failure of the stop.
func (s *stand) close() error {
	s.closing.Do(func() { s.closed = s.shut() })
	return s.closed
}

func (s *stand) shut() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	var answered error
	s.serving.Go(func() { answered = s.api.Shutdown(ctx) })
	waiting := 0
	for _, c := range s.platform.Census() {
		waiting += c.Waiting
	}
	err := s.platform.Close(ctx)
	s.serving.Wait()
	if answered != nil {
		s.api.Close()
	}
	s.watch.Close()
	if pushes := s.platform.Pushes().Waiting; waiting+pushes > 0 {
		s.log.Warn("what waits is lost: nothing is kept for the next start", "commands", waiting, "pushes", pushes)
	}
	if ctx.Err() != nil {
		s.log.Warn("who had not let go in time was cut", "time", farewell)
		return nil
	}
	return errors.Join(answered, err)
}
