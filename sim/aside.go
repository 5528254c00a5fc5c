package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// What struck devices, their links and callers in the run of a script does not act again: what it did is in the script's
// times. But it is told again, and so is what devices noted of their connections then, or nobody could say of a command of
// the replay why it went wrong.

// foundAside finds these facts, as far as they are about devices and loads of this run.
func (sc *Script) foundAside() {
	for f := range sc.history.Alone() {
		sc.tellAside(f)
	}
	for f := range sc.ofCommands {
		sc.tellAside(f)
	}
	slices.SortStableFunc(sc.aside, func(a, b check.Fact) int { return cmp.Compare(a.At, b.At) })
}

func (sc *Script) tellAside(f check.Fact) {
	switch f.Kind {
	case check.Fault:
		_, of, _ := strings.Cut(f.Text, " of ")
		of, _, _ = strings.Cut(of, " (")
		if actsAgain(check.FaultKind(f.Text), strings.Contains(f.Text, "sessions: lost")) || of != "" && !sc.has(of) {
			return
		}
	case check.Connected, check.Lost, check.HungUp, check.Refused:
	default:
		return
	}
	if f.Device != 0 {
		if f.Device = sc.numbers[f.Device]; f.Device == 0 {
			return
		}
	}
	if f.Load >= 0 && !sc.makes(&f) {
		if f.Kind == check.Fault { // it struck that command alone
			return
		}
		f.Load = -1
	}
	sc.aside = append(sc.aside, f)
}

// makes tells whether the call that a fact is about is made again, and gives it the load's index in this run.
func (sc *Script) makes(f *check.Fact) bool {
	i := slices.Index(sc.loads, f.Load)
	if i < 0 || len(sc.only[i]) > 0 && !contains(sc.only[i], f.Seq) {
		return false
	}
	f.Load = i
	return true
}

// has tells whether a load is in this run, too.
func (sc *Script) has(load string) bool {
	return slices.Contains(sc.loads, slices.Index(sc.history.Loads(), load))
}

// actsAgain tells whether a kind of fault acts in a replay, too: those of the platform and of who is pushed to do, but not one
// that did nothing but break connections.
func actsAgain(kind string, lost bool) bool {
	return kind == "platform_restart" || kind == "receiver_down" || kind == "broker_restart" && lost
}

// retell notes the facts at their times until the run is over; what it returns ends it.
func (r *run) retell() (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		timer := time.NewTimer(time.Hour)
		defer timer.Stop()
		for _, f := range r.Script.aside {
			timer.Reset(time.Until(r.rec.zero.Add(f.At)))
			select {
			case <-end:
				return
			case <-timer.C:
				r.rec.ledger.Retell(f)
			}
		}
	}()
	return func() { close(end); <-done }
}
