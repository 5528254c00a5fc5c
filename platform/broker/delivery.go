package broker

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"fleetdrill/platform/bug"
)

// What Publish can fail with, and what a session ends with beside network errors.
var (
	ErrGone         = errors.New("session is gone")
	ErrNoRoom       = errors.New("device does not read")
	ErrTooLarge     = errors.New("message is larger than the device takes")
	ErrUnsubscribed = errors.New("device is not subscribed to the topic")
	ErrClosed       = errors.New("closed by the platform")
	ErrTakenOver    = errors.New("another connection of the device with the same client id")
)

// Session is one connection of a device, from Owner.Online to Owner.Offline.
type Session struct {
	Login Login // without the password
	Owner any   // of the Grant
	Note  any   // of the Grant
	// AtMostOnce is that of the Grant.
	AtMostOnce bool

	grant  Grant
	broker *Broker
	conn   *conn
	client *mqtt.Client
	online bool          // only the connection's goroutine
	done   chan struct{} // closed after Offline

	mu      sync.Mutex
	cause   error // why it ends, if it was not the device or the network
	over    bool
	window  int       // the device's Receive Maximum
	serial  uint16    // packet id of the last message at QoS 1
	unacked []unacked // oldest first
	held    []Message // beyond the window, or behind one that is
}

type unacked struct {
	id    uint16
	token uint64
}

// Publish sends a message to the device of this session and to nobody else. It does not wait: the message is written as
// soon as the device reads, at QoS 1 not before the device's Receive Maximum allows it, always in order. The error is
// ErrGone, ErrNoRoom, ErrTooLarge or ErrUnsubscribed, and then Owner.Left is not called for it. A message that the
// session ends before is lost without Left, too. No method of Owner is called from inside.
func (s *Session) Publish(m Message) error {
	if m.QoS > 1 {
		return fmt.Errorf("publish: QoS %d: only 0 and 1", m.QoS)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over && bug.On(bug.DeliveredWhileGone):
		return nil
	case s.over:
		return ErrGone
	case !s.Subscribed(m.Topic):
		return ErrUnsubscribed
	case s.tooLarge(m):
		return ErrTooLarge
	case len(s.held)+s.conn.out.waiting() >= s.broker.cfg.PendingWrites:
		s.broker.count.dropped.Add(1)
		return ErrNoRoom
	}
	if len(s.held) > 0 || !s.fitsLocked(m) {
		s.held = append(s.held, m)
		return nil
	}
	return s.sendLocked(m)
}

// Again writes a message at QoS 1 once more that the device has not acknowledged, under the packet id that it has and
// marked as a duplicate: Owner.Left is called once for both. sent is false when there is nothing to repeat, because it is
// acknowledged or, beyond the device's Receive Maximum, not written yet. The errors are those of Publish.
func (s *Session) Again(m Message) (sent bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false, ErrGone
	}
	i := slices.IndexFunc(s.unacked, func(u unacked) bool { return u.token == m.Token })
	switch {
	case i < 0:
		return false, nil
	case len(s.held)+s.conn.out.waiting() >= s.broker.cfg.PendingWrites:
		s.broker.count.dropped.Add(1)
		return false, ErrNoRoom
	}
	m.QoS, m.Dup = 1, true
	return true, s.conn.out.publish(s.Login.Version, s.unacked[i].id, m)
}

func (s *Session) fitsLocked(m Message) bool { return m.QoS == 0 || len(s.unacked) < s.window }

func (s *Session) sendLocked(m Message) error {
	id := uint16(0)
	if m.QoS > 0 {
		if id = m.Packet; id == 0 || s.usesLocked(id) {
			id = s.nextLocked()
		}
		s.unacked = append(s.unacked, unacked{id, m.Token})
	}
	if bug.On(bug.DoubleCopy) {
		s.conn.out.publish(s.Login.Version, id, m)
	}
	return s.conn.out.publish(s.Login.Version, id, m)
}

// tooLarge compares with the device's Maximum Packet Size, and with what MQTT can express.
func (s *Session) tooLarge(m Message) bool {
	most := int(s.client.Properties.Props.MaximumPacketSize)
	if most == 0 {
		most = 256 << 20
	}
	return len(m.Topic) > 65535 || !m.Properties.fit() || publishSize(s.Login.Version, m) > most
}

// nextLocked returns a packet id that is not in use. There is one: the window is below 65,535.
func (s *Session) nextLocked() uint16 {
	for {
		if s.serial++; s.serial != 0 && !s.usesLocked(s.serial) {
			return s.serial
		}
	}
}

func (s *Session) usesLocked(id uint16) bool {
	return slices.ContainsFunc(s.unacked, func(u unacked) bool { return u.id == id })
}

// Packet returns the packet id of a message that the device has not acknowledged, or had not when the session ended; 0 if
// there is none.
func (s *Session) Packet(token uint64) uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.unacked, func(u unacked) bool { return u.token == token })
	if i < 0 {
		return 0
	}
	return s.unacked[i].id
}

// acked takes the device's PUBACK and sends what it made room for. An id that is not awaited means nothing.
func (s *Session) acked(id uint16) {
	s.mu.Lock()
	i := slices.IndexFunc(s.unacked, func(u unacked) bool { return u.id == id })
	if i < 0 {
		s.mu.Unlock()
		return
	}
	token := s.unacked[i].token
	s.unacked = slices.Delete(s.unacked, i, i+1)
	for len(s.held) > 0 && s.fitsLocked(s.held[0]) && !s.over && !bug.On(bug.ReceiveStall) {
		m := s.held[0]
		s.held = slices.Delete(s.held, 0, 1)
		s.sendLocked(m)
	}
	s.tidyLocked()
	s.mu.Unlock()
	s.broker.owner.Left(s, token)
}

// tidyLocked gives back what a burst needed: a session is idle most of its life.
func (s *Session) tidyLocked() {
	if len(s.unacked) == 0 && cap(s.unacked) > 16 {
		s.unacked = nil
	}
	if len(s.held) == 0 {
		s.held = nil
	}
}

// Close ends the session; Owner.Offline follows with a cause that is ErrClosed. It does not wait, and may be called
// from anywhere, again and on a session that is gone.
func (s *Session) Close(reason string) {
	code := packets.ErrAdministrativeAction
	code.Reason = reason
	s.end(code, fmt.Errorf("%w: %s", ErrClosed, reason))
}

// end says DISCONNECT where the protocol has it: MQTT 3.1.1 has none from the broker.
func (s *Session) end(code packets.Code, cause error) {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = cause
	}
	s.over = true
	s.mu.Unlock()
	if s.Login.Version == 5 {
		s.broker.server.DisconnectClient(s.client, code)
		return
	}
	s.client.Stop(code)
}

// finish makes the session unusable and returns its cause: nil when the device said DISCONNECT.
func (s *Session) finish(read error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.held = true, nil
	if s.cause != nil {
		return s.cause
	}
	if stop := s.client.StopCause(); stop != nil && !errors.Is(stop, packets.CodeDisconnect) {
		return stop
	}
	return read
}
