package check

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"fleetdrill/platform"
)

// History is all facts of a run, joined to the commands they are about. It is read-only and may be read concurrently.
type History struct {
	names
	chunks [][]fact // a fact's place is its chunk's index times chunk, plus its index in it

	first    []int    // by load: the index of its command 0; then the index of the first command of no load
	commands []uint32 // where each command's facts begin in byCommand; then their end
	// byCommand holds places: those of each command in the order of at and kind, and behind them those of no command.
	byCommand []uint32
	wires     [][]int32
	wall      time.Time

	sorted   sync.Once // guards what follows
	byDevice []uint32  // places, device by device; for Of
	owners   []uint32  // where each device's begin in byDevice; then their end
}

// Began is what the wall clock showed at Begin; zero if nobody knows, as on a virtual clock.
func (h *History) Began() time.Time { return h.wall }

// Finish joins the facts. The history owns their memory; what is noted afterwards is lost.
func (l *Ledger) Finish() *History {
	h := &History{names: l.names(), wall: l.wall}
	zero := l.zero.Load()
	for i := range l.shards {
		for _, c := range l.shards[i].take() {
			h.unpack(c, zero)
		}
	}
	h.join(l)
	h.groupByCommand()
	return h
}

// chunkBits makes a chunk of a history 20 KB, which the allocator has at hand, unlike one above 32.
const (
	chunkBits = 9
	chunk     = 1 << chunkBits
)

func (h *History) unpack(c packed, zero int64) {
	for f := range c.all {
		n := len(h.chunks)
		if n == 0 || len(h.chunks[n-1]) == chunk {
			h.chunks = append(h.chunks, make([]fact, 0, chunk))
			n++
		}
		f.sinceBegin(zero)
		h.chunks[n-1] = append(h.chunks[n-1], *f)
	}
}

func (sh *shard) take() []packed {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	chunks := sh.chunks()
	*sh.full, sh.last = nil, nil
	return chunks
}

// chunks are all of a shard that nobody adds to.
func (sh *shard) chunks() []packed { return append(*sh.full, sh.last) }

// sinceBegin makes the times of a platform's fact offsets from Begin, as those of all others are.
func (f *fact) sinceBegin(zero int64) {
	if !f.kind.ofPlatform() {
		return
	}
	f.at -= zero
	if f.kind.hasLimit() && f.limit != never {
		f.limit -= zero
	}
}

// ofPlatform tells whether the platform saw it.
func (k Kind) ofPlatform() bool {
	switch k {
	case Fault, Connected, Lost, HungUp, Refused, Due, Sent, Seen, Answered, Done, Dropped:
		return false
	}
	return true
}

// all yields every fact with its place.
func (h *History) all(yield func(*fact) bool) {
	for _, c := range h.chunks {
		for i := range c {
			if !yield(&c[i]) {
				return
			}
		}
	}
}

func (h *History) places(yield func(uint32, *fact) bool) {
	for n, c := range h.chunks {
		for i := range c {
			if !yield(uint32(n<<chunkBits|i), &c[i]) {
				return
			}
		}
	}
}

func (h *History) at(place uint32) *fact {
	return &h.chunks[place>>chunkBits][place&(chunk-1)]
}

// join writes into every fact the index of its command: by tag, else by the number on the wire, else by ID.
func (h *History) join(l *Ledger) {
	h.number(l)
	ids := h.named(l)
	next := h.first[len(h.loads)]
	for f := range h.all {
		if f.cmd == 0 {
			continue
		}
		if load, seq, ok := l.known(f.cmd, h.first); ok {
			f.cmd = uint64(h.first[load]) + seq + 1
			continue
		}
		i, ok := ids[f.cmd]
		if !ok {
			i = next
			next++
			ids[f.cmd] = i
		}
		f.cmd = uint64(i) + 1
	}
	h.commands = make([]uint32, next+1)
	h.joinWires()
}

// number gives every command of a load its index: commands are numbered from 0 without gaps, so nothing is looked up.
func (h *History) number(l *Ledger) {
	var facts uint64
	for _, c := range h.chunks {
		facts += uint64(len(c))
	}
	size := make([]uint64, len(h.loads))
	for f := range h.all {
		h.watched = h.watched || f.kind == Accepted
		if load, seq, ok := l.Untag(platform.Tag(f.cmd)); ok && f.cmd&byID == 0 && seq < facts+sparse {
			size[load] = max(size[load], seq+1)
		}
	}
	h.first = make([]int, len(size)+1)
	for i, n := range size {
		h.first[i+1] = h.first[i] + int(n)
	}
}

// named returns the commands of loads by ID, for facts that know nothing else: there are none if all devices read
// numbers on the wire.
func (h *History) named(l *Ledger) map[uint64]int {
	ids := map[uint64]int{}
	if !h.byNames() {
		return ids
	}
	for f := range h.all {
		if load, seq, ok := l.known(f.cmd, h.first); ok && f.kind == Accepted {
			ids[byID|uint64(f.wire)] = h.first[load] + int(seq)
		}
	}
	return ids
}

func (h *History) byNames() bool {
	for f := range h.all {
		if f.cmd&byID != 0 && !f.kind.ofPlatform() {
			return true
		}
	}
	return false
}

func (l *Ledger) known(cmd uint64, first []int) (load int, seq uint64, ok bool) {
	if cmd&byID != 0 {
		return 0, 0, false
	}
	load, seq, ok = l.Untag(platform.Tag(cmd))
	return load, seq, ok && seq < uint64(first[load+1]-first[load])
}

// joinWires finds the commands of facts that know a number on the wire only. Numbers of a device count from 1.
func (h *History) joinWires() {
	h.wires = make([][]int32, len(h.devices)+1)
	for f := range h.all {
		if f.kind == Published && f.cmd != 0 {
			h.learn(f.wire, int32(f.cmd))
		}
	}
	for f := range h.all {
		if f.cmd == 0 && f.wire != 0 {
			f.cmd = uint64(h.published(f.wire))
		}
	}
}

func (h *History) learn(w platform.Wire, cmd int32) {
	d, n := w.Owner(), int(w%platform.WireStride)
	if d >= len(h.wires) || n == 0 {
		return
	}
	for len(h.wires[d]) < n {
		h.wires[d] = append(h.wires[d], 0)
	}
	h.wires[d][n-1] = cmd
}

// published returns the index + 1 of the command with a number on the wire, 0 if there is none.
func (h *History) published(w platform.Wire) int32 {
	d, n := w.Owner(), int(w%platform.WireStride)
	if d < 0 || d >= len(h.wires) || n == 0 || n > len(h.wires[d]) {
		return 0
	}
	return h.wires[d][n-1]
}

// answersOwn tells whether the number in the answer of a done call is its command's own, on the wire or on the platform.
func (h *History) answersOwn(done *fact) bool {
	if done.cmd == 0 {
		return false
	}
	for _, place := range h.byCommand[h.commands[done.cmd-1]:h.commands[done.cmd]] {
		if f := h.at(place); (f.kind == Published || f.kind == Accepted) && f.wire == done.wire {
			return true
		}
	}
	return false
}

// groupByCommand is a counting sort, then a small sort of each group.
func (h *History) groupByCommand() {
	starts := make([]uint32, len(h.commands)+1)
	last := uint64(len(h.commands)) - 1 // the group of facts without a command
	group := func(f *fact) uint64 {
		if f.cmd == 0 {
			return last
		}
		return f.cmd - 1
	}
	h.byCommand, h.commands = h.count(starts, group), starts
	for i := range len(starts) - 1 {
		slices.SortFunc(h.byCommand[starts[i]:starts[i+1]], h.compare)
	}
	rightTakeovers(h.byCommand[starts[last]:], func(place uint32) presence {
		f := h.at(place)
		return presence{f.at, f.kind, int(f.device)}
	})
}

// count returns the places of all facts by group, each group in the order of places, and where each starts.
func (h *History) count(starts []uint32, group func(*fact) uint64) []uint32 {
	n := 0
	for f := range h.all {
		starts[group(f)+1]++
		n++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	next := slices.Clone(starts)
	list := make([]uint32, n)
	for place, f := range h.places {
		g := group(f)
		list[next[g]] = place
		next[g]++
	}
	return list
}

// compare orders the facts of one command, or of none, by all that is printed of them: facts that compare equal are the
// same text, so that their order does not matter.
func (h *History) compare(a, b uint32) int { return h.names.compare(h.at(a), h.at(b)) }

func (n *names) compare(f, g *fact) int {
	switch {
	case f.at != g.at:
		return cmp.Compare(f.at, g.at)
	case f.kind != g.kind:
		return cmp.Compare(f.kind, g.kind)
	}
	return cmp.Or(cmp.Compare(f.device, g.device), cmp.Compare(f.detail, g.detail),
		strings.Compare(n.words.text(f.word), n.words.text(g.word)), cmp.Compare(f.limit, g.limit))
}
