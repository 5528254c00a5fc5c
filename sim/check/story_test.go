package check

import (
	"time"

	"fleetdrill/platform"
)

// story tells a ledger what happened, at offsets from Begin. Facts about commands are of device 1 unless it says so.
type story struct {
	*Ledger
	zero time.Time
	mode platform.Mode
	dev  int
}

func newStory() *story {
	s := &story{Ledger: NewLedger([]string{"reboot", "settings"}, []string{"m-1", "m-2", "m-3"}), dev: 1}
	s.zero = s.base().Add(3 * time.Second)
	s.Begin(s.zero)
	return s
}

// peopled is a story whose devices are all there from the beginning.
func peopled() *story {
	s := newStory()
	for i := range s.devices {
		s.dev = i + 1
		s.presence(platform.WentOnline, -2*time.Second)
	}
	s.dev = 1
	return s
}

const ms = time.Millisecond

func (s *story) call(k CallKind, at time.Duration, seq uint64) {
	s.Call(CallFact{Seq: seq, Kind: k, At: at, Device: s.dev, Mode: s.mode})
}

func (s *story) done(at time.Duration, seq uint64, o platform.Kind, code string) {
	s.Call(CallFact{Seq: seq, Kind: CallDone, At: at, Device: s.dev, Mode: s.mode, Outcome: o, Code: code})
}

func (s *story) fact(k platform.FactKind, at time.Duration, seq uint64, f platform.Fact) {
	f.Kind, f.At, f.Tag, f.Device, f.Mode = k, s.zero.Add(at), s.Tag(0, seq), s.dev, s.mode
	s.Platform(&f)
}

func (s *story) accept(at time.Duration, seq uint64, limit time.Duration) {
	s.fact(platform.Accepted, at, seq, platform.Fact{Limit: s.zero.Add(at + limit)})
}

func (s *story) publish(at time.Duration, seq uint64, timeout time.Duration) {
	s.fact(platform.Published, at, seq, platform.Fact{Wire: s.wire(seq), Limit: s.zero.Add(at + timeout)})
}

func (s *story) end(at time.Duration, seq uint64, st platform.State, err error, over time.Duration) {
	s.fact(platform.Ended, at, seq, platform.Fact{State: st, Err: err, Over: over})
}

// stray is a reply that fits no open command.
func (s *story) stray(k platform.FactKind, at time.Duration, w platform.Wire) {
	s.Platform(&platform.Fact{Kind: k, At: s.zero.Add(at), Device: s.dev, Wire: w})
}

func (s *story) wire(seq uint64) platform.Wire {
	return platform.Wire(s.dev)*platform.WireStride + platform.Wire(seq) + 1
}

// sent is a call up to its publishing: due and accepted at, published at at+1ms, with a timeout of a second.
func (s *story) sent(at time.Duration, seq uint64) {
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	s.accept(at, seq, time.Second)
	s.publish(at+ms, seq, time.Second)
}

// answered is a whole successful call that takes 3 ms.
func (s *story) answered(at time.Duration, seq uint64) {
	s.sent(at, seq)
	s.match(at+2*ms, seq)
	s.done(at+3*ms, seq, platform.OK, "0")
}

func (s *story) match(at time.Duration, seq uint64) {
	s.fact(platform.Matched, at, seq, platform.Fact{Wire: s.wire(seq)})
	s.end(at, seq, platform.Succeeded, nil, 0)
}

// rest is a cached call up to its place in the cache.
func (s *story) rest(at time.Duration, seq uint64, ttl time.Duration) {
	s.mode = platform.Cached
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	s.accept(at, seq, ttl)
	s.fact(platform.Queued, at, seq, platform.Fact{})
	s.done(at, seq, platform.OK, "0")
}

// deliver publishes a resting command and has it answered a millisecond later.
func (s *story) deliver(at time.Duration, seq uint64) {
	s.mode = platform.Cached
	s.publish(at, seq, time.Second)
	s.match(at+ms, seq)
}

// message is a one-way cached command in a lane of its own, published at once, with a lifetime of an hour.
func (s *story) message(at time.Duration, seq uint64) {
	s.mode = platform.Cached
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	end := s.zero.Add(time.Hour)
	s.oneWay(platform.Accepted, at, seq, platform.Fact{Limit: end})
	s.oneWay(platform.Published, at, seq, platform.Fact{Wire: s.wire(seq), Limit: end})
	s.done(at, seq, platform.OK, "0")
}

func (s *story) oneWay(k platform.FactKind, at time.Duration, seq uint64, f platform.Fact) {
	f.Lane, f.Order, f.OneWay = 2, platform.SerializeNone, true
	s.fact(k, at, seq, f)
}

// recall is a device that goes and comes, and gets a message again.
func (s *story) recall(at time.Duration, seq uint64) {
	end := s.zero.Add(time.Hour)
	s.oneWay(platform.Recalled, at, seq, platform.Fact{Limit: end})
	s.oneWay(platform.Published, at+ms, seq, platform.Fact{Wire: s.wire(seq), Limit: end})
}

func (s *story) receive(at time.Duration, seq uint64) {
	s.oneWay(platform.Received, at, seq, platform.Fact{Wire: s.wire(seq)})
	s.endMessage(at, seq, platform.Succeeded, nil, 0)
}

func (s *story) endMessage(at time.Duration, seq uint64, st platform.State, err error, over time.Duration) {
	s.oneWay(platform.Ended, at, seq, platform.Fact{State: st, Err: err, Over: over})
}

func (s *story) presence(k platform.FactKind, at time.Duration) {
	s.Platform(&platform.Fact{Kind: k, At: s.zero.Add(at), Device: s.dev})
}

// left is what a device says when its connection is over.
func (s *story) left(k DeviceKind, at time.Duration) {
	s.Device(DeviceFact{Device: s.dev, Kind: k, At: at})
}

// refused is a cached call that finds the cache full.
func (s *story) refused(at time.Duration, seq uint64) {
	s.mode = platform.Cached
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	s.accept(at, seq, time.Hour)
	s.end(at, seq, platform.Failed, platform.ErrCacheFull, 0)
	s.done(at, seq, platform.Rejected, "11902")
}

// called is an instant call up to its acceptance, with a timeout of a second.
func (s *story) called(at time.Duration, seq uint64) {
	s.call(CallDue, at, seq)
	s.call(CallSent, at, seq)
	s.accept(at, seq, time.Second)
}

// refusedAway is an instant call that fails at once because its device is away, or for another reason of that kind.
func (s *story) refusedAway(at time.Duration, seq uint64, why error) {
	s.called(at, seq)
	s.end(at, seq, platform.Failed, why, 0)
	s.done(at, seq, platform.Offline, "11900")
}

func (s *story) seen(at time.Duration, seq uint64) {
	s.Device(DeviceFact{Device: s.dev, Kind: DeviceSeen, At: at, Wire: s.wire(seq)})
}
