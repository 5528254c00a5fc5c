package sim

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/device"
)

// stream is one load while it runs.
type stream struct {
	index    int
	cfg      scenarios.Load
	ids      []device.Identity
	caller   Caller
	command  platform.Command     // what all calls have in common
	pick     func(seq uint64) int // which of ids
	progress *LoadProgress
	open     atomic.Int64

	// What follows belongs to the pacing goroutine.
	next func() (uint64, time.Duration, bool)
	stop func()
	seq  uint64        // of the next arrival, from 0
	due  time.Duration // when it is, from the beginning of the load phase
	more bool          // there is one
	gone []*strike     // faults that make callers hang up now
}

func newStream(cfg Config, index int) *stream {
	l := cfg.Scenario.Load[index]
	key := loadKey(l, cfg.Scenario.Seed)
	s := &stream{index: index, cfg: l, ids: cfg.Identities[l.To], pick: picker(l, key, len(cfg.Identities[l.To])),
		caller: cfg.Target.Callers[wayOf(cfg.Scenario, l)], progress: &cfg.Progress.Loads[index]}
	s.command = platform.Command{Service: l.Service, Input: l.Input, Mode: mode(l), Timeout: l.Timeout, TTL: l.TTL}
	numbered := made(arrivals(l, key), l.Only)
	if cfg.Script != nil {
		numbered = cfg.Script.Calls(index)
	}
	s.next, s.stop = iter.Pull2(numbered)
	s.advance()
	return s
}

func mode(l scenarios.Load) platform.Mode {
	if l.Call == "cached" || l.Call == "message" && l.TTL > 0 {
		return platform.Cached
	}
	return platform.Instant
}

func (s *stream) advance() { s.seq, s.due, s.more = s.next() }

// made numbers the arrivals and yields those that are made: with only, these.
func made(all iter.Seq[time.Duration], only []int) iter.Seq2[uint64, time.Duration] {
	return func(yield func(uint64, time.Duration) bool) {
		n := uint64(0)
		for due := range all {
			if (len(only) == 0 || contains(only, n)) && !yield(n, due) {
				return
			}
			n++
		}
	}
}

func contains(sorted []int, n uint64) bool {
	_, ok := slices.BinarySearch(sorted, int(n))
	return ok
}

// call is one arrival.
type call struct {
	*stream
	seq uint64
	due time.Duration // from the beginning of the run
	bye time.Duration // from its sending: the caller is gone; below 0: before it is sent; 0: it is not
	why error         // it is

	deaf bool // what its caller is told, it does not hear: it was gone by then, in the run that is made again
	to   device.Identity
}

// callers carries calls out. Its goroutines are kept for the next call, because a fresh one would have to grow its
// stack through the whole of net/http again.
type callers struct {
	rec   *recorder
	ctx   context.Context // its end cancels the open calls
	idle  chan call
	group sync.WaitGroup
}

func newCallers(ctx context.Context, rec *recorder) *callers {
	return &callers{rec: rec, ctx: ctx, idle: make(chan call)}
}

// dispatch starts a call, or drops it when its load has no free slot. It never waits.
func (cs *callers) dispatch(c call) {
	cs.rec.due(c)
	if int(c.open.Load()) >= c.cfg.MaxOpen {
		cs.rec.dropped(c)
		return
	}
	c.open.Add(1)
	c.progress.Open.Add(1)
	select {
	case cs.idle <- c:
	default:
		cs.group.Go(func() { cs.work(c) })
	}
}

func (cs *callers) work(c call) {
	for ok := true; ok; c, ok = <-cs.idle {
		cs.carryOut(c)
		c.open.Add(-1)
		c.progress.Open.Add(-1)
	}
}

// carryOut makes the call and records it. A platform that gives no answer long after every deadline of its own is
// given up on.
func (cs *callers) carryOut(c call) {
	cmd := c.command
	cmd.Device, cmd.Tag = c.to.Address, cs.rec.tag(c)
	ctx, cancel := context.WithTimeoutCause(cs.ctx, 2*c.cfg.Timeout+10*time.Second, errUnanswered)
	defer cancel()
	if c.bye != 0 {
		var hangUp context.CancelFunc
		ctx, hangUp = context.WithTimeoutCause(ctx, c.bye, c.why)
		defer hangUp()
	}
	sent := cs.rec.sent(c)
	out, err := c.caller.Call(ctx, cmd)
	if out = outcome(ctx, out, err); c.deaf {
		out = toldThen(c.why)
	}
	cs.rec.done(c, sent, out)
}

// finish ends the goroutines; no call may be open or follow.
func (cs *callers) finish() {
	close(cs.idle)
	cs.group.Wait()
}

// outcome is how a call ended. One without a well-formed answer is broken, and its code says in a word why.
func outcome(ctx context.Context, out platform.Outcome, err error) platform.Outcome {
	if err == nil && out.Kind >= platform.OK && out.Kind <= platform.Broken {
		if cause := context.Cause(ctx); out.Kind == platform.Broken && cause != nil {
			out.Code = brokenCode(cause)
		}
		return out
	}
	broken := platform.Outcome{Kind: platform.Broken, Code: "malformed"}
	if err != nil {
		broken.Code, broken.Message = brokenCode(errBroken), err.Error()
	}
	if cause := context.Cause(ctx); cause != nil {
		broken.Code = brokenCode(cause)
	}
	return broken
}

// toldThen is what the caller was told that was gone for a cause in the run that is made again.
func toldThen(cause error) platform.Outcome {
	if r, ok := cause.(refusal); ok {
		return platform.Outcome{Kind: r.kind, Code: r.code}
	}
	return platform.Outcome{Kind: platform.Broken, Code: brokenCode(cause)}
}

func brokenCode(cause error) string {
	switch cause {
	case errUnanswered:
		return "unanswered"
	case errCutShort:
		return "cut_short"
	case errHungUp:
		return "hung_up"
	case errBroken:
		return "transport"
	}
	return "interrupted"
}

// OutcomeOf is the outcome of a sample whose call ended so.
func OutcomeOf(k platform.Kind) report.Outcome { return kinds[k] }

// kinds turns how a call ended into the outcome of its sample.
var kinds = [...]report.Outcome{
	platform.OK:          report.OK,
	platform.DeviceError: report.DeviceError,
	platform.Timeout:     report.Timeout,
	platform.Offline:     report.Offline,
	platform.Rejected:    report.Rejected,
	platform.Broken:      report.Broken,
}
