// Package spell writes a run that was recorded on the real clock into a scenario file: when each call was made and to which
// device, what that did with it, and when devices were away. What no file can say it lists, in words.
//
//	s, err := scenarios.Parse(name, text, nil)     // of the few calls that matter, by only:
//	told, err := spell.Out(s, history)
//	told.Text                                      // a scenario of its own: run it to see whether it does the same
//	told.Lost                                      // what is not in it
package spell

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
)

// Told is a run as a scenario.
type Told struct {
	Text []byte
	Lost []string
}

// Most is how many calls are worth a line each.
const Most = 100

// Out writes the calls that the loads of s make, and the devices that run in it, as history has them. It may be one of a
// scenario with more of both. The scenario's faults on the platform stay, those on devices and callers become what they did.
func Out(s *scenarios.Scenario, h *check.History) (Told, error) {
	d, err := scenarios.NewDraft(s.Text)
	if err != nil {
		return Told{}, err
	}
	t := &teller{s: s, draft: d, history: h, script: sim.NewScript(s, h), lost: map[string]int{}, places: map[string]map[int]int{}}
	for i, f := range slices.Backward(s.Faults) {
		if f.Group != "" || f.Load != "" {
			d.Drop(fmt.Sprintf("faults.%d", i))
		}
	}
	number := 0
	for i, g := range s.Devices {
		if err := t.group(i, g, number); err != nil {
			return Told{}, err
		}
		number += g.Count
	}
	for i := range s.Load {
		if err := t.load(i); err != nil {
			return Told{}, err
		}
	}
	if err := t.faults(); err != nil {
		return Told{}, err
	}
	if t.script.Cut() {
		t.lost["that the run was over too early"] = 0
	}
	return Told{Text: d.Text(), Lost: t.losses()}, nil
}

// teller is Out at work.
type teller struct {
	s       *scenarios.Scenario
	draft   *scenarios.Draft
	history *check.History
	script  *sim.Script
	lost    map[string]int         // what no file can say, and of how many calls or devices; 0: that is no question
	places  map[string]map[int]int // by group: the numbers that its devices have now

	strikes []strike
	end     time.Duration // of all loads
	last    time.Duration // of the last load
	late    time.Duration // the most that the platform was
	calls   int
}

// strike is a fault to be written.
type strike struct {
	at   time.Duration
	text string
}

// group leaves the devices that run, with numbers from 1, and says when they are away. first is the number of the device
// before its first.
func (t *teller) group(i int, g scenarios.Group, first int) error {
	at, places := fmt.Sprintf("devices.%d.", i), map[int]int{}
	running := g.Only
	if len(running) == 0 {
		for n := range g.Count {
			running = append(running, n+1)
		}
	}
	there := false
	for _, n := range running {
		places[n] = len(places) + 1
		gaps, ever, swapped := t.script.Gaps(first + n)
		there = there || ever
		if swapped {
			t.lost["that a connection took another's place"]++
		}
		for _, gap := range gaps {
			if ever {
				t.strikes = append(t.strikes, strike{gap.From, away(g.Name, gap, places[n], len(running))})
			}
		}
		if !ever {
			t.lost["that a device was never there"]++
		}
	}
	t.places[g.Name] = places
	keys := []string{"only", "connect", "reconnect", "behaviour", "presence"}
	if !there { // nobody ever came, and so it stays
		delete(t.lost, "that a device was never there")
		keys = keys[:4]
	}
	for _, key := range keys {
		t.draft.Drop(at + key)
	}
	return t.draft.Set(at+"count", strconv.Itoa(len(running)))
}

// forGood is how long a device stays away that did not return.
const forGood = 365 * 24 * time.Hour

func away(group string, gap sim.Gap, n, of int) string {
	length := gap.To - gap.From
	if gap.To < 0 {
		length = forGood
	}
	only := ""
	if of > 1 {
		only = fmt.Sprintf(", only: [%d]", n)
	}
	return fmt.Sprintf("disconnect: {group: %s%s, for: %s}", group, only, max(length, time.Microsecond))
}

// load writes each call that was made, with its device and what that did.
func (t *teller) load(i int) error {
	l, path := t.s.Load[i], fmt.Sprintf("load.%d.", i)
	places := t.places[l.To]
	var arrivals []string
	before := time.Duration(0)
	for n, at := range t.script.Calls(i) {
		if t.calls++; t.calls > Most {
			return fmt.Errorf("more than %d calls are too many to write down", Most)
		}
		at = max(at.Truncate(time.Microsecond), before)
		entry := "{at: [" + (at - before).String() + "]"
		if device := places[t.device(i, n)]; device > 0 && len(places) > 1 {
			entry += ", device: " + strconv.Itoa(device)
		}
		if does := t.does(i, n); does != "" {
			entry += ", does: " + does
		}
		arrivals, before = append(arrivals, entry+"}"), at
		if after, gone := t.script.HungUp(i, n); gone {
			t.strikes = append(t.strikes, strike{at, fmt.Sprintf("for: 1us, caller_gone: {load: %s, after: %s}", l.Name, after.Truncate(time.Microsecond))})
		}
		t.late = max(t.late, t.script.Lag(i, n))
	}
	if len(arrivals) == 0 {
		return fmt.Errorf("no call of %s was sent", l.Name)
	}
	if n := int(l.Calls()) - len(arrivals); n > 0 && len(l.Only) > 0 {
		t.lost["that a call found no free slot"] += n
	}
	t.last, t.end = before, max(t.end, before)
	for _, key := range []string{"only", "start", "pick"} {
		t.draft.Drop(path + key)
	}
	return t.draft.Set(path+"arrivals", "["+strings.Join(arrivals, ", ")+"]")
}

// device is whom a call went to, by its number in the group.
func (t *teller) device(load int, call uint64) int {
	for _, f := range t.script.Facts(load, call) {
		if f.Kind == check.Due && f.Device > 0 {
			n, _ := strings.CutPrefix(t.history.Devices()[f.Device-1], t.s.Load[load].To+"-")
			number, _ := strconv.Atoi(n)
			return number
		}
	}
	return 0
}

// faults writes those that made devices or callers go. A load lasts until the last of them.
func (t *teller) faults() error {
	slices.SortStableFunc(t.strikes, func(a, b strike) int { return int(a.at - b.at) })
	end := t.end
	for _, f := range t.s.Faults {
		if f.Group == "" && f.Load == "" {
			end = max(end, f.At+time.Duration(f.Times-1)*f.Every)
		}
	}
	for _, s := range t.strikes {
		end = max(end, s.at)
		if err := t.draft.Append("faults", fmt.Sprintf("{at: %s, %s}", s.at.Truncate(time.Microsecond), s.text)); err != nil {
			return err
		}
	}
	if t.draft.Len("faults") == 0 {
		t.draft.Drop("faults")
	}
	if rest := end - t.last; rest > 0 {
		pause := rest.Truncate(time.Millisecond) + time.Millisecond
		return t.draft.Append(fmt.Sprintf("load.%d.arrivals", len(t.s.Load)-1), "{pause: "+pause.String()+"}")
	}
	return nil
}

func (t *teller) losses() (list []string) {
	if t.late > 0 {
		list = append(list, "how late the platform was itself, "+report.FormatDuration(t.late)+" at most")
	}
	for _, what := range slices.Sorted(maps.Keys(t.lost)) {
		switch n := t.lost[what]; {
		case n == 1:
			what += " (once)"
		case n > 1:
			what += fmt.Sprintf(" (%d times)", n)
		}
		list = append(list, what)
	}
	return list
}
