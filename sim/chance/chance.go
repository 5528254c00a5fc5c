// Package chance gives every random decision of a run its own stream of numbers, derived from the scenario's seed
// and from what is decided, never from who asks or when. Two things at the same instant may run in either order and
// still draw the same, and one device can be run again alone.
//
// To use it, name the decision once, finish the name where it is made, and draw:
//
//	jitter := chance.Seed(42).Text("reconnect").Text("meters")
//	var s chance.Stream
//	r := s.At(jitter.Number(device).Number(attempt))
//	wait := time.Duration(r.Float64() * float64(time.Second))
package chance

import "math/rand/v2"

// Key names a decision. Keys are values: each method gives a longer name and leaves its receiver as it was.
type Key uint64

// Seed is the empty name under a scenario's seed.
func Seed(seed uint64) Key { return Key(mix(seed)) }

// Number appends n to the name.
func (k Key) Number(n uint64) Key { return Key(mix(uint64(k)*odd + n + golden)) }

// Text appends s to the name.
func (k Key) Text(s string) Key {
	for _, b := range []byte(s) {
		k = k.Number(uint64(b))
	}
	return k.Number(^uint64(len(s)))
}

// Below draws one number of 0 to n-1, n > 0, without a stream. Its bias is n/2^64.
func (k Key) Below(n int) int { return int(uint64(k.Number(0)) % uint64(n)) }

// Stream draws the numbers of one decision after the other. It is for one goroutine; the zero value is ready. It
// must not be copied after its first use.
type Stream struct {
	pcg rand.PCG
	r   *rand.Rand
}

// At begins the stream of k. The Rand is good until the next At; nothing is allocated but on the first call.
func (s *Stream) At(k Key) *rand.Rand {
	if s.r == nil {
		s.r = rand.New(&s.pcg)
	}
	s.pcg.Seed(mix(uint64(k)), mix(uint64(k)+golden))
	return s.r
}

// golden is 2^64 over the golden ratio, the step of splitmix64; odd is any other odd number, so that the order of
// two appended numbers matters.
const (
	golden = 0x9e3779b97f4a7c15
	odd    = 0xd1342543de82ef95
)

// mix is the finisher of splitmix64 (Steele, Lea, Flood 2014): a bijection in which each bit of x changes half of
// the bits of the result. Keys that differ by one, as devices and counts do, give streams that have nothing in common.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
