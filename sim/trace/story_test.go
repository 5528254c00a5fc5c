package trace

import (
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

const ms = time.Millisecond

// story is one command's facts in a run with one load and three devices. Its device is 1; times count from Begin.
type story struct {
	*check.Ledger
	zero   time.Time
	mode   platform.Mode
	oneWay bool
	seq    uint64
}

const wire = platform.WireStride + 1

func newStory() *story {
	s := &story{Ledger: check.NewLedger([]string{"ask", "keep"}, []string{"m-1", "m-2", "m-3"}), zero: time.Now()}
	s.Begin(s.zero)
	s.link(platform.WentOnline, -1000*ms)
	return s
}

func (s *story) call(at time.Duration, k check.CallKind, o platform.Kind, code string) {
	s.Call(check.CallFact{Seq: s.seq, Kind: k, At: at, Device: 1, Mode: s.mode, Outcome: o, Code: code})
}

func (s *story) fact(at time.Duration, f platform.Fact) {
	f.At, f.Tag, f.Device, f.Mode, f.OneWay = s.zero.Add(at), s.Tag(0, s.seq), 1, s.mode, s.oneWay
	s.Platform(&f)
}

func (s *story) link(k platform.FactKind, at time.Duration) {
	s.Platform(&platform.Fact{Kind: k, At: s.zero.Add(at), Device: 1})
}

// says is what the device says of its connection alone.
func (s *story) says(k check.DeviceKind, at time.Duration) {
	s.Device(check.DeviceFact{Device: 1, Kind: k, At: at})
}

func (s *story) halfOpen(at time.Duration) {
	s.Fault(check.FaultFact{Fault: "faults[0] half_open", At: at, For: 100 * ms, Device: 1})
}

func (s *story) strike(fault string, at, lasts time.Duration, device int) {
	s.Fault(check.FaultFact{Fault: fault, At: at, For: lasts, Device: device})
}

func (s *story) at(d time.Duration) time.Time { return s.zero.Add(d) }

// accepted is a command that is due at 0 and accepted at 2 ms, with a limit of a second.
func (s *story) accepted() {
	s.call(0, check.CallDue, 0, "")
	s.call(ms, check.CallSent, 0, "")
	s.fact(2*ms, platform.Fact{Kind: platform.Accepted, Limit: s.at(1002 * ms)})
}

// published goes on: it is published at 3 ms and may take a second.
func (s *story) published() {
	s.accepted()
	s.fact(3*ms, platform.Fact{Kind: platform.Published, Wire: wire, Limit: s.at(1003 * ms), QoS: 1})
	s.Platform(&platform.Fact{Kind: platform.Written, At: s.at(4 * ms), Device: 1, Wire: wire})
}

func (s *story) device(at time.Duration, k check.DeviceKind, said check.AnswerKind) {
	s.Device(check.DeviceFact{Device: 1, Kind: k, At: at, Wire: wire, Answer: said})
}

// seen goes on: the device has it at 5 ms.
func (s *story) seen() {
	s.published()
	s.device(5*ms, check.DeviceSeen, 0)
}

func (s *story) end(at time.Duration, st platform.State, err error) {
	s.fact(at, platform.Fact{Kind: platform.Ended, State: st, Err: err})
}

// timedOut ends it at its deadline.
func (s *story) timedOut() {
	s.end(1003*ms+1, platform.TimedOut, platform.ErrUnanswered)
	s.call(1004*ms, check.CallDone, platform.Timeout, "11915")
}

// failed is an ending at 3 ms that the caller is told of.
func (s *story) failed(err error, o platform.Kind) {
	s.accepted()
	s.end(3*ms, platform.Failed, err)
	s.call(4*ms, check.CallDone, o, "1")
}

// droppedIn is a call of another load that found no free slot.
func (s *story) droppedIn(load int, seq uint64) {
	for _, k := range []check.CallKind{check.CallDue, check.CallDropped} {
		s.Call(check.CallFact{Load: load, Seq: seq, Kind: k, Device: 1})
	}
}

// succeeded goes from seen to success.
func (s *story) succeeded() {
	s.seen()
	s.device(10*ms, check.DeviceAnswered, 0)
	s.fact(11*ms, platform.Fact{Kind: platform.Matched, Wire: wire})
	s.end(11*ms, platform.Succeeded, nil)
	s.call(12*ms, check.CallDone, platform.OK, "0")
}

func (s *story) stray(k platform.FactKind, at time.Duration) {
	s.Platform(&platform.Fact{Kind: k, At: s.at(at), Device: 1, Wire: wire})
}

// before is another command for the device: it is published at one moment, there at another, and answered at once.
func (s *story) before(seq uint64, published, seen time.Duration) {
	o := &story{Ledger: s.Ledger, zero: s.zero, seq: seq}
	o.call(published, check.CallDue, 0, "")
	o.fact(published, platform.Fact{Kind: platform.Accepted, Limit: s.at(published + time.Second)})
	o.fact(published, platform.Fact{Kind: platform.Published, Wire: wire + 1, Limit: s.at(published + time.Second)})
	o.fact(published+time.Second, platform.Fact{Kind: platform.Ended, State: platform.TimedOut, Err: platform.ErrUnanswered})
	o.call(published+time.Second, check.CallDone, platform.Timeout, "11915")
	for _, k := range []check.DeviceKind{check.DeviceSeen, check.DeviceAnswered} {
		s.Device(check.DeviceFact{Device: 1, Kind: k, At: seen, Wire: wire + 1})
	}
}
