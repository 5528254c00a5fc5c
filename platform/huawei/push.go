package huawei

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Pushes to one URL go one after another, by one connection. Only 200 acknowledges one; any other is dropped. After
// PushFails failures in a row the URL's host is blocked: pushes pile up, and one is tried every PushProbe. With the
// first that is acknowledged the host is free, and what has piled up goes first, at PushRate.

// posts are the receivers of all pushes.
type posts struct {
	cfg     Config
	log     *slog.Logger    // tells hosts, not URLs: those may have secrets in them
	ctx     context.Context // done when nothing is pushed any more
	cancel  context.CancelFunc
	running sync.WaitGroup // goroutines of receivers

	mu   sync.Mutex
	urls map[string]*receiver
	host map[string]*host
}

func newPosts(cfg Config, log *slog.Logger) *posts {
	p := &posts{cfg: cfg, log: log, urls: map[string]*receiver{}, host: map[string]*host{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// close gives up all that is not pushed yet.
func (p *posts) close() {
	p.cancel()
	p.mu.Lock()
	for _, r := range p.urls {
		r.stop()
	}
	p.mu.Unlock()
	p.running.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.urls {
		r.client.CloseIdleConnections()
	}
}

// send queues a notification. It does not wait.
func (p *posts) send(to string, body []byte, now time.Time) {
	r := p.of(to)
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	r.serial++
	r.stats.Told++
	r.queue = append(r.queue, post{serial: r.serial, body: body, at: now})
	r.bytes += len(body)
	r.trimLocked(now)
	r.startLocked()
}

func (p *posts) of(to string) *receiver {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.urls[to]; r != nil {
		return r
	}
	name := to
	if u, err := url.Parse(to); err == nil {
		name = u.Host
	}
	h := p.host[name]
	if h == nil {
		h = &host{name: name, log: p.log}
		p.host[name] = h
	}
	r := &receiver{posts: p, cfg: &p.cfg, url: to, host: h, client: newClient(&p.cfg)}
	p.urls[to] = r
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
	return r
}

// newClient makes a client with a connection of its own, that follows no redirect: it would not be a 200.
func newClient(cfg *Config) *http.Client {
	dial := cfg.PushDial
	if dial == nil {
		dial = (&net.Dialer{Timeout: cfg.PushTimeout}).DialContext
	}
	return &http.Client{
		Timeout: cfg.PushTimeout,
		// A connection in the making outlives its push, and no other is made meanwhile: it has a time of its own.
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: cfg.PushTLS, TLSHandshakeTimeout: cfg.PushTimeout,
			MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// host is what receivers at one host and port share. Its lock is taken before a receiver's.
type host struct {
	name string
	log  *slog.Logger

	mu      sync.Mutex
	fails   int // in a row
	blocked bool
	blocks  int       // how often it was blocked
	probe   time.Time // while blocked: from when on an attempt may be made
	all     []*receiver
}

// note counts what became of a push. The first success frees the host.
func (h *host) note(ok bool, cfg *Config, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !ok {
		h.fails++
		if h.fails >= cfg.PushFails && !h.blocked {
			h.blocked, h.probe = true, now.Add(cfg.PushProbe)
			h.blocks++
			h.log.Warn("pushes pile up: too many in a row were not acknowledged", "host", h.name, "failures", h.fails, "try_every", cfg.PushProbe)
		}
		return
	}
	h.fails = 0
	if !h.blocked {
		return
	}
	h.blocked = false
	h.log.Info("pushes are acknowledged again", "host", h.name)
	for _, r := range h.all {
		r.free(now)
	}
}
