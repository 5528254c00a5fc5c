package check

import (
	"strings"
	"time"

	"fleetdrill/platform"
)

// Platform notes what the platform saw. It is meant for platform.Config.Observe and never blocks for long.
func (l *Ledger) Platform(p *platform.Fact) {
	device := int32(p.Device)
	base := &l.shard(device).base
	f := fact{at: int64(p.At.Sub(*base)), wire: p.Wire, device: device, kind: ofPlatform[p.Kind],
		detail: uint8(min(p.Lane, 7))<<laneBits | uint8(p.Order)}
	switch {
	case p.Tag != 0:
		f.cmd = uint64(p.Tag)
	case p.ID != 0:
		f.cmd = byID | uint64(p.ID)
	}
	if p.OneWay {
		f.detail |= oneWay
	}
	switch {
	case f.kind.hasLimit():
		f.limit = never
		if !p.Limit.IsZero() {
			f.limit = int64(p.Limit.Sub(*base))
		}
	case f.kind == Ended:
		f.limit, f.detail = int64(p.Over), f.detail&lanes|uint8(p.State)
		if p.Err != nil {
			f.word = l.words.number(p.Err.Error())
		}
	}
	if f.kind == Accepted {
		f.wire = platform.Wire(p.ID)
	}
	if p.Mode == platform.Cached {
		f.detail |= cached
	}
	if p.QoS > 0 && f.kind == Published {
		f.detail |= qos1
	}
	l.add(&f, p.Answered)
}

// CallKind is what a caller saw.
type CallKind uint8

const (
	CallDue     CallKind = iota + 1 // the schedule wants it sent
	CallSent                        // the caller began to write the request
	CallDone                        // the caller has the whole answer; Outcome, Code and Answer say which
	CallDropped                     // it will not be sent: too many calls are open
)

// CallFact is one step of a call. At is an offset from Begin.
type CallFact struct {
	Load    int
	Seq     uint64
	Kind    CallKind
	At      time.Duration
	Device  int // number; 0 if not yet known
	Mode    platform.Mode
	AtOnce  bool          // the call is over when its command is accepted, whatever becomes of it
	Outcome platform.Kind // CallDone
	Code    string        // CallDone: the vendor's, or empty
	Answer  platform.Wire // CallDone: the number or ID that the device put into its answer to name the command; 0 if none
}

// Call notes what a caller saw.
func (l *Ledger) Call(c CallFact) {
	f := fact{at: int64(c.At), cmd: uint64(l.Tag(c.Load, c.Seq)), device: int32(c.Device), kind: ofCall[c.Kind]}
	if c.Kind == CallDone {
		f.wire, f.detail, f.word = c.Answer, uint8(c.Outcome), l.words.number(c.Code)
	}
	if c.Mode == platform.Cached {
		f.detail |= cached
	}
	if c.AtOnce {
		f.detail |= atOnce
	}
	l.add(&f, false)
}

// DeviceKind is what a device saw or did.
type DeviceKind uint8

const (
	DeviceConnected DeviceKind = iota + 1
	DeviceLost                 // its connection ended, and it did not want that
	DeviceRefused              // a connection attempt failed
	DeviceSeen                 // a command came; Wire says which
	DeviceAnswered             // it published an answer, right or wrong, to the command of Wire
	DeviceHungUp               // it ended its connection, because of the command of Wire or, without, by itself
)

// DeviceFact is one thing that a device saw or did. At is an offset from Begin.
type DeviceFact struct {
	Device int // number, from 1
	Kind   DeviceKind
	At     time.Duration
	Wire   platform.Wire // 0 if no command is concerned, or only its ID known
	ID     platform.ID
	Answer AnswerKind // DeviceAnswered
}

// AnswerKind is what a device said in an answer.
type AnswerKind uint8

const (
	AnswerSuccess AnswerKind = iota
	AnswerFailure            // that it failed
	AnswerGarbled            // something that nobody can read
	AnswerForeign            // success, with another command's number
)

var answerNames = [...]string{"", "failure", "garbled", "foreign"}

func (a AnswerKind) String() string { return answerNames[a] }

// Device notes what a device saw or did.
func (l *Ledger) Device(d DeviceFact) {
	f := fact{at: int64(d.At), wire: d.Wire, device: int32(d.Device), kind: ofDevice[d.Kind]}
	if d.Wire == 0 && d.ID != 0 {
		f.cmd = byID | uint64(d.ID)
	}
	if f.kind == Answered {
		f.detail = uint8(d.Answer)
	}
	l.add(&f, false)
}

// FaultFact is a fault that strikes. At is an offset from Begin.
type FaultFact struct {
	Fault  string // which: one of few texts in a run, such as "faults[1] latency (add: 1s)", with its settings in brackets
	At     time.Duration
	For    time.Duration // how long it acts; 0: it is over at once
	Device int           // whom it strikes; 0: nobody alone
	Wire   platform.Wire // the command whose message it strikes; 0: any, or only its ID known
	ID     platform.ID
}

// FaultKind is the kind of a fault, by the text of its fact: faults[1] caller_gone of ask (after: 1s) is a caller_gone.
func FaultKind(text string) string {
	_, kind, _ := strings.Cut(text, " ")
	kind, _, _ = strings.Cut(kind, " ")
	return kind
}

// Fault notes a fault.
func (l *Ledger) Fault(f FaultFact) {
	of := fact{at: int64(f.At), limit: int64(f.For), wire: f.Wire, device: int32(f.Device), kind: Fault, word: l.words.number(f.Fault)}
	if f.Wire == 0 && f.ID != 0 {
		of.cmd = byID | uint64(f.ID)
	}
	l.add(&of, false)
}

// Retell notes a fact about a fault or about a device's connection as a History of another run tells it, with the load and
// the device of this one.
func (l *Ledger) Retell(t Fact) {
	f := fact{at: int64(t.At), limit: int64(t.For), device: int32(t.Device), kind: t.Kind, word: l.words.number(t.Text)}
	if t.Load >= 0 {
		f.cmd = uint64(l.Tag(t.Load, t.Seq))
	}
	l.add(&f, false)
}
