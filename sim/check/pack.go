package check

import (
	"encoding/binary"
	"math/bits"

	"fleetdrill/platform"
)

// packed is a chunk of facts as a ledger keeps them. What noting a fact costs is memory that nobody has touched yet, so it
// takes as little as it can: about 18 bytes instead of the 40 of a fact. Packed it is, lowest byte first,
//
//	eight bytes: from the lowest bit the kind (5), the detail (8), whether there is a word (1), the sizes in bytes of the
//	four numbers that follow (4 each), whether it is joined (1), at the end the device (32)
//	at, limit, cmd, wire: as many bytes as each number needs, none for 0
//	word: two bytes or none
//
// and the numbers are smallAt and so on, not what they stand for.
//
// A joined fact is two, for half the price: an Ended, and before it the Matched of the same instant.
type packed []byte

const (
	chunkBytes = 8 << 10
	packedMost = 8 + 4*8 + 2 // bytes of one fact

	detailBit, wordBit, sizesBit, joinedBit, deviceBit = 5, 13, 14, 30, 32
)

// hasRoom tells whether one more fact can be added.
func (c packed) hasRoom() bool { return len(c)+packedMost <= cap(c) }

// add appends a fact, for which there is room. Each number is written as eight bytes, and the next begins where it ends.
func (c packed) add(f *fact, joined bool) packed {
	n := len(c)
	p := (*[packedMost]byte)(c[n : n+packedMost])
	head := uint64(f.kind) | uint64(f.detail)<<detailBit | uint64(uint32(f.device))<<deviceBit
	i := 8
	for nth, v := range [...]uint64{zigzag(f.at), smallLimit(f.limit, f.at), f.cmd, smallWire(f.wire, f.device)} {
		size := (bits.Len64(v) + 7) / 8
		binary.LittleEndian.PutUint64(p[i:], v)
		i += size
		head |= uint64(size) << (sizesBit + 4*nth)
	}
	if f.word != 0 {
		binary.LittleEndian.PutUint16(p[i:], f.word)
		i += 2
		head |= 1 << wordBit
	}
	if joined {
		head |= 1 << joinedBit
	}
	binary.LittleEndian.PutUint64(p[:], head)
	return c[:n+i]
}

// all yields the facts. Each is the reader's own, until the next.
func (c packed) all(yield func(*fact) bool) {
	var f, first fact
	for n := 0; n < len(c); {
		size, joined := f.unpack((*[packedMost]byte)(c[n : n+packedMost]))
		n += size
		if joined {
			first = f.split()
			if !yield(&first) {
				return
			}
		}
		if !yield(&f) {
			return
		}
	}
}

// unpack reads a fact, and returns how many bytes it takes and whether it is joined.
func (f *fact) unpack(p *[packedMost]byte) (size int, joined bool) {
	head := binary.LittleEndian.Uint64(p[:])
	f.kind, f.detail = Kind(head&(1<<detailBit-1)), uint8(head>>detailBit)
	f.device, f.word = int32(head>>deviceBit), 0
	i := 8
	var numbers [4]uint64
	for nth := range numbers {
		size := int(head >> (sizesBit + 4*nth) & 0xf)
		numbers[nth] = binary.LittleEndian.Uint64(p[i:]) & (1<<(8*size) - 1)
		i += size
	}
	f.at = unzigzag(numbers[0])
	f.limit, f.cmd, f.wire = limitOf(numbers[1], f.at), numbers[2], wireOf(numbers[3], f.device)
	if head>>wordBit&1 != 0 {
		f.word = binary.LittleEndian.Uint16(p[i:])
		i += 2
	}
	return i, head>>joinedBit&1 != 0
}

// split takes the first of two facts out of a joined one.
func (f *fact) split() (first fact) {
	first = *f
	first.kind, first.limit, first.word, first.detail = Matched, 0, 0, f.detail&^low
	return first
}

// zigzag makes numbers near 0 small that may be negative: 0, -1, 1, -2 …
func zigzag(n int64) uint64 { return uint64(n<<1 ^ n>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// smallLimit counts a limit from the time of its fact. 0 stays 0, and never is 1.
func smallLimit(limit, at int64) uint64 {
	switch limit {
	case 0:
		return 0
	case never:
		return 1
	}
	return zigzag(limit-at) + 2
}

func limitOf(v uint64, at int64) int64 {
	switch v {
	case 0:
		return 0
	case 1:
		return never
	}
	return at + unzigzag(v-2)
}

// smallWire leaves the device out of a number on the wire that is its own. Another number, or an ID, has the lowest bit
// clear. Nobody has one from 1<<63 on: what a device makes up there is kept as the last number before it.
func smallWire(w platform.Wire, device int32) uint64 {
	if w != 0 && w.Owner() == int(device) {
		return uint64(w%platform.WireStride)<<1 | 1
	}
	return uint64(min(w, 1<<63-1)) << 1
}

func wireOf(v uint64, device int32) platform.Wire {
	if v&1 != 0 {
		return platform.Wire(device)*platform.WireStride + platform.Wire(v>>1)
	}
	return platform.Wire(v >> 1)
}
