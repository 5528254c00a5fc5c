package sim

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// Restarts is who can take the platform down. Each Down has its Up, and they may overlap.
type Restarts interface {
	Down(Outage)     // as a crash: it returns when nobody is connected any more
	Up(Outage) error // the platform is reached as before, or the error says why it is not
}

// Outage is what goes down.
type Outage uint8

const (
	BrokerKeeps   Outage = iota // the broker, which remembers its sessions
	BrokerLoses                 // the broker, which forgets them
	WholePlatform               // everything
)

// outages gives the outages of the platform the times that they had in the run of the script, which may be later than the
// schedule has it: it goes down when the first device or command is lost, and comes up just before anybody reaches it
// again. What else struck is left out: a broker that lost nothing but connections, too, for those are in the script.
func (sc *Script) outages(list []event) []event {
	nth := map[string]int{}
	var seen *signs
	for i := range list {
		e := &list[i]
		switch {
		case e.Kind != "broker_restart" && e.Kind != "platform_restart":
		case e.heal:
			e.at = max(e.heals, e.due)
		default:
			if seen == nil {
				seen = sc.signs()
			}
			sc.outage(e.strike, nth[e.Kind], seen)
			e.at = e.due
			nth[e.Kind]++
		}
	}
	list = slices.DeleteFunc(list, func(e event) bool { return !actsAgain(e.Kind, e.Sessions == "lost") })
	return inOrderOfTime(list)
}

// outage moves the nth strike of its kind. What it lost it lost before the next outage struck, for they strike one after the
// other; if that was nothing, it struck when it says.
func (sc *Script) outage(s *strike, nth int, seen *signs) {
	told := seen.told[s.Kind]
	if nth >= len(told) {
		return // it was not reached
	}
	s.text = told[nth].Text
	next := soonest(seen.struck, told[nth].At+1)
	lost := soonest(seen.lost, told[nth].At)
	if lost >= next {
		lost = told[nth].At
	}
	s.due = lost - before - sc.Zero
	f := fall{whole: s.Kind == "platform_restart", told: told[nth].At, from: lost, up: next}
	defer func() { sc.falls = append(sc.falls, f.took(seen.losses, sc.numbers)) }()
	if s.heals == 0 {
		return
	}
	up := max(s.heals+sc.Zero, lost+1) // if it struck later than it was to heal, it healed right after that
	back := soonest(seen.online, up)
	if s.Kind == "platform_restart" {
		back = min(back, soonest(seen.accepted, up))
	}
	if up < next && next < back { // nobody was back before that struck
		back = next - 1
	}
	if s.heals = max(s.heals, s.due+1); back != never {
		s.heals = back - before - sc.Zero
	}
	f.up = s.heals + sc.Zero + before
}

// signs are the times, in order, of what shows that the platform was down, or up.
type signs struct {
	told                   map[string][]check.Fact // that a fault strikes, by its kind
	struck                 []time.Duration         // the same, of any kind
	losses                 []check.Fact            // of a device, or a command: in no order
	lost, online, accepted []time.Duration         // lost is when losses were
}

// signs finds them in the history, which may be long: all outages use the same.
func (sc *Script) signs() *signs {
	s := &signs{told: map[string][]check.Fact{}}
	for f := range sc.history.Alone() {
		s.note(f)
	}
	for f := range sc.ofCommands {
		s.note(f)
	}
	slices.Sort(s.struck)
	slices.Sort(s.lost)
	slices.Sort(s.online)
	slices.Sort(s.accepted)
	return s
}

func (s *signs) note(f check.Fact) {
	switch {
	case f.Kind == check.Fault:
		kind := check.FaultKind(f.Text)
		s.told[kind] = append(s.told[kind], f)
		if kind == "platform_restart" || kind == "broker_restart" {
			s.struck = append(s.struck, f.At)
		}
	case f.Kind == check.Offline, f.Kind == check.Ended && f.Text == platform.ErrCrashed.Error():
		s.losses, s.lost = append(s.losses, f), append(s.lost, f.At)
	case f.Kind == check.Online:
		s.online = append(s.online, f.At)
	case f.Kind == check.Accepted:
		s.accepted = append(s.accepted, f.At)
	}
}

// soonest is the first of times in order that is not before from, or never.
func soonest(list []time.Duration, from time.Duration) time.Duration {
	if i, _ := slices.BinarySearch(list, from); i < len(list) {
		return list[i]
	}
	return never
}
