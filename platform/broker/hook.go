package broker

import (
	"errors"
	"strconv"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook is where mochi asks and tells. All of it runs on the goroutine of the connection that it is about.
type hook struct {
	mqtt.HookBase
	broker *Broker
}

func (*hook) ID() string { return "fleetdrill" }

// Init stands here because staticcheck sees two embedded ones in HookBase.
func (*hook) Init(any) error { return nil }

func (*hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnPacketRead, mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablished, mqtt.OnDisconnect,
		mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnSubscribed:
		return true
	}
	return false
}

func sessionOf(cl *mqtt.Client) *Session { return cl.Net.Conn.(*conn).session }

// OnPacketRead sees packets before mochi does.
//
// A CONNECT loses what would let anything outlive the connection, and its client id, for which mochi gets one that
// occurs once: mochi's own takeover can forget the newer of two clients with the same id. A PUBACK is for the session,
// which published without mochi's knowledge.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	switch pk.FixedHeader.Type {
	case packets.Connect:
		if c := cl.Net.Conn.(*conn); c.session == nil {
			c.session = h.newSession(c, cl, &pk)
			pk.Connect.Clean = true
			pk.Connect.ClientIdentifier = strconv.FormatUint(h.broker.serial.Add(1), 36)
		}
	case packets.Puback:
		if s := sessionOf(cl); s != nil {
			s.acked(pk.PacketID)
		}
	}
	return pk, nil
}

func (h *hook) newSession(c *conn, cl *mqtt.Client, pk *packets.Packet) *Session {
	return &Session{
		Login: Login{
			ClientID: pk.Connect.ClientIdentifier, Username: string(pk.Connect.Username), Password: pk.Connect.Password,
			Version: pk.ProtocolVersion, KeepAlive: pk.Connect.Keepalive, Remote: cl.Net.Remote, Clean: clean(pk),
		},
		broker: h.broker, conn: c, client: cl, done: make(chan struct{}),
	}
}

// clean tells whether the device wants nothing kept. In MQTT 5 the flag is about the past and the expiry about the
// future.
func clean(pk *packets.Packet) bool {
	if pk.ProtocolVersion == 5 {
		return pk.Properties.SessionExpiryInterval == 0
	}
	return pk.Connect.Clean
}

// OnConnect admits or refuses. mochi sends a CONNACK of its own only for what it refuses itself.
func (h *hook) OnConnect(cl *mqtt.Client, _ packets.Packet) error {
	s := sessionOf(cl)
	s.window = int(cl.Properties.Props.ReceiveMaximum)
	if s.window == 0 {
		s.window = 65535 // absent
	}
	cl.Properties.Props.ReceiveMaximum = 0 // the session counts, mochi does not
	cl.State.Inflight.ResetSendQuota(0)
	cl.Properties.Will = mqtt.Will{} // would be published through mochi, to nobody
	s.conn.idle = time.Duration(s.Login.KeepAlive) * time.Second * 3 / 2
	err := h.admit(s)
	s.Login.Password = nil
	if err == nil {
		err = h.broker.claim(s)
	}
	if err != nil {
		h.broker.server.SendConnack(cl, refusal(err, s.Login.Version), false, nil)
	}
	return err
}

func (h *hook) admit(s *Session) (err error) {
	if s.Login.ClientID == "" {
		return errNoClientID
	}
	s.grant, err = h.broker.owner.Admit(s.Login)
	s.Owner, s.Note, s.AtMostOnce = s.grant.Owner, s.grant.Note, s.grant.AtMostOnce
	return err
}

var (
	errNoClientID = errors.New("connection refused: no client id")
	errBusy       = errors.New("connection refused: as many devices as may be are connected")
)

// refusal is the CONNACK code of an error, in the numbers of the device's protocol version.
func refusal(err error, version byte) packets.Code {
	code, old := packets.ErrNotAuthorized, packets.Err3NotAuthorized
	r := (*Refusal)(nil)
	switch {
	case err == errNoClientID:
		code, old = packets.ErrClientIdentifierNotValid, packets.Err3ClientIdentifierNotValid
	case err == errBusy:
		code, old = packets.ErrServerBusy, packets.Err3ServerUnavailable
	case !errors.As(err, &r):
	case r.BadCredentials:
		code, old = packets.ErrBadUsernameOrPassword, packets.ErrMalformedUsernameOrPassword
	case r.BadClientID:
		code, old = packets.ErrClientIdentifierNotValid, packets.Err3ClientIdentifierNotValid
	case r.Unavailable:
		code, old = packets.ErrServerUnavailable, packets.Err3ServerUnavailable
	}
	if version < 5 {
		return old
	}
	if r != nil {
		code.Reason = r.Reason
	}
	return code
}

// seat is what one session has alone. The client id is not enough: devices choose it, and two may choose the same.
type seat struct {
	owner    any
	clientID string
}

func (s *Session) seat() seat { return seat{s.Owner, s.Login.ClientID} }

// claim makes s the only session of its seat: an older one has been Offline when claim returns. The error is errBusy.
func (b *Broker) claim(s *Session) error {
	b.mu.Lock()
	if b.seats[s.Owner] == 0 && len(b.seats) >= b.cfg.MaxConnections {
		b.mu.Unlock()
		return errBusy
	}
	b.seats[s.Owner]++
	old := b.sessions[s.seat()]
	b.sessions[s.seat()] = s
	b.mu.Unlock()
	s.conn.claimed.Store(true)
	if old != nil {
		old.end(packets.ErrSessionTakenOver, ErrTakenOver)
		<-old.done
	}
	return nil
}

// vacateLocked takes back what claim gave.
func (b *Broker) vacateLocked(c *conn) {
	if !c.claimed.Load() {
		return
	}
	s := c.session
	if b.sessions[s.seat()] == s {
		delete(b.sessions, s.seat())
	}
	if b.seats[s.Owner]--; b.seats[s.Owner] == 0 {
		delete(b.seats, s.Owner)
	}
}

// OnConnectAuthenticate is asked after OnConnect, which has answered everyone else.
func (*hook) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	s := sessionOf(cl)
	s.online = true
	h.broker.count.connected.Add(1)
	h.broker.owner.Online(s)
}

func (h *hook) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	s := sessionOf(cl)
	cause := s.finish(err)
	s.conn.Close()
	s.conn.out.waitIdle() // no Left after Offline
	h.broker.count.connected.Add(-1)
	h.broker.owner.Offline(s, cause)
}

// OnACLCheck is asked about what devices publish and subscribe to.
//
// Note: before MQTT 5 nothing can say that a message is refused, and mochi ends the connection of a device whose QoS is
// 1, with a packet that these versions do not have. There OnPublish drops the message.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	switch s := sessionOf(cl); {
	case write && cl.Properties.ProtocolVersion < 5:
		return true
	case write:
		return h.mayPublish(s, topic)
	case s.grant.May != nil && s.grant.May(topic, false) && h.hasRoom(cl, topic):
		return true
	}
	h.broker.count.deniedSubscribes.Add(1)
	return false
}

func (h *hook) mayPublish(s *Session, topic string) bool {
	if s.grant.May != nil && s.grant.May(topic, true) {
		return true
	}
	h.broker.count.deniedPublishes.Add(1)
	return false
}

// hasRoom tells whether a device may subscribe to one more filter. What it has it may always change.
func (h *hook) hasRoom(cl *mqtt.Client, filter string) bool {
	most := h.broker.cfg.MaxSubscriptions
	_, has := cl.State.Subscriptions.Get(filter)
	return most == 0 || has || cl.State.Subscriptions.Len() < most
}

// OnSubscribed comes before the SUBACK. What is published then may come before it too, as MQTT allows.
func (h *hook) OnSubscribed(cl *mqtt.Client, _ packets.Packet, _ []byte) {
	if o, ok := h.broker.owner.(Subscriber); ok {
		o.Subscribed(sessionOf(cl))
	}
}

// OnPublish takes the message out of mochi's hands: it is acknowledged and goes nowhere else.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if s := sessionOf(cl); cl.Properties.ProtocolVersion >= 5 || h.mayPublish(s, pk.TopicName) {
		h.broker.owner.Message(s, pk.TopicName, pk.Payload)
	}
	return pk, packets.CodeSuccessIgnore
}
