package huawei

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"fleetdrill/platform"
)

// receiver is one URL with what is to be pushed to it. A goroutine empties the queue and ends; one that has to wait long
// leaves a timer behind.
type receiver struct {
	posts  *posts
	cfg    *Config
	url    string
	host   *host
	client *http.Client

	mu      sync.Mutex
	state   receiverState
	queue   []post // the oldest first
	bytes   int
	serial  uint64
	backlog int             // how many of the first have piled up while the host was blocked
	begin   time.Time       // when their drain began
	drained int             // how many of them have gone
	timer   *time.Timer     // when resting: the next attempt. When idle: the end of the connection
	said    time.Time       // when the log was last told of a loss
	stats   platform.Pushes // but for Waiting, which counts what is neither in the queue nor over, and Blocked
}

type receiverState uint8

const (
	idle    receiverState = iota // nothing to do
	running                      // a goroutine pushes
	resting                      // the host is blocked, and the timer will try again
)

// post is one notification.
type post struct {
	serial uint64
	body   []byte
	at     time.Time
	stays  bool // in the queue while it is tried
}

// idleTime is how long a connection is kept for the next push.
const idleTime = 5 * time.Second

// trimLocked drops the oldest of what is too old or too much.
func (r *receiver) trimLocked(now time.Time) {
	for len(r.queue) > 0 && (now.Sub(r.queue[0].at) >= r.cfg.PushKeep || r.bytes > r.cfg.PushBytes) {
		r.dropLocked()
		r.loseLocked(errPiledUp, now)
	}
}

var errPiledUp = errors.New("too many pile up, or for too long")

// sayEvery is how often the log is told of losses at one URL.
const sayEvery = time.Minute

// loseLocked counts a notification that will never be pushed.
func (r *receiver) loseLocked(why error, now time.Time) {
	r.stats.Lost++
	if now.Sub(r.said) >= sayEvery {
		r.said = now
		r.posts.log.Warn("a push is lost", "host", r.host.name, "error", why, "lost_so_far", r.stats.Lost)
	}
}

func (r *receiver) dropLocked() {
	r.bytes -= len(r.queue[0].body)
	r.queue[0] = post{}
	r.queue = r.queue[1:]
	r.backlog = max(0, r.backlog-1)
	if len(r.queue) == 0 {
		r.queue = nil
	}
}

// startLocked lets the queue go, if nothing does yet and nothing is in its way.
func (r *receiver) startLocked() {
	if r.state != idle || len(r.queue) == 0 || r.posts.ctx.Err() != nil {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	r.state = running
	r.posts.running.Go(r.run)
}

// waitLocked ends the goroutine and has something done later.
func (r *receiver) waitLocked(state receiverState, wait time.Duration, then func()) {
	r.state = state
	r.timer = time.AfterFunc(wait, then)
}

// wake tries again after a rest.
func (r *receiver) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakeLocked()
}

func (r *receiver) wakeLocked() {
	if r.state == resting {
		r.state = idle
		r.startLocked()
	}
}

// free lets everything go that has piled up.
func (r *receiver) free(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.backlog, r.begin, r.drained = len(r.queue), now, 0
	r.wakeLocked()
}

func (r *receiver) run() {
	for {
		p, wait, ok := r.next()
		switch {
		case !ok:
			return
		case wait > 0:
			r.pause(wait)
			continue
		}
		err := r.push(p.body)
		now := time.Now()
		r.settle(p, err, now)
		r.host.note(err == nil, r.cfg, now)
	}
}

func (r *receiver) pause(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.posts.ctx.Done():
	}
}

// stop forgets what is left to do.
func (r *receiver) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Waiting += len(r.queue)
	r.queue, r.bytes = nil, 0
	if r.timer != nil {
		r.timer.Stop()
	}
}

// next takes the next notification out of the queue, or says how long it has to wait. One that is tried while the host
// is blocked stays in the queue until it is acknowledged: only what is pushed to a free host can fail for good.
func (r *receiver) next() (p post, wait time.Duration, ok bool) {
	r.host.mu.Lock()
	defer r.host.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.trimLocked(now)
	switch {
	case r.posts.ctx.Err() != nil:
		r.state = idle
		return p, 0, false
	case len(r.queue) == 0:
		r.waitLocked(idle, idleTime, r.client.CloseIdleConnections)
		return p, 0, false
	case r.host.blocked && now.Before(r.host.probe):
		r.waitLocked(resting, r.host.probe.Sub(now), r.wake)
		r.client.CloseIdleConnections()
		return p, 0, false
	case r.host.blocked:
		r.host.probe = now.Add(r.cfg.PushProbe)
		p = r.queue[0]
		p.stays = true
		return p, 0, true
	case r.backlog > 0:
		due := r.begin.Add(time.Duration(r.drained) * time.Second / time.Duration(r.cfg.PushRate))
		if now.Before(due) {
			return p, due.Sub(now), true
		}
		r.drained++
	}
	p = r.queue[0]
	r.dropLocked()
	r.stats.Waiting++
	return p, 0, true
}

// settle notes what became of an attempt; without an error it was acknowledged. Then it leaves the queue, if it is still there.
func (r *receiver) settle(p post, failure error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Attempts++
	there := len(r.queue) > 0 && r.queue[0].serial == p.serial
	switch {
	case p.stays && failure != nil:
	case p.stays && there:
		r.dropLocked()
		r.stats.Acked++
	case p.stays: // too old, or too much, while it was tried
		r.stats.Acked++
		r.stats.Lost--
	case failure == nil:
		r.stats.Waiting--
		r.stats.Acked++
	case r.posts.ctx.Err() == nil:
		r.stats.Waiting--
		r.loseLocked(failure, now)
	}
}

// push says why the receiver has not acknowledged a notification; nil if it has.
func (r *receiver) push(body []byte) error {
	req, err := http.NewRequestWithContext(r.posts.ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return withoutURL(err)
	}
	req.Header["Content-Type"] = contentType
	resp, err := r.client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	const most = 64 << 10 // what a receiver says is not read, but to use its connection again
	io.Copy(io.Discard, io.LimitReader(resp.Body, most))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer has status %d, only 200 acknowledges", resp.StatusCode)
	}
	return nil
}

// withoutURL is the reason of an error of net/http, whose text has the URL.
func withoutURL(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}
