package broker

import (
	"errors"
	"strconv"
	"strings"
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
// which published without mochi's knowledge. A PUBLISH at QoS 2, which mochi would take and answer as one at QoS 1, ends
// the connection: a device that waits for its PUBREC would wait for ever.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	switch pk.FixedHeader.Type {
	case packets.Connect:
		pk.Properties.User, pk.Connect.Username = nil, own(pk.Connect.Username, pk)
		if c := cl.Net.Conn.(*conn); c.session == nil {
			c.session = h.newSession(c, cl, &pk)
			pk.Connect.Clean = true
			pk.Connect.ClientIdentifier = strconv.FormatUint(h.broker.serial.Add(1), 36)
		}
	case packets.Puback:
		if s := sessionOf(cl); s != nil {
			s.acked(pk.PacketID)
		}
	case packets.Subscribe:
		for i, f := range pk.Filters {
			pk.Filters[i].Filter = own(f.Filter, pk)
		}
	case packets.Publish:
		if pk.FixedHeader.Qos > 1 {
			h.denied(sessionOf(cl), "publish at QoS 2", pk.TopicName)
			sessionOf(cl).end(packets.ErrQosNotSupported, packets.ErrQosNotSupported)
			return pk, packets.ErrRejectPacket
		}
	}
	return pk, nil
}

// own is a part of a packet to keep, of which mochi makes no copy: itself, or a copy where the rest is much longer.
func own[T ~string | ~[]byte](part T, pk packets.Packet) T {
	if pk.FixedHeader.Remaining <= 2*len(part)+1024 || len(part) == 0 {
		return part
	}
	return T(append(make([]byte, 0, len(part)), part...))
}

func (h *hook) newSession(c *conn, cl *mqtt.Client, pk *packets.Packet) *Session {
	return &Session{
		Login: Login{
			ClientID: own(pk.Connect.ClientIdentifier, *pk), Username: string(pk.Connect.Username), Password: pk.Connect.Password,
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
	err := h.admit(s)
	s.Login.Password = nil
	if err == nil {
		err = h.broker.claim(s)
	}
	if err != nil {
		h.broker.server.Log.Debug("device refused", "user", clip(s.Login.Username), "client", clip(s.Login.ClientID), "remote", s.Login.Remote, "error", err)
		h.broker.server.SendConnack(cl, refusal(err, s.Login.Version), false, nil)
	}
	return err
}

func (h *hook) admit(s *Session) (err error) {
	if s.Login.ClientID == "" {
		return errNoClientID
	}
	s.grant, err = h.broker.owner.Admit(s.Login)
	s.conn.idle = time.Duration(s.Login.KeepAlive) * time.Second * 3 / 2
	if most := s.grant.MaxKeepAlive; most > 0 && s.Login.KeepAlive > most {
		s.conn.idle = time.Duration(most) * time.Second * 3 / 2
		s.client.State.Keepalive, s.client.State.ServerKeepalive = most, true // CONNACK tells it, where the protocol can
	}
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
	case small(topic) && s.grant.May != nil && s.grant.May(topic, false) && h.hasRoom(cl, topic):
		return true
	default:
		h.broker.count.deniedSubscribes.Add(1)
		h.denied(s, "subscribe", topic)
		return false
	}
}

func (h *hook) mayPublish(s *Session, topic string) bool {
	if s.grant.May != nil && s.grant.May(topic, true) {
		return true
	}
	h.broker.count.deniedPublishes.Add(1)
	h.denied(s, "publish", topic)
	return false
}

func (h *hook) denied(s *Session, what, topic string) {
	h.broker.server.Log.Debug(what+" denied", "user", clip(s.Login.Username), "topic", clip(topic))
}

// clip bounds what a device can make the log say.
func clip(s string) string { return s[:min(len(s), maxFilter)] }

// The largest topic filter. What mochi does to remember one takes a time that grows with the square of its levels.
const maxFilter, maxLevels = 512, 16

func small(filter string) bool {
	return len(filter) <= maxFilter && strings.Count(filter, "/") < maxLevels
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
		h.broker.owner.Message(s, own(pk.TopicName, pk), own(pk.Payload, pk))
	}
	return pk, packets.CodeSuccessIgnore
}
