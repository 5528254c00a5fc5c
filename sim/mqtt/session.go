package mqtt

import (
	"context"
	"sync"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/session/state"
)

// window is how many messages at QoS 1 a client has on their way. It is below the Receive Maximum of any broker met so
// far, so that paho's own wait for it never happens: that one may print to stdout when it is cancelled.
const window = 16

// session is paho's session state with two changes: acknowledgements can be held, and the window is counted here.
type session struct {
	*state.State
	slots chan struct{} // one for each message at QoS 1 on its way to the broker

	mu   sync.Mutex
	held []heldAck // in the order of arrival
}

type heldAck struct {
	id    uint16
	ready bool
	lost  bool // it is not sent
}

func newSession() *session {
	return &session{State: state.NewInMemory(), slots: make(chan struct{}, window)}
}

func (s *session) hold(id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, heldAck{id: id})
}

// release marks a message and acknowledges all from the oldest on that are marked, but for the lost ones.
func (s *session) release(id uint16, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.held {
		if s.held[i].id == id && !s.held[i].ready {
			s.held[i].ready, s.held[i].lost = true, lost
			break
		}
	}
	n := 0
	for n < len(s.held) && s.held[n].ready {
		if !s.held[n].lost {
			s.State.Ack(&packets.Publish{QoS: 1, PacketID: s.held[n].id})
		}
		n++
	}
	if s.held = s.held[n:]; len(s.held) == 0 {
		s.held = nil
	}
}

// PacketReceived gives a place in the window back for each PUBACK.
func (s *session) PacketReceived(cp *packets.ControlPacket, to chan<- *packets.Publish) error {
	if cp.Type == packets.PUBACK {
		s.leave()
	}
	return s.State.PacketReceived(cp, to)
}

// enter waits for a place in the window.
func (s *session) enter(ctx context.Context, closed <-chan struct{}) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *session) leave() {
	select {
	case <-s.slots:
	default: // an acknowledgement of nothing
	}
}
