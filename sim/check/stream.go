package check

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"fleetdrill/platform"
)

// stream judges facts as they come. The facts of one device come in the order in which they happened, those of different
// devices in any. It keeps a command's facts until the command has settled and so many others after it that hardly
// anything can follow; then the rules see it, and of its facts no more than a few bits are left.
type stream struct {
	names
	limits  Limits
	keep    int // settled commands that are kept whole
	results []Result
	stats   Stats
	fill    span
	drains  drains
	queues  []queue // by device number

	lives   index                    // by reference: commands that the rules have not seen yet
	wires   index                    // those of them that are published, by platform.Wire
	ids     map[uint64]*life         // those of them that devices may know by their ID alone
	early   map[platform.Wire][]fact // facts about numbers on the wire that have not been published yet
	settled []*life                  // in that order
	gone    tombs
	byIDs   bool // there are devices that know commands by their ID alone
	free    []*life
	view    command // what rules look at
}

// life is a command that is not judged yet.
type life struct {
	ref     uint64
	id      uint64 // byID and its platform.ID
	facts   []fact
	wires   []platform.Wire
	seen    [kinds]bool
	settled bool // it is in stream.settled
}

// maxSettled is how many settled commands are kept whole: they take about half a kilobyte each. A small run has fewer, so
// that all its rules see all facts.
const maxSettled = 1 << 14

// maxEarly is how many numbers on the wire may be known to devices alone as long as the platform has told nothing: what a
// device sees was accepted before. A platform in another process never tells whose they are.
const maxEarly = 1 << 12

// usual is how many facts a command has.
const usual = 14

func newStream(n names, limits Limits) *stream {
	s := &stream{names: n, limits: limits, keep: maxSettled, results: make([]Result, len(Rules)), queues: make([]queue, len(n.devices)+1),
		lives: newIndex(), wires: newIndex(), ids: map[uint64]*life{}, early: map[platform.Wire][]fact{}}
	for i, r := range Rules {
		s.results[i].Rule = r.Name
	}
	for i := range s.queues {
		s.queues[i] = queue{h: &s.names, lives: &s.lives, device: int32(i), left: never}
	}
	s.gone = newTombs(&s.names)
	s.view = command{h: &s.names, limits: limits}
	return s
}

// feed takes the next fact, and may change it.
func (s *stream) feed(f *fact) {
	s.stats.reply(f.kind)
	s.watched = s.watched || f.kind == Accepted
	s.byIDs = s.byIDs || f.cmd&byID != 0 && !f.kind.ofPlatform()
	s.queue(f)
	if f.cmd != 0 {
		s.about(f.cmd, f)
		return
	}
	switch f.kind {
	case Foreign, Unknown, Garbled: // they name no command that they are about
		return
	}
	if f.wire == 0 {
		return
	}
	if l := s.wires.find(uint64(f.wire)); l != nil {
		s.note(l, f)
		return
	}
	if gone := s.gone.wire(f.wire); gone != nil {
		s.afterwardsOnWire(f.wire, gone, f)
		return
	}
	if s.watched || len(s.early) < maxEarly {
		s.early[f.wire] = append(s.early[f.wire], *f)
	}
}

// about takes a fact that knows its command.
func (s *stream) about(ref uint64, f *fact) {
	l := s.lives.find(ref)
	if l == nil {
		l = s.ids[ref]
	}
	if l == nil {
		if s.buried(ref, f) {
			return
		}
		l = s.born(ref)
	}
	s.note(l, f)
	switch f.kind {
	case Accepted:
		l.id = byID | uint64(f.wire)
		s.ids[l.id] = l
	case Published:
		s.learn(l, f.wire)
	}
}

func (s *stream) born(ref uint64) *life {
	l := &life{facts: make([]fact, 0, usual)}
	if n := len(s.free); n > 0 {
		l, s.free = s.free[n-1], s.free[:n-1]
	}
	*l = life{ref: ref, facts: l.facts[:0], wires: l.wires[:0]}
	s.lives.put(ref, l)
	return l
}

// note gives a command a fact.
func (s *stream) note(l *life, f *fact) {
	f.cmd = l.ref
	l.facts = append(l.facts, *f)
	l.seen[f.kind] = true
	if l.settled || !l.over() {
		return
	}
	l.settled = true
	s.settled = append(s.settled, l)
	if len(s.settled) > s.keep {
		first := s.settled[0]
		s.settled = s.settled[1:]
		if first.settled = false; first.over() {
			s.judge(first)
		}
	}
}

// over tells whether its caller has what it wanted and the platform has ended it.
func (l *life) over() bool {
	called := l.seen[Due] || l.seen[Sent]
	return (!called || l.seen[Done] || l.seen[Dropped]) && (!l.seen[Accepted] || l.seen[Ended])
}

// learn joins a command to a number on the wire, and to what devices have told of it already.
func (s *stream) learn(l *life, w platform.Wire) {
	if other := s.wires.find(uint64(w)); other != l {
		if other != nil || s.gone.wire(w) != nil {
			s.results[ruleNamed("published-once")].breach(&s.names, l.ref, errors.New("its number on the wire was another command's before"))
		}
		if other != nil {
			s.yield(other, l, w)
		}
		s.wires.put(uint64(w), l)
		l.wires = append(l.wires, w)
	}
	if early, ok := s.early[w]; ok {
		delete(s.early, w)
		for i := range early {
			s.note(l, &early[i])
		}
	}
}

// yield gives a command what a device has told of its number since it was published, before the platform said that it
// was: until then the number was another command's.
func (s *stream) yield(from, to *life, w platform.Wire) {
	since := to.facts[len(to.facts)-1].at
	from.facts = slices.DeleteFunc(from.facts, func(f fact) bool {
		its := f.kind == Seen && f.wire == w && f.at >= since
		if its {
			s.note(to, &f)
		}
		return its
	})
}

// judge lets the rules see a command and forgets it.
func (s *stream) judge(l *life) {
	c := &s.view
	c.ref, c.facts = l.ref, l.facts
	s.sort(c.facts)
	c.count()
	for i := range Rules {
		r := &Rules[i]
		if !r.About(c) {
			continue
		}
		s.results[i].Commands++
		if r.Command == nil {
			continue
		}
		if err := r.Command(c); err != nil {
			s.results[i].breach(&s.names, c.ref, err)
		}
	}
	s.stats.command(c)
	if f := c.first(Accepted); f != nil && f.isCached() {
		s.stats.cached(c, f, &s.fill)
	}
	s.forget(l, c)
}

// sort brings the facts of one command into their order, in which they nearly are.
func (s *stream) sort(facts []fact) {
	for i := 1; i < len(facts); i++ {
		if s.compare(&facts[i-1], &facts[i]) > 0 {
			slices.SortFunc(facts, func(a, b fact) int { return s.compare(&a, &b) })
			return
		}
	}
}

func (s *stream) forget(l *life, c *command) {
	var marks uint8
	if c.has(Matched) {
		marks |= answeredOnce
	}
	unseen := max(0, c.number(Published)+c.number(Resent)-c.number(Seen))
	marks += oneUnseen * uint8(min(unseen, mostUnseen))
	s.gone.bury(l, marks)
	if n := len(l.wires); s.byIDs && n > 0 && l.id != 0 {
		s.gone.ids[l.id] = l.wires[n-1]
	}
	s.lives.drop(l.ref, l)
	if s.ids[l.id] == l {
		delete(s.ids, l.id)
	}
	for _, w := range l.wires {
		s.wires.drop(uint64(w), l)
	}
	s.free = append(s.free, l)
}

// close judges what is left and tells what was found.
func (s *stream) close() ([]Result, Stats) {
	for _, l := range s.lives.all {
		s.judge(l)
	}
	for i := range s.queues {
		s.settleDoubts(&s.queues[i], nil)
	}
	for i := range Rules {
		if Rules[i].Stray != nil && s.watched {
			s.strays(i)
		}
		for _, b := range s.results[i].found {
			s.results[i].Examples = append(s.results[i].Examples, b.text)
		}
	}
	s.stats.FillRate = pace(s.fill.n-1, s.fill.last-s.fill.first)
	s.stats.DrainRate = pace(s.drains.delivered, s.drains.took)
	return s.results, s.stats
}

// strays shows a rule the facts that belong to no command.
func (s *stream) strays(rule int) {
	var all []fact
	for _, facts := range s.early {
		all = append(all, facts...)
	}
	slices.SortFunc(all, func(a, b fact) int { return s.compare(&a, &b) })
	for i := range all {
		if err := Rules[rule].Stray(&all[i]); err != nil {
			s.results[rule].Commands++
			s.results[rule].breach(&s.names, math.MaxUint64, fmt.Errorf("%s: %w", s.device(all[i].device), err))
		}
	}
}
