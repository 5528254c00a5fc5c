package broker

import (
	"fmt"
	"time"
)

// Login is what a device shows when it connects.
type Login struct {
	ClientID, Username string
	Password           []byte // not to be kept
	Version            byte   // MQTT protocol version: 4 or 5
	KeepAlive          uint16 // seconds; 0 is none
	Clean              bool   // the device wants nothing kept for it when it is gone (MQTT 5: no session expiry)
	Remote             string
}

// Grant is what an admitted device may do.
type Grant struct {
	Owner any      // who it is, handed back in Session.Owner; comparable: connections of one Owner are one device's
	Note  any      // handed back in Session.Note: what the owner wants to remember of this connection
	Down  []string // topic filters the broker subscribes on the device's behalf
	// AtMostOnce says that the filters of Down have QoS 0: a device that wants more subscribes itself. The owner heeds it.
	AtMostOnce bool
	// MaxKeepAlive is what a longer keep-alive of the device is taken for, in seconds; 0: none is too long.
	MaxKeepAlive uint16
	// May tells whether the device may publish to (write) or subscribe to a topic or filter.
	May func(topic string, write bool) bool
}

// Refusal is an answer to CONNECT that is not yes.
type Refusal struct {
	// At most one of these; none is CONNACK 5 (MQTT 3.1.1) or 0x87 (MQTT 5), not authorized.
	BadCredentials bool // 4 or 0x86
	BadClientID    bool // 2 or 0x85
	Unavailable    bool // 3 or 0x88
	Reason         string
}

func (r *Refusal) Error() string { return fmt.Sprintf("connection refused: %s", r.Reason) }

// Owner is who the broker works for. It may also be a Witness or a Subscriber. All methods but Admit are called on a
// device's packet path: they must not block.
type Owner interface {
	// Admit decides on a CONNECT. A *Refusal says how to answer; any other error is answered as not authorized.
	Admit(Login) (Grant, error)
	// Online is called once the device has its CONNACK.
	Online(*Session)
	// Offline is called exactly once for each session that came Online, after the last Message.
	Offline(s *Session, cause error)
	// Message is what the device published; it goes nowhere else. The payload may be kept.
	Message(s *Session, topic string, payload []byte)
	// Left says that a message of Session.Publish is on its way: written at QoS 0, acknowledged by the device at QoS 1.
	Left(s *Session, token uint64)
}

// Witness is an Owner that wants to know when messages are written, whatever their QoS.
type Witness interface {
	// Written says that a message of Session.Publish or Again went into the connection; at is when the write began. At
	// QoS 0 it comes before Left; at QoS 1 the device may have acknowledged before. It must not block.
	Written(s *Session, token uint64, at time.Time)
}

// Subscriber is an Owner that wants to know when a device subscribes.
type Subscriber interface {
	// Subscribed is called when the device of a session has subscribed to something, by itself.
	Subscribed(*Session)
}

// Message goes to one device.
type Message struct {
	Topic   string
	Payload []byte // the broker's from now on
	QoS     byte   // 0 or 1
	Dup     bool   // at QoS 1: the device may have had it already
	Packet  uint16 // at QoS 1: the packet id that it had in an earlier session, to be kept if it is free; 0: a new one
	Token   uint64 // comes back in Owner.Left
	// Properties go to devices that speak MQTT 5; for others they are left out. nil: none.
	Properties *Properties
}

// Properties are those of an MQTT 5 PUBLISH that an application may set. Each text and each pair has at most 65,535
// bytes; ErrTooLarge otherwise.
type Properties struct {
	CorrelationData []byte
	ResponseTopic   string
	User            [][2]string // name and value, in order
}
