package check

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fleetdrill/platform"
)

// model is a device and its queue as the platform should be: it makes histories in which everything is right.
type model struct {
	*story
	limit   int
	now     time.Duration
	agenda  []event // by time, and those of one time in the order they were made
	online  bool
	queue   []*job
	open    *job // the cached one on its way
	jobs    []*job
	closed  bool
	waiting int
}

type event struct {
	at  time.Duration
	run func()
}

// job is one call, and what its device will do with it.
type job struct {
	seq     uint64
	cached  bool
	ttl     time.Duration
	until   time.Duration // cached: the end of its lifetime
	answer  time.Duration // after publishing; below 0 is never
	twice   bool
	ended   bool
	sent    bool
	matched bool
}

const modelTimeout = 100 * ms

func (m *model) after(d time.Duration, run func()) {
	m.agenda = append(m.agenda, event{m.now + d, run})
}

func (m *model) play() {
	for len(m.agenda) > 0 {
		slices.SortStableFunc(m.agenda, func(a, b event) int { return cmp.Compare(a.at, b.at) })
		e := m.agenda[0]
		m.agenda, m.now = m.agenda[1:], e.at
		e.run()
	}
}

func (m *model) as(j *job) *model {
	m.mode = platform.Instant
	if j.cached {
		m.mode = platform.Cached
	}
	return m
}

func (m *model) arrive(j *job) {
	if m.closed {
		return
	}
	m.jobs = append(m.jobs, j)
	m.as(j).call(CallDue, m.now, j.seq)
	m.call(CallSent, m.now, j.seq)
	wait := modelTimeout
	if j.cached {
		wait, j.until = j.ttl, m.now+j.ttl
	}
	m.accept(m.now, j.seq, wait)
	switch {
	case j.cached && m.waiting >= m.limit:
		m.finish(j, platform.Failed, platform.ErrCacheFull, 0)
		m.as(j).done(m.now, j.seq, platform.Rejected, "11902")
		return
	case !j.cached && !m.online:
		m.finish(j, platform.Failed, platform.ErrOffline, 0)
		return
	case j.cached:
		m.waiting++
		m.done(m.now, j.seq, platform.OK, "0")
	}
	m.queue = append(m.queue, j)
	m.pump()
	if j.sent {
		return
	}
	m.as(j).fact(platform.Queued, m.now, j.seq, platform.Fact{})
	if j.cached {
		m.after(wait, func() { m.timeUp(j, platform.Expired, platform.ErrExpired, 0) })
	} else {
		m.after(wait+1, func() { m.timeUp(j, platform.Failed, platform.ErrNotSent, 1) })
	}
}

// timeUp ends a job that still waits.
func (m *model) timeUp(j *job, st platform.State, err error, over time.Duration) {
	if j.sent || j.ended {
		return
	}
	m.take(j)
	m.finish(j, st, err, over)
}

func (m *model) take(j *job) {
	m.queue = slices.DeleteFunc(m.queue, func(k *job) bool { return k == j })
	if j.cached {
		m.waiting--
	}
}

func (m *model) pump() {
	for m.online && !m.closed && len(m.queue) > 0 && m.open == nil {
		j := m.queue[0]
		if j.cached && m.now >= j.until {
			m.timeUp(j, platform.Expired, platform.ErrExpired, 0)
			continue
		}
		m.take(j)
		j.sent = true
		if j.cached {
			m.open = j
		}
		m.as(j).publish(m.now, j.seq, modelTimeout)
		m.after(modelTimeout+1, func() {
			if !j.ended {
				m.finish(j, platform.TimedOut, platform.ErrUnanswered, 1)
				m.pump()
			}
		})
		if j.answer >= 0 {
			m.after(j.answer, func() { m.reply(j) })
		}
	}
}

func (m *model) reply(j *job) {
	if j.twice {
		j.twice = false
		m.after(j.answer, func() { m.reply(j) })
	}
	switch {
	case !j.ended:
		j.matched = true
		m.as(j).fact(platform.Matched, m.now, j.seq, platform.Fact{Wire: m.wire(j.seq)})
		m.finish(j, platform.Succeeded, nil, 0)
		m.pump()
	case j.matched:
		m.stray(platform.Duplicate, m.now, m.wire(j.seq))
	default:
		m.stray(platform.Late, m.now, m.wire(j.seq))
	}
}

// close takes back what waits and ends what is open.
func (m *model) close() {
	m.closed = true
	for _, j := range m.jobs {
		switch {
		case j.ended:
		case j.sent:
			m.finish(j, platform.Failed, platform.ErrClosed, 0)
		default:
			m.take(j)
			m.finish(j, platform.Canceled, platform.ErrClosed, 0)
		}
	}
}

var heard = map[error]platform.Kind{nil: platform.OK, platform.ErrOffline: platform.Offline,
	platform.ErrNotSent: platform.Timeout, platform.ErrUnanswered: platform.Timeout, platform.ErrClosed: platform.Broken}

func (m *model) finish(j *job, st platform.State, err error, over time.Duration) {
	j.ended = true
	if m.open == j {
		m.open = nil
	}
	m.as(j).end(m.now, j.seq, st, err, over)
	if !j.cached {
		m.done(m.now, j.seq, heard[err], "")
	}
}

func drawModel(t *rapid.T) *model {
	m := &model{story: newStory(), limit: rapid.IntRange(1, 4).Draw(t, "limit")}
	span := rapid.IntRange(0, 300)
	for i := range rapid.IntRange(1, 25).Draw(t, "calls") {
		j := &job{seq: uint64(i), cached: rapid.Bool().Draw(t, "cached"), twice: rapid.Bool().Draw(t, "twice"),
			ttl:    time.Duration(rapid.IntRange(1, 200).Draw(t, "ttl")) * ms,
			answer: time.Duration(rapid.IntRange(-30, 150).Draw(t, "answer")) * ms}
		m.after(time.Duration(span.Draw(t, "at"))*ms, func() { m.arrive(j) })
	}
	m.after(time.Duration(span.Draw(t, "return"))*ms, func() {
		m.online = true
		m.presence(platform.WentOnline, m.now)
		m.pump()
	})
	if at := span.Draw(t, "close"); at > 100 { // else it closes when everything is over
		m.after(time.Duration(at)*ms, m.close)
	}
	return m
}

func TestRandomCleanHistoriesRaiseNoAlarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		m.play()
		h := m.Finish()
		for _, r := range Check(h, Limits{CachedPerDevice: m.limit}) {
			if r.Breaches > 0 {
				t.Fatalf("%s: %v", r.Rule, r.Examples)
			}
		}
		st := h.Stats(Limits{})
		if st.Pending != 0 || len(st.Overshoot) != st.Fired || len(st.Waits) != st.Drained || st.Drained > st.Filled {
			t.Fatalf("stats do not add up: %+v", st)
		}
		if n := st.Direct + st.Drained + st.Expired + st.TakenBack + st.Withdrawn + st.Waiting; n != st.Filled {
			t.Fatalf("%d cached commands were filled and %d are accounted for: %+v", st.Filled, n, st)
		}
	})
}

func TestALostFactNeverPassesUnnoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		m.play()
		lost := loseOne(t, m.Ledger)
		for _, r := range Check(m.Finish(), Limits{CachedPerDevice: m.limit}) {
			if r.Breaches > 0 {
				return
			}
		}
		t.Fatalf("lost %s and no rule noticed", lost)
	})
}

// loseOne takes away one fact without which some rule must be broken.
func loseOne(t *rapid.T, l *Ledger) Kind {
	type place struct{ shard, at int }
	var places []place
	for s := range l.shards {
		for i, f := range unpacked(&l.shards[s]) {
			if slices.Contains([]Kind{Due, Sent, Done, Accepted, Ended, Matched}, f.kind) {
				places = append(places, place{s, i})
			}
		}
	}
	if len(places) == 0 { // it closed before the first call
		t.Skip("nothing happened")
	}
	p := rapid.SampledFrom(places).Draw(t, "lost")
	sh := &l.shards[p.shard]
	facts := unpacked(sh)
	sh.take()
	for i := range facts {
		if i != p.at {
			l.add(&facts[i], false)
		}
	}
	return facts[p.at].kind
}

func unpacked(sh *shard) (facts []fact) {
	for _, c := range sh.chunks() {
		for f := range c.all {
			facts = append(facts, *f)
		}
	}
	return facts
}
