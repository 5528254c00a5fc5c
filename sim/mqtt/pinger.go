package mqtt

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/log"
)

var errSilent = errors.New("broker did not answer a ping")

// pinger keeps a connection alive with one timer. It sends a PINGREQ when nothing was sent, or nothing came, for the
// keep-alive time, and gives up when another such time later still nothing has come.
//
// Note: paho lets its pinger block in Run for as long as the connection lives. It need not: a goroutine less a device.
type pinger struct {
	fail     func(error)
	start    time.Time
	sent     atomic.Int64 // since start
	received atomic.Int64

	mu       sync.Mutex
	conn     net.Conn
	interval time.Duration
	pinged   time.Duration // since start; -1: no answer is awaited
	timer    *time.Timer
	stopped  bool
}

func newPinger(fail func(error)) *pinger {
	return &pinger{fail: fail, start: time.Now(), pinged: -1}
}

// Run is called once CONNACK is there, with the keep-alive that the broker wants.
func (p *pinger) Run(_ context.Context, conn net.Conn, keepAlive uint16) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if keepAlive == 0 || p.stopped {
		return nil
	}
	p.conn, p.interval = conn, time.Duration(keepAlive)*time.Second
	p.timer = time.AfterFunc(aside(p.interval), p.tick)
	return nil
}

func (p *pinger) tick() {
	switch p.next() {
	case nothing:
	case giveUp:
		p.fail(errSilent)
	case ping:
		packets.NewControlPacket(packets.PINGREQ).WriteTo(p.conn) // an error ends the connection's reader, too
	}
}

type step uint8

const (
	nothing step = iota
	ping
	giveUp
)

// next decides what is due and sets the timer for what follows.
func (p *pinger) next() step {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nothing
	}
	now, heard := time.Since(p.start), time.Duration(p.received.Load())
	if p.pinged >= 0 && heard < p.pinged {
		return giveUp
	}
	due := min(time.Duration(p.sent.Load()), heard) + p.interval
	if now < due {
		p.pinged = -1
		p.timer.Reset(aside(due - now))
		return nothing
	}
	p.pinged = now
	p.timer.Reset(aside(p.interval))
	return ping
}

// aside is a wait from now that ends 875 ns past a microsecond. On a virtual clock nobody else acts there (sim/device says
// who acts when), and no ping races with a message of its device: which is first, or whether it is sent at all.
func aside(wait time.Duration) time.Duration {
	const to, µs = 875, 1000
	past := time.Now().Add(wait).UnixNano() % µs
	return wait + time.Duration((to-past+µs)%µs)
}

func (p *pinger) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

func (p *pinger) PacketSent()         { p.sent.Store(int64(time.Since(p.start))) }
func (p *pinger) PacketReceived()     { p.received.Store(int64(time.Since(p.start))) }
func (p *pinger) PingResp()           {}
func (p *pinger) SetDebug(log.Logger) {}
