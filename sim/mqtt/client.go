// Package mqtt is the MQTT 5 client that a simulated device needs: paho.golang, set up for thousands of clients in one
// process.
//
//	c, err := mqtt.Connect(ctx, mqtt.Config{Dial: dial, ClientID: id, ..., Receive: take, Lost: gone})
//	err = c.Publish(topic, payload, 0)
//	c.Close() // says DISCONNECT; c.Abort() pulls the plug instead
//
// A Client is one connection. Whoever wants another connects again.
//
// What paho would do by default and what is done here, a device: a queue of 65,535 messages, 512 KiB – one of 32; a
// goroutine that pings – a timer; a ticker for acknowledgements that are given late – none; messages in 5 KB each, by way
// of two goroutines – in their own length, by one (see stream).
package mqtt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
)

// DefaultTimeout is Config.Timeout for those who do not say.
const DefaultTimeout = 10 * time.Second

// DefaultReceiveMaximum is Config.ReceiveMaximum for those who do not say: paho makes a queue of that length, which stays
// empty here, of 256 bytes.
const DefaultReceiveMaximum = 32

// Config says how to connect. Dial and ClientID are necessary.
type Config struct {
	Dial                         func(context.Context) (net.Conn, error)
	ClientID, Username, Password string
	KeepAlive                    time.Duration // whole seconds up to 65,535 s, rounded down; 0 is none
	Subscribe                    []string      // topic filters, at QoS 1
	KeepSession                  bool          // asks the broker to keep what comes for the client while it is away
	// Receive is called for each message, one after another, even before Connect returns. It must not block, and must
	// not call Close or Abort.
	Receive func(Message)
	// Lost is called at most once, when the connection ends otherwise than by Close or Abort and after Connect gave a
	// Client. The error is a *Disconnected when the broker said why. It must not block.
	Lost func(error)
	// ReceiveMaximum is how many messages at QoS 1 the broker may send unacknowledged.
	ReceiveMaximum uint16
	// Timeout bounds Connect as a whole, and the wait of Publish at QoS 1 for a place in the window.
	Timeout time.Duration
	// HoldAcks leaves the acknowledgement of messages at QoS 1 to Message.Ack. Otherwise they are acknowledged when
	// Receive returns.
	HoldAcks bool
}

var errClosed = errors.New("client is closed")

// Client is a connection to a broker.
type Client struct {
	cfg     Config
	conn    wholeConn
	paho    *paho.Client
	session *session
	pinger  *pinger
	abandon context.CancelFunc // ends Connect

	mu    sync.Mutex
	phase phase
	cause error // why it ended, when it did so by itself
}

type phase uint8

const (
	connecting phase = iota
	up
	ended
)

// Connect dials, says CONNECT and subscribes. The error is a *Refused, or says what failed and wraps why.
func Connect(ctx context.Context, cfg Config) (*Client, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	conn, err := cfg.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	c := newClient(cfg, conn, cancel)
	if err := c.hello(ctx); err != nil {
		return nil, err
	}
	if err := c.subscribe(ctx); err != nil {
		c.Abort()
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	return c, nil
}

func newClient(cfg Config, conn net.Conn, abandon context.CancelFunc) *Client {
	c := &Client{cfg: cfg, conn: wholePackets(conn), abandon: abandon}
	c.session = newSession()
	c.pinger = newPinger(c.fail)
	c.paho = paho.NewClient(paho.ClientConfig{
		ClientID:           cfg.ClientID,
		Conn:               &stream{wholeConn: c.conn, take: c.received},
		Session:            c.session,
		PingHandler:        c.pinger,
		PacketTimeout:      cfg.Timeout,
		OnServerDisconnect: c.disconnected,
		OnClientError:      c.lost,
	})
	return c
}

func (c *Client) hello(ctx context.Context) error {
	most := cmp.Or(c.cfg.ReceiveMaximum, DefaultReceiveMaximum)
	cp := &paho.Connect{
		ClientID: c.cfg.ClientID, CleanStart: true, KeepAlive: uint16(min(c.cfg.KeepAlive/time.Second, 65535)),
		Username: c.cfg.Username, UsernameFlag: c.cfg.Username != "",
		Password: []byte(c.cfg.Password), PasswordFlag: c.cfg.Password != "",
		// RequestProblemInfo: a refusal without its reason helps nobody.
		Properties: &paho.ConnectProperties{ReceiveMaximum: &most, RequestProblemInfo: true},
	}
	if c.cfg.KeepSession {
		expiry := uint32(math.MaxUint32) // for ever
		cp.Properties.SessionExpiryInterval = &expiry
	}
	ack, err := c.paho.Connect(ctx, cp)
	switch {
	case err == nil:
		return nil
	case ack != nil && ack.ReasonCode >= 0x80:
		r := &Refused{Code: ack.ReasonCode}
		if ack.Properties != nil {
			r.Reason = ack.Properties.ReasonString
		}
		return r
	}
	return fmt.Errorf("connect: %w", err)
}

// subscribe ends the phase of connecting: from here on a loss is reported to Lost.
func (c *Client) subscribe(ctx context.Context) error {
	var err error
	if len(c.cfg.Subscribe) > 0 {
		s := &paho.Subscribe{}
		for _, f := range c.cfg.Subscribe {
			s.Subscriptions = append(s.Subscriptions, paho.SubscribeOptions{Topic: f, QoS: 1})
		}
		_, err = c.paho.Subscribe(ctx, s)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase == ended {
		return c.cause
	}
	if err == nil {
		c.phase = up
	}
	return err
}

func (c *Client) received(m Message) {
	c.pinger.PacketReceived()
	if m.QoS > 0 && c.cfg.HoldAcks {
		m.session = c.session
		c.session.hold(m.id)
	}
	if c.cfg.Receive != nil {
		c.cfg.Receive(m)
	}
	if m.QoS > 0 && !c.cfg.HoldAcks {
		c.session.Ack(&packets.Publish{QoS: 1, PacketID: m.id})
	}
}

// Publish sends a message. At QoS 0 it returns once the message is written. At QoS 1 too, but it first waits while
// window messages are unacknowledged, at most for Config.Timeout; the acknowledgement itself is not reported.
func (c *Client) Publish(topic string, payload []byte, qos byte) error {
	if qos == 0 {
		return wrap("publish", c.say(topic, payload))
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.Timeout)
	defer cancel()
	if err := c.session.enter(ctx, c.paho.Done()); err != nil {
		return wrap("publish", err)
	}
	p := &paho.Publish{Topic: topic, Payload: payload, QoS: qos}
	_, err := c.paho.PublishWithOptions(ctx, p, paho.PublishOptions{Method: paho.PublishMethod_AsyncSend})
	if err != nil {
		c.session.leave()
	}
	return wrap("publish", err)
}

// say writes a message at QoS 0.
func (c *Client) say(topic string, payload []byte) error {
	packet := appendMessage(make([]byte, 0, 8+len(topic)+len(payload)), topic, payload)
	c.conn.Lock()
	_, err := c.conn.Write(packet)
	c.conn.Unlock()
	if err != nil {
		c.fail(err)
		return err
	}
	c.pinger.PacketSent()
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Close says DISCONNECT, closes and waits for the client's goroutines. It may be called again.
func (c *Client) Close() {
	if c.finish() {
		c.conn.SetWriteDeadline(time.Now().Add(time.Second)) // a broker that does not read gets no farewell
		c.paho.Disconnect(&paho.Disconnect{})
	}
	<-c.paho.Done()
}

// Abort resets the connection without a word and waits for the client's goroutines. It may be called again.
func (c *Client) Abort() {
	if c.finish() {
		reset(c.conn)
	}
	<-c.paho.Done()
}

// finish makes this the end of the client, and tells whether it was not the end before.
func (c *Client) finish() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.phase != ended
	c.phase = ended
	c.pinger.stop()
	return first
}

// fail ends the connection for a reason that paho does not know.
func (c *Client) fail(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
	}
	c.mu.Unlock()
	c.conn.Close() // paho sees it and calls lost
}

// lost is the end of a connection that nobody here wanted.
func (c *Client) lost(err error) {
	c.mu.Lock()
	was := c.phase
	c.phase = ended
	if was != ended && c.cause == nil {
		c.cause = err
	}
	cause := c.cause
	c.mu.Unlock()
	c.pinger.stop()
	c.abandon()
	if was == up && c.cfg.Lost != nil {
		c.cfg.Lost(cause)
	}
}

func (c *Client) disconnected(d *paho.Disconnect) {
	e := &Disconnected{Code: d.ReasonCode}
	if d.Properties != nil {
		e.Reason = d.Properties.ReasonString
	}
	c.lost(e)
}
