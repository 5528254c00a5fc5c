package platform

import (
	"net"
	"net/http"
	"time"
)

// What goes down can come up again, for tests of those who use the platform. Neither StopBroker nor Crash says goodbye to
// anybody, and neither may be called at the same time as the other, as Start or as Close.
//
// The broker is a process of its own, beside the rest of the platform: when it goes down every connection of a device
// ends, and nothing else is lost, unless it forgets its sessions.
//
// When the platform as a whole goes down, what is on disk survives: who is registered, the records of commands, what waits
// in a cache with its lifetime, and what was cached and not acknowledged where the vendor sends such a thing again. What
// was in memory is lost: calls that wait for an answer, without a word; instant commands, on their way or not; and the
// interest in an answer to anything that is on its way. A lost command ends there and then, with ErrCrashed; what its device
// answers later comes late.

// StopBroker takes the broker down as a crash does. Without sessions it forgets what devices have not acknowledged: that
// is not sent again when they return. Every device is away when it returns.
func (p *Platform) StopBroker(sessions bool) {
	p.forgets.Store(!sessions)
	p.fall(0)
	p.broker.Kill()
	p.forgets.Store(false)
}

// StartBroker serves devices again.
func (p *Platform) StartBroker(mqtt net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.startBrokerLocked(mqtt)
}

// Crash takes everything down. Every device is away and every connection of a caller cut when it returns.
func (p *Platform) Crash() {
	p.life.Add(1) // from here on no answer goes out
	p.crash(p.fall)
	p.fall(0)
	p.http.Close()
	p.broker.Kill()
}

// Revive serves again after Crash, with what is on disk. Without mqtt the broker stays down.
func (p *Platform) Revive(mqtt, api net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.http = NewServer(p.handler, p.cfg.Logger)
	p.down.Store(false)
	if mqtt != nil {
		p.startBrokerLocked(mqtt)
	}
	server := p.http
	p.serving.Go(func() { server.Serve(api) })
}

// Life counts crashes, and tells whether the platform serves now.
func (p *Platform) Life() (n int64, up bool) { return p.life.Load(), !p.down.Load() }

// fall waits until what goes down takes a device with it, or, for 0, what is left.
func (p *Platform) fall(device int) {
	if p.cfg.Fall != nil {
		time.Sleep(time.Until(p.cfg.Fall(device)))
	}
}

// crash loses what is in memory and takes nothing new. It waits for each device.
func (s *Service) crash(wait func(device int)) {
	s.down.Store(true)
	for _, d := range s.all() {
		wait(d.Number)
		d.mu.Lock()
		now := time.Now()
		if d.session != nil {
			s.awayLocked(d, now)
		}
		for _, p := range d.allLocked() {
			if p.cmd.Mode == Instant || p.sent {
				s.endLocked(d, p, closing(p), Change{Err: ErrCrashed}, now)
			}
		}
		d.mu.Unlock()
	}
}

// mortal lets no answer out whose request came in an earlier life.
func (p *Platform) mortal(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		life := p.life.Load()
		h.ServeHTTP(w, r)
		if p.life.Load() != life {
			panic(http.ErrAbortHandler) // the server closes the connection; what is buffered is lost
		}
	})
}
