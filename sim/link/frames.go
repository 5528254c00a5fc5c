package link

// frames finds where the packets of a stream end. A packet is its type, the length of the rest in 1–4 bytes, the rest.
type frames struct {
	header int // bytes of the header that have come
	length int // of the rest, as far as it is known
	left   int // bytes of the rest to come, once the header is whole
	body   bool
}

// next gives how many bytes of p belong to the packet at hand, and whether it is whole with them.
func (f *frames) next(p []byte) (n int, whole bool) {
	for n < len(p) && !f.body {
		b := p[n]
		n++
		f.header++
		if f.header == 1 {
			continue
		}
		f.length |= int(b&0x7f) << (7 * (f.header - 2))
		if b < 0x80 || f.header == 5 {
			f.body, f.left = true, f.length
		}
	}
	if !f.body {
		return n, false
	}
	rest := min(f.left, len(p)-n)
	f.left -= rest
	n += rest
	if f.left > 0 {
		return n, false
	}
	*f = frames{}
	return n, true
}

// skip goes past bytes that nobody is to cut.
func (f *frames) skip(p []byte) {
	for len(p) > 0 {
		n, _ := f.next(p)
		p = p[n:]
	}
}

const (
	publish = 3
	puback  = 4
	dup     = 0x08
	qos     = 0x06
)

func isPublish(packet []byte) bool { return len(packet) > 0 && packet[0]>>4 == publish }
func isAck(packet []byte) bool     { return len(packet) > 0 && packet[0]>>4 == puback }

// duplicate is a copy of a PUBLISH as MQTT sends it again. At QoS 0 nothing tells it from the first.
func duplicate(packet []byte) []byte {
	again := append([]byte(nil), packet...)
	if again[0]&qos != 0 {
		again[0] |= dup
	}
	return again
}
