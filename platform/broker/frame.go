package broker

import "bytes"

// PUBLISH on the wire:
//
//	type, dup, QoS | remaining length 1–4 | topic length 2 | topic | packet id 2, QoS 1 only |
//	length of the properties 1–4 and they, MQTT 5 only | payload
//
// Note: mochi's encoder asks for each of 27 properties whether it may be there, a microsecond a message.
func writePublish(b *bytes.Buffer, version byte, id uint16, m Message) {
	first := 0x30 | m.QoS<<1
	if m.Dup && m.QoS > 0 {
		first |= 8
	}
	b.WriteByte(first)
	writeLength(b, publishRest(version, m))
	writeText(b, m.Topic)
	if m.QoS > 0 {
		b.WriteByte(byte(id >> 8))
		b.WriteByte(byte(id))
	}
	if version == 5 {
		writeLength(b, m.Properties.size())
		m.Properties.write(b)
	}
	b.Write(m.Payload)
}

func writeLength(b *bytes.Buffer, n int) {
	for ; n >= 0x80; n >>= 7 {
		b.WriteByte(byte(n) | 0x80)
	}
	b.WriteByte(byte(n))
}

func writeText(b *bytes.Buffer, s string) {
	b.WriteByte(byte(len(s) >> 8))
	b.WriteByte(byte(len(s)))
	b.WriteString(s)
}

// lengthSize is how many bytes writeLength writes.
func lengthSize(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// publishRest is the remaining length.
func publishRest(version byte, m Message) int {
	n := 2 + len(m.Topic) + len(m.Payload)
	if m.QoS > 0 {
		n += 2
	}
	if version == 5 {
		size := m.Properties.size()
		n += lengthSize(size) + size
	}
	return n
}

// publishSize is the length of the whole packet.
func publishSize(version byte, m Message) int {
	rest := publishRest(version, m)
	return 1 + lengthSize(rest) + rest
}

// Identifiers of properties.
const (
	propResponseTopic   = 0x08
	propCorrelationData = 0x09
	propUser            = 0x26
)

// size is the length of the properties on the wire, without the length itself.
func (p *Properties) size() int {
	if p == nil {
		return 0
	}
	n := 0
	if p.ResponseTopic != "" {
		n += 3 + len(p.ResponseTopic)
	}
	if len(p.CorrelationData) > 0 {
		n += 3 + len(p.CorrelationData)
	}
	for _, u := range p.User {
		n += 5 + len(u[0]) + len(u[1])
	}
	return n
}

// fit tells whether every text can be written with its length.
func (p *Properties) fit() bool {
	const most = 65535
	if p == nil {
		return true
	}
	for _, u := range p.User {
		if len(u[0]) > most || len(u[1]) > most {
			return false
		}
	}
	return len(p.ResponseTopic) <= most && len(p.CorrelationData) <= most
}

func (p *Properties) write(b *bytes.Buffer) {
	if p == nil {
		return
	}
	if p.ResponseTopic != "" {
		b.WriteByte(propResponseTopic)
		writeText(b, p.ResponseTopic)
	}
	if len(p.CorrelationData) > 0 {
		b.WriteByte(propCorrelationData)
		writeText(b, string(p.CorrelationData))
	}
	for _, u := range p.User {
		b.WriteByte(propUser)
		writeText(b, u[0])
		writeText(b, u[1])
	}
}
