package sim

import (
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
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

// outage moves the nth strike of its kind.
func (sc *Script) outage(s *strike, nth int, seen *signs) {
	told := seen.told[s.Kind]
	if nth >= len(told) {
		return // it was not reached
	}
	s.text = told[nth].Text
	lost := soonest(seen.lost, told[nth].At)
	if lost == never {
		return // nobody was there
	}
	s.due = lost - before - sc.Zero
	if s.heals == 0 {
		return
	}
	up := max(s.heals+sc.Zero, lost+1) // if it struck later than it was to heal, it healed right after that
	back := soonest(seen.online, up)
	if s.Kind == "platform_restart" {
		back = min(back, soonest(seen.accepted, up))
	}
	if s.heals = max(s.heals, s.due+1); back != never {
		s.heals = back - before - sc.Zero
	}
}

// signs are the times, in order, of what shows that the platform was down, or up.
type signs struct {
	told                   map[string][]check.Fact // that a fault strikes, by its kind
	lost, online, accepted []time.Duration
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
	case f.Kind == check.Offline, f.Kind == check.Ended && f.Text == platform.ErrCrashed.Error():
		s.lost = append(s.lost, f.At)
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
