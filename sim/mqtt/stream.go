package mqtt

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/eclipse/paho.golang/packets"
)

// stream is a connection as paho sees it: messages are taken out of what comes, and given to take on paho's reading
// goroutine.
//
// Note: paho would read them, too. It makes 17 allocations of 5 KB for each, and wakes another goroutine to pass it on.
type stream struct {
	wholeConn
	take func(Message)

	// What follows belongs to who reads.
	head    [2]byte // scratch
	rest    []byte  // of a packet that paho has not read to its end
	greeted bool    // paho has the broker's first packet, before which there are no messages
}

// Read gives the next bytes of packets that are no messages.
func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		packet, body, err := s.next()
		switch {
		case err != nil:
			return 0, err
		case s.greeted && packet[0]>>4 == packets.PUBLISH:
			m, err := readMessage(packet[0], body)
			if err != nil {
				return 0, err
			}
			s.take(m)
		default:
			s.rest, s.greeted = packet, true
		}
	}
	n := copy(p, s.rest)
	if s.rest = s.rest[n:]; len(s.rest) == 0 {
		s.rest = nil // an idle client keeps no memory for it
	}
	return n, nil
}

var errMalformed = errors.New("malformed packet")

// next reads a packet: a type, the length of its body in 1 to 4 bytes, a body.
func (s *stream) next() (packet, body []byte, err error) {
	if _, err := io.ReadFull(s.wholeConn, s.head[:]); err != nil {
		return nil, nil, err
	}
	header := append(make([]byte, 0, 5), s.head[:]...)
	for header[len(header)-1] >= 0x80 {
		if len(header) == 5 {
			return nil, nil, errMalformed
		}
		if _, err := io.ReadFull(s.wholeConn, s.head[:1]); err != nil {
			return nil, nil, err
		}
		header = append(header, s.head[0])
	}
	length, _ := binary.Uvarint(header[1:])
	packet = make([]byte, len(header)+int(length))
	body = packet[copy(packet, header):]
	_, err = io.ReadFull(s.wholeConn, body)
	return packet, body, err
}

// readMessage reads a PUBLISH: topic, packet id, properties, payload. The payload is part of body. None is at QoS 2, which
// nobody here subscribes with.
func readMessage(first byte, body []byte) (Message, error) {
	m := Message{QoS: first >> 1 & 3}
	if len(body) < 2 || m.QoS > 1 {
		return m, errMalformed
	}
	topic := int(binary.BigEndian.Uint16(body))
	if body = body[2:]; len(body) < topic {
		return m, errMalformed
	}
	m.Topic, body = string(body[:topic]), body[topic:]
	if m.QoS > 0 {
		if len(body) < 2 {
			return m, errMalformed
		}
		m.id, body = binary.BigEndian.Uint16(body), body[2:]
	}
	properties, n := binary.Uvarint(body)
	if n <= 0 || properties > uint64(len(body)-n) {
		return m, errMalformed
	}
	m.Payload = body[n+int(properties):]
	return m, nil
}

// appendMessage appends a PUBLISH at QoS 0.
func appendMessage(b []byte, topic string, payload []byte) []byte {
	b = binary.AppendUvarint(append(b, packets.PUBLISH<<4), uint64(2+len(topic)+1+len(payload)))
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(topic))), topic...)
	return append(append(b, 0), payload...) // no properties
}
