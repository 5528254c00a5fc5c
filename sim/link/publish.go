package link

import "encoding/binary"

// Publish reads a PUBLISH of MQTT 5. ok is false for any other packet.
func Publish(packet []byte) (topic string, payload []byte, ok bool) {
	if !isPublish(packet) {
		return "", nil, false
	}
	_, rest, ok := number(packet[1:])
	if !ok || len(rest) < 2 {
		return "", nil, false
	}
	n := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; len(rest) < n {
		return "", nil, false
	}
	topic, rest = string(rest[:n]), rest[n:]
	if packet[0]&qos != 0 {
		if len(rest) < 2 {
			return "", nil, false
		}
		rest = rest[2:] // packet id
	}
	n, rest, ok = number(rest)
	if !ok || len(rest) < n {
		return "", nil, false
	}
	return topic, rest[n:], true
}

// number reads a length of 1–4 bytes.
func number(p []byte) (n int, rest []byte, ok bool) {
	for i := 0; i < len(p) && i < 4; i++ {
		n |= int(p[i]&0x7f) << (7 * i)
		if p[i] < 0x80 {
			return n, p[i+1:], true
		}
	}
	return 0, nil, false
}
