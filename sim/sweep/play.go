package sweep

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
	"fleetdrill/sim/mqtt"
)

// Caller is an application that uses the platform: sim.Caller.
type Caller interface {
	Call(ctx context.Context, c platform.Command) (platform.Outcome, error)
}

// Config is where a Call is played: a platform that has its dialect and as many devices as there are orders, on a
// virtual clock.
type Config struct {
	Dial    func(context.Context) (net.Conn, error) // for devices
	Codec   device.Codec
	Caller  Caller
	Devices []device.Identity // of which nobody has been online but is activated
	// State is what the API tells of a device's only command; false if there is none.
	State func(platform.Address) (platform.State, bool)
	// TakeBack cancels what rests for a device through the API.
	TakeBack func(platform.Address)
	Close    func() error  // of the platform: what is open by then stays open
	Ledger   *check.Ledger // the platform's facts go there, too; load 0 is the Call, and the number of the order that of the command
	Settle   func()        // synctest.Wait
	Began    time.Time     // what Ledger.Begin was told
}

// Play lets each order happen, one after another, and closes the platform. It returns when the last one is over, or soon
// after the end of ctx; nothing that it started runs any more.
func Play(ctx context.Context, cfg Config, c Call, orders []Order) (err error) {
	var clients []*mqtt.Client
	defer func() {
		err = errors.Join(err, cfg.Close())
		for _, c := range clients {
			c.Abort()
		}
	}()
	if len(cfg.Devices) < len(orders) {
		return fmt.Errorf("sweep %s: %d devices for %d orders", c.Title(), len(cfg.Devices), len(orders))
	}
	for i := range orders {
		p := player{Config: cfg, call: &c, order: &orders[i], seq: uint64(i), id: cfg.Devices[i]}
		err := p.play(ctx)
		clients = append(clients, p.clients...)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("sweep %s, order %d (%s): %w", c.Title(), i, &orders[i], err)
		}
	}
	return nil
}

// player is one order at play. All but receive runs on the goroutine of Play.
type player struct {
	Config
	call    *Call
	order   *Order
	seq     uint64
	id      device.Identity
	client  *mqtt.Client   // nil while the device is away
	clients []*mqtt.Client // all there were
	hangUp  context.CancelFunc
	open    sync.WaitGroup // the call

	mu   sync.Mutex
	last *seen // the message that came last
}

// seen is a message as the device has read it.
type seen struct {
	mqtt.Message
	platform.Command
}

func (p *player) play(ctx context.Context) error {
	if !p.call.Away {
		if err := p.connect(ctx); err != nil {
			return err
		}
	}
	p.Settle()
	begin := time.Now()
	p.begin(ctx)
	defer func() { p.hangUp(); p.open.Wait() }()
	p.Settle()
	for _, s := range p.order.Steps {
		time.Sleep(time.Until(begin.Add(s.At)))
		if err := p.happen(ctx, s.Event); err != nil {
			return err
		}
		p.Settle()
		if s.clock() { // what comes in its instant is in time, so that it strikes just after
			time.Sleep(time.Nanosecond)
			p.Settle()
		}
		p.look(s)
	}
	time.Sleep(p.call.Timeout + p.call.AckTimeout + p.order.Lifetime + time.Minute) // whatever clock may still run
	p.Settle()
	return nil
}

// look compares the command's state after a step with the contract's. In the instant of a clock the clock is still to come.
func (p *player) look(s Step) {
	got, ok := p.State(p.id.Address)
	if ok && p.order.Off == "" && !s.Sharp && got.String() != s.State {
		p.order.Off = fmt.Sprintf("after %s it is %s and should be %s", s.Event, got, s.State)
	}
}

// begin makes the call.
func (p *player) begin(ctx context.Context) {
	ctx, p.hangUp = context.WithCancel(ctx)
	cmd := platform.Command{Device: p.id.Address, Tag: p.Ledger.Tag(0, p.seq), Service: "sweep", Input: []byte("{}"), Timeout: p.call.Timeout}
	if p.call.Cached {
		cmd.Mode, cmd.TTL = platform.Cached, p.order.Lifetime
	}
	p.note(check.CallDue, platform.Outcome{})
	p.open.Go(func() {
		p.note(check.CallSent, platform.Outcome{})
		out, err := p.Caller.Call(ctx, cmd)
		if err != nil {
			out = platform.Outcome{Kind: platform.Broken, Code: "broken"}
		}
		if ctx.Err() != nil {
			out.Code = gone
		}
		p.note(check.CallDone, out)
	})
}

// gone is the code of a call whose caller has hung up.
const gone = "gone"

func (p *player) note(k check.CallKind, out platform.Outcome) {
	mode := platform.Instant
	if p.call.Cached {
		mode = platform.Cached
	}
	p.Ledger.Call(check.CallFact{Seq: p.seq, Kind: k, At: time.Since(p.Began), Device: p.id.Number, Mode: mode,
		AtOnce: !p.call.Waits, Outcome: out.Kind, Code: out.Code})
}

func (p *player) happen(ctx context.Context, e Event) error {
	switch e {
	case Answer:
		return p.answer()
	case Ack:
		if m := p.message(); m != nil {
			m.Ack()
		}
	case Disconnect:
		p.disconnect()
	case Return, Takeover:
		return p.connect(ctx)
	case HangUp:
		p.hangUp()
	case TakeBack:
		p.TakeBack(p.id.Address)
	}
	return nil
}

func (p *player) connect(ctx context.Context) error {
	id, user, password := p.Codec.Login(p.id, time.Now())
	client, err := mqtt.Connect(ctx, mqtt.Config{Dial: p.Dial, ClientID: id, Username: user, Password: password,
		KeepSession: true, HoldAcks: true, Receive: p.receive})
	if err != nil {
		return err
	}
	p.client, p.clients = client, append(p.clients, client)
	p.tell(check.DeviceConnected, nil)
	return nil
}

func (p *player) disconnect() {
	if p.client == nil {
		return
	}
	p.client.Abort()
	p.client = nil
	p.tell(check.DeviceLost, nil)
}

// receive keeps a message; nothing is done about it before its turn.
func (p *player) receive(m mqtt.Message) {
	c, err := p.Codec.Decode(m.Topic, m.Payload)
	if err != nil {
		return
	}
	if c.Wire != 0 && c.Wire.Owner() == 0 {
		c.Wire += platform.Wire(p.id.Number) * platform.WireStride
	}
	p.tell(check.DeviceSeen, &c)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = &seen{m, c}
}

func (p *player) message() *seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// answer answers what has come. Where a platform has sent nothing, the order ends without it, and not as it should.
func (p *player) answer() error {
	m := p.message()
	if m == nil || p.client == nil {
		return nil
	}
	r := platform.ReplyTo(m.Command)
	r.OK, r.Data = true, []byte("{}")
	if p.call.Fails {
		r.OK, r.Code = false, 7 // any but a vendor's own success
	}
	topic, payload, err := p.Codec.Encode(p.id.Address, r)
	if err != nil {
		return err
	}
	p.tell(check.DeviceAnswered, &m.Command)
	return p.client.Publish(topic, payload, 0)
}

func (p *player) tell(k check.DeviceKind, c *platform.Command) {
	f := check.DeviceFact{Device: p.id.Number, Kind: k, At: time.Since(p.Began)}
	if k == check.DeviceAnswered && p.call.Fails {
		f.Answer = check.AnswerFailure
	}
	if c != nil {
		f.Wire, f.ID = c.Wire, c.ID
	}
	p.Ledger.Device(f)
}
