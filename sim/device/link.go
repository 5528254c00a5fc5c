package device

import (
	"context"
	"errors"
	"net"
	"time"

	"fleetdrill/platform/bug"
	"fleetdrill/scenarios"
	"fleetdrill/sim/mqtt"
)

// session is a device's connection, or its absence, and what comes next.
//
//	         first, Offline, backoff over                    Up over (DISCONNECT)
//	away ─────────────────────────────────▶ connected ──────────────────────────▶ away for Offline
//	  ▲  refused, not reached: backoff          │
//	  └─────────────────────────────────────────┘ lost, kicked, hung up: away for the given time, or backoff
type session struct {
	client *mqtt.Client // nil: away
	change time.Time    // when the device acts next on its connection; zero: never
	number int          // of the try to connect, from 1
	made   int          // connections so far
	failed int          // tries in a row that gave none
	drawn  uint64       // decisions made
}

// DefaultReconnect is what a group has whose scenario says nothing: the first wait is long enough for a broker to
// notice the loss, the longest short enough for a run of minutes.
var DefaultReconnect = scenarios.Reconnect{After: time.Second, Max: time.Minute, Jitter: 0.5}

// begin decides when the device first connects.
func (d *Device) begin(now time.Time) {
	if d.g.Script != nil {
		d.links = d.g.Script.Links(d.id.Number)
		d.nextLink()
		return
	}
	switch d.g.Presence.Start {
	case "never":
	case "offline":
		d.stayAway(now)
	default:
		d.changeIn(0, now)
	}
}

// changeLink ends the presence, or tries to connect.
func (d *Device) changeLink(ctx context.Context) {
	if d.g.Script != nil {
		d.followLink(ctx)
		return
	}
	if d.link.client == nil {
		d.connect(ctx)
		return
	}
	d.leave()
	d.stayAway(time.Now())
}

func (d *Device) connect(ctx context.Context) {
	d.link.number++
	number := d.link.number
	clientID, username, password := d.g.Codec.Login(d.id, time.Now())
	client, err := mqtt.Connect(ctx, mqtt.Config{
		Dial: d.dial, ClientID: clientID, Username: username, Password: password, KeepAlive: d.g.KeepAlive, ReceiveMaximum: uint16(d.g.ReceiveMaximum),
		KeepSession: !d.g.Clean, Subscribe: d.g.Codec.Filters(d.id), HoldAcks: d.g.Mix.HoldsAcks() || d.g.Script != nil,
		Receive: d.take,
		Lost:    func(err error) { d.mail.lose(number, err) },
	})
	now := time.Now()
	d.follow(now) // without a connection: what came due meanwhile is lost
	if err != nil {
		d.notReached(ctx, err, now)
		return
	}
	d.mail.calm()
	d.link.client, d.link.failed = client, 0
	d.link.change = time.Time{}
	if up := d.g.Presence.Up; up.Law != "" {
		d.changeIn(d.draw("up", up), now)
	}
	d.link.made++
	d.note(Fact{Kind: Connected, At: now, Nth: d.link.made})
}

func (d *Device) dial(ctx context.Context) (net.Conn, error) {
	if d.over == nil {
		return d.g.Dial(ctx)
	}
	return d.over.Dial(ctx, d.g.Dial)
}

// take is called on the client's goroutine.
func (d *Device) take(m mqtt.Message) {
	if !d.mail.put(m, time.Now()) {
		d.g.Tally.Overflow.Add(1)
	}
}

func (d *Device) notReached(ctx context.Context, err error, now time.Time) {
	if ctx.Err() != nil {
		return
	}
	kind := Failed
	if refused := (*mqtt.Refused)(nil); errors.As(err, &refused) {
		kind = Refused
	}
	d.note(Fact{Kind: kind, At: now, Err: err})
	d.changeIn(d.backoff(), now)
}

// settle follows up on what happened to the connection.
func (d *Device) settle(e end, now time.Time) {
	if d.link.client == nil {
		return
	}
	switch {
	case e.kicked && d.g.Script != nil:
	case e.kicked:
		d.breakOff(Fact{Kind: Lost, At: now, Err: errKicked}, e.away)
	case e.lost != nil && e.of == d.link.number:
		d.breakOff(Fact{Kind: Lost, At: now, Err: e.lost}, 0)
	}
}

func (d *Device) hangUp(e entry, now time.Time) {
	if d.link.client != nil && d.g.Script == nil {
		d.breakOff(Fact{Kind: HungUp, At: now, Wire: e.wire, ID: e.id}, e.Away)
	}
}

// breakOff drops the connection without a word and decides when the device comes back.
func (d *Device) breakOff(f Fact, away time.Duration) {
	d.note(f)
	d.link.client.Abort()
	d.link.client = nil
	if away <= 0 {
		away = d.backoff()
	}
	d.changeIn(away, f.At)
}

// leave ends the connection in good order.
func (d *Device) leave() {
	if d.link.client == nil {
		return
	}
	d.note(Fact{Kind: Left, At: time.Now()})
	d.link.client.Close()
	d.link.client = nil
}

// stayAway is the offline part of the presence.
func (d *Device) stayAway(now time.Time) {
	d.link.change = time.Time{}
	if d.g.Presence.Offline.Law != "" {
		d.changeIn(d.draw("offline", d.g.Presence.Offline), now)
	}
}

// backoff is the wait before the next try: After, doubled for each try in a row that failed, at most Max.
func (d *Device) backoff() time.Duration {
	rc := d.g.Reconnect
	if rc.After <= 0 {
		rc = DefaultReconnect
	}
	wait := rc.After << min(d.link.failed, 30)
	if wait > rc.Max || wait <= 0 {
		wait = max(rc.Max, rc.After)
	}
	d.link.failed++
	d.link.drawn++
	if bug.On(bug.Herd) {
		return wait
	}
	u := d.stream.At(d.key("reconnect", d.link.drawn)).Float64()
	return wait - time.Duration(float64(wait)*rc.Jitter*u)
}

func (d *Device) draw(what string, delay scenarios.Delay) time.Duration {
	d.link.drawn++
	return Draw(delay, d.stream.At(d.key(what, d.link.drawn)))
}

func (d *Device) changeIn(wait time.Duration, now time.Time) {
	if d.g.Script != nil {
		return
	}
	d.link.change = d.g.instant(now.Add(wait), linking)
}
