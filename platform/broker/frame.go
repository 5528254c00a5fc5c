package broker

import "bytes"

// PUBLISH on the wire, without properties:
//
//	type, QoS | remaining length 1–4 | topic length 2 | topic | packet id 2, QoS 1 only | 0, MQTT 5 only | payload
//
// Note: mochi's encoder asks for each of 27 properties whether it may be there, a microsecond a message.
func writePublish(b *bytes.Buffer, version byte, id uint16, m Message) {
	b.WriteByte(0x30 | m.QoS<<1)
	rest := publishRest(version, m)
	for ; rest >= 0x80; rest >>= 7 {
		b.WriteByte(byte(rest) | 0x80)
	}
	b.WriteByte(byte(rest))
	b.WriteByte(byte(len(m.Topic) >> 8))
	b.WriteByte(byte(len(m.Topic)))
	b.WriteString(m.Topic)
	if m.QoS > 0 {
		b.WriteByte(byte(id >> 8))
		b.WriteByte(byte(id))
	}
	if version == 5 {
		b.WriteByte(0)
	}
	b.Write(m.Payload)
}

// publishRest is the remaining length.
func publishRest(version byte, m Message) int {
	n := 2 + len(m.Topic) + len(m.Payload)
	if m.QoS > 0 {
		n += 2
	}
	if version == 5 {
		n++
	}
	return n
}

// publishSize is the length of the whole packet.
func publishSize(version byte, m Message) int {
	rest := publishRest(version, m)
	size := 1 + rest
	for size++; rest >= 0x80; rest >>= 7 {
		size++
	}
	return size
}
