package mqtt

import "fmt"

// Message is what the broker sent.
type Message struct {
	Topic   string
	Payload []byte // the receiver's to keep
	QoS     byte

	id      uint16
	session *session
}

// Ack acknowledges a message at QoS 1 of a client with Config.HoldAcks. Acknowledgements leave in the order in which
// the messages came, so this one waits for all before it. On a connection that is gone, for a second time and for any
// other message it does nothing.
func (m Message) Ack() {
	if m.session != nil && m.QoS > 0 {
		m.session.release(m.id, false)
	}
}

// Lose makes the message one whose acknowledgement was lost: none is sent, and none waits for it.
func (m Message) Lose() {
	if m.session != nil && m.QoS > 0 {
		m.session.release(m.id, true)
	}
}

// Refused is the broker's no to CONNECT.
type Refused struct {
	Code   byte // MQTT 5 reason code
	Reason string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("connection refused: 0x%02x %s", r.Code, r.Reason)
}

// Disconnected is the broker's DISCONNECT.
type Disconnected struct {
	Code   byte
	Reason string
}

func (d *Disconnected) Error() string {
	return fmt.Sprintf("disconnected by the broker: 0x%02x %s", d.Code, d.Reason)
}
