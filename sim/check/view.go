package check

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"fleetdrill/platform"
)

// Never is a Limit that does not come.
const Never = time.Duration(math.MaxInt64)

// Fact is one thing that happened, as a History tells it. What does not belong to its Kind is zero.
type Fact struct {
	At     time.Duration // since Begin
	Kind   Kind
	Load   int    // whose command it is about, an index; -1: no load's
	Seq    uint64 // the number of the command there, from 0
	Device int    // number, from 1; 0: none. Of a Foreign reply: who sent it

	Cached bool               // Due, Sent, Done, and facts of the platform: the command is cached
	AtOnce bool               // Due, Sent, Done: the call is over when its command is accepted
	OneWay bool               // Accepted and what follows it: a message, no answer is awaited
	Lane   int                // the same
	Order  platform.Serialize // Accepted: of the lane
	QoS    byte               // Published

	Limit   time.Duration  // Accepted, Recalled, Published, Received: since Begin, when the wait is over that begins here
	Over    time.Duration  // Ended by a timer: how long after its limit
	For     time.Duration  // Fault: how long it acts
	State   platform.State // Ended
	Outcome platform.Kind  // Done
	Answer  AnswerKind     // Answered
	Text    string         // Done: the vendor's code. Ended: why, empty for success. Fault: which
}

// Throttled tells whether a vendor's gateway said with a code that there were too many requests.
func Throttled(code string) bool {
	switch code {
	case "429", "Throttling", "Throttling.User", "Throttling.Api", "APIGW.0308":
		return true
	}
	return false
}

// Loads are the names of the loads, by index.
func (h *History) Loads() []string { return h.loads }

// Devices are the names of the devices, by number - 1.
func (h *History) Devices() []string { return h.devices }

// Calls is the number behind that of a load's last command. Where the scenario has only:, it is not how many there are.
func (h *History) Calls(load int) uint64 {
	return uint64(h.first[load+1] - h.first[load])
}

// Has tells whether there are facts about a command.
func (h *History) Has(load int, seq uint64) bool {
	if load < 0 || load >= len(h.loads) || seq >= h.Calls(load) {
		return false
	}
	i := h.first[load] + int(seq)
	return h.commands[i] < h.commands[i+1]
}

// Facts appends all facts of a command to into, in the order of time and, in one instant, of Kind. There are none for
// a command that there is not.
func (h *History) Facts(load int, seq uint64, into []Fact) []Fact {
	if load < 0 || load >= len(h.loads) || seq >= h.Calls(load) {
		return into
	}
	i := h.first[load] + int(seq)
	for _, place := range h.byCommand[h.commands[i]:h.commands[i+1]] {
		into = append(into, h.fact(h.at(place)))
	}
	return into
}

// Alone yields the facts that are about no load's command, in the order of time. In one instant they have that of Kind, but
// for a device that takes its own place: it goes before it comes.
func (h *History) Alone() iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for _, place := range h.byCommand[h.commands[h.slots()]:] {
			if !yield(h.fact(h.at(place))) {
				return
			}
		}
	}
}

// Of returns every fact about a device, of the commands that are for it and of others, in the order of time and of Kind, as
// Alone has them. The first call looks at all facts of the run.
func (h *History) Of(device int) []Fact {
	if device < 1 || device > len(h.devices) {
		return nil
	}
	h.sorted.Do(h.groupByDevice)
	var list []Fact
	for _, place := range h.byDevice[h.owners[device]:h.owners[device+1]] {
		list = append(list, h.fact(h.at(place)))
	}
	slices.SortStableFunc(list, Fact.compare)
	rightTakeovers(list, func(f Fact) presence { return presence{int64(f.At), f.Kind, device} })
	return list
}

func (h *History) groupByDevice() {
	h.owners = make([]uint32, len(h.devices)+2) // 0 is for facts about none
	h.byDevice = h.count(h.owners, func(f *fact) uint64 {
		if f.device < 1 || int(f.device) > len(h.devices) {
			return 0
		}
		return uint64(f.device)
	})
}

func (f Fact) compare(g Fact) int {
	return cmp.Or(cmp.Compare(f.At, g.At), cmp.Compare(f.Kind, g.Kind), cmp.Compare(f.Load, g.Load), cmp.Compare(f.Seq, g.Seq))
}

func (h *History) fact(f *fact) Fact {
	out := Fact{At: offset(f.at), Kind: f.kind, Load: -1, Device: int(f.device), Text: h.words.text(f.word)}
	if load, seq, ok := h.loadOf(int(f.cmd) - 1); ok {
		out.Load, out.Seq = load, seq
	}
	switch f.kind {
	case Due, Sent, Done:
		out.Cached, out.AtOnce = f.isCached(), f.isAtOnce()
	case Answered:
		out.Answer = AnswerKind(f.detail)
	case Fault:
		out.For = offset(f.limit)
	case Ended:
		out.Cached, out.Lane, out.Over, out.State = f.isCached(), f.lane(), offset(f.limit), f.state()
	default:
		out.Cached, out.Lane, out.OneWay = f.isCached(), f.lane(), f.isOneWay()
	}
	if f.kind == Accepted {
		out.Order = f.order()
	}
	if f.kind.hasLimit() {
		out.Limit = offset(f.limit)
	}
	if f.kind == Done {
		out.Outcome = f.outcome()
	}
	if f.kind == Published && f.detail&qos1 != 0 {
		out.QoS = 1
	}
	return out
}

// Succeeded tells whether a command is a success: its caller was told ok, and its ending, if the platform told any, is
// one. It is quicker than Facts.
func (h *History) Succeeded(load int, seq uint64) bool {
	i := h.first[load] + int(seq)
	told, over := false, !h.watched
	for _, place := range h.byCommand[h.commands[i]:h.commands[i+1]] {
		switch f := h.at(place); f.kind {
		case Done:
			told = f.outcome() == platform.OK
		case Ended:
			over = f.state() == platform.Succeeded
		}
	}
	return told && over
}
