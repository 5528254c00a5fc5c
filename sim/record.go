package sim

import (
	"bytes"
	"encoding/json"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// recorder notes what happens in the run: facts for the ledger, samples for the numbers, and the progress. All times
// are offsets from zero. Its methods are called on the measured path: they stamp first and note after.
type recorder struct {
	ledger  *check.Ledger
	samples *report.Recorder
	zero    time.Time
}

func (r *recorder) now() time.Duration { return time.Since(r.zero) }

func (r *recorder) tag(c call) platform.Tag { return r.ledger.Tag(c.index, c.seq) }

func (r *recorder) due(c call) {
	c.progress.Due.Add(1)
	r.samples.Due(c.index)
	r.ledger.Call(r.fact(c, check.CallDue, c.due))
}

func (r *recorder) dropped(c call) {
	c.progress.NotOK.Add(1)
	now := r.now()
	r.ledger.Call(r.fact(c, check.CallDropped, now))
	r.samples.Add(report.Sample{Load: c.index, Seq: c.seq, Due: c.due, Sent: now, Done: now, Outcome: report.Dropped})
}

func (r *recorder) sent(c call) time.Duration {
	now := r.now()
	r.ledger.Call(r.fact(c, check.CallSent, now))
	return now
}

func (r *recorder) done(c call, sent time.Duration, out platform.Outcome) {
	now := r.now()
	r.samples.Add(report.Sample{Load: c.index, Seq: c.seq, Due: c.due, Sent: sent, Done: now,
		Outcome: kinds[out.Kind], Code: out.Code})
	f := r.fact(c, check.CallDone, now)
	f.Outcome, f.Code, f.Answer = out.Kind, out.Code, platform.Wire(answer(out.Data))
	r.ledger.Call(f)
	if out.Kind == platform.OK {
		c.progress.OK.Add(1)
	} else {
		c.progress.NotOK.Add(1)
	}
}

func (r *recorder) fact(c call, kind check.CallKind, at time.Duration) check.CallFact {
	return check.CallFact{Load: c.index, Seq: c.seq, Kind: kind, At: at, Device: c.to.Number, Mode: c.command.Mode, AtOnce: c.cfg.Call == "async" || c.cfg.Call == "message"}
}

// answer is the number that the device put into its output to say which command it answers; 0: none.
func answer(data json.RawMessage) uint64 {
	if n, ok := lastMember(data); ok {
		return n
	}
	if !bytes.Contains(data, []byte(`"answer"`)) {
		return 0
	}
	var output struct{ Answer uint64 }
	if json.Unmarshal(data, &output) != nil {
		return 0
	}
	return output.Answer
}

// lastMember reads the answer where devices put it, at the end, for a fraction of the price of a parser.
func lastMember(data []byte) (uint64, bool) {
	const key = `"answer":`
	i := bytes.LastIndex(data, []byte(key))
	if i < 0 {
		return 0, false
	}
	var n uint64
	for j, b := range data[i+len(key):] {
		if b == '}' && j > 0 {
			return n, i+len(key)+j == len(data)-1
		}
		if b < '0' || b > '9' || j > 18 {
			return 0, false
		}
		n = n*10 + uint64(b-'0')
	}
	return 0, false
}

var deviceKinds = [...]check.DeviceKind{
	device.Connected: check.DeviceConnected,
	device.Lost:      check.DeviceLost,
	device.Left:      check.DeviceHungUp, // without a command
	device.Refused:   check.DeviceRefused,
	device.Failed:    check.DeviceRefused,
	device.Seen:      check.DeviceSeen,
	device.Answered:  check.DeviceAnswered,
	device.HungUp:    check.DeviceHungUp,
}

func (r *recorder) device(d device.Fact) {
	r.ledger.Device(check.DeviceFact{Device: d.Device, Kind: deviceKinds[d.Kind], At: d.At.Sub(r.zero), Wire: d.Wire, ID: d.ID,
		Answer: sayings[d.Said]})
}

// fault notes one that strikes now.
func (r *recorder) fault(f check.FaultFact) {
	f.At = r.now()
	r.ledger.Fault(f)
}

var sayings = [...]check.AnswerKind{device.Success: check.AnswerSuccess, device.Failure: check.AnswerFailure,
	device.Garbage: check.AnswerGarbled, device.Foreign: check.AnswerForeign}
