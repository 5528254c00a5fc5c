package hunt

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// Plan says how runs differ, beside their seeds.
type Plan struct {
	Scenario *scenarios.Scenario
	Small    bool     // each seed draws a small fleet and few calls
	Faults   bool     // every other seed draws faults, beside those of the scenario
	Expect   []string // what must hold in every run; the scenario's own expectations hold where only the seed differs

	draft  *scenarios.Draft
	text   string // of the draft
	faults *placer
}

// NewPlan prepares a plan; the scenario's clock becomes the virtual one.
func NewPlan(s *scenarios.Scenario, small, faults bool, expect []string) (*Plan, error) {
	p := &Plan{Scenario: s, Small: small, Faults: faults, Expect: expect}
	d, err := scenarios.NewDraft(s.Text)
	if err != nil {
		return nil, err
	}
	p.draft = d
	if err := virtual(d); err != nil {
		return nil, err
	}
	own := d.Len("expect")
	for _, e := range expect {
		if err := d.Append("expect", strconv.Quote(e)); err != nil {
			return nil, err
		}
	}
	p.text, p.faults = string(d.Text()), newPlacer(s, d)
	if _, err = scenarios.Parse(s.File, []byte(p.text), nil); err != nil {
		return nil, blame(err, own, expect)
	}
	return p, nil
}

// blame names the option in mistakes about expectations behind the scenario's own, which are in no line of its file.
func blame(err error, own int, expect []string) error {
	list, ok := errors.AsType[scenarios.Mistakes](err)
	if !ok {
		return err
	}
	list = slices.Clone(list)
	for i, m := range list {
		for j, e := range expect {
			if m.Path == fmt.Sprintf("expect[%d]", own+j) {
				list[i].File, list[i].Line, list[i].Col, list[i].Path = "--expect "+strconv.Quote(e), 0, 0, ""
			}
		}
	}
	return list
}

// virtual makes a draft one for the virtual clock, on which there are no sockets and the machine is not measured.
func virtual(d *scenarios.Draft) error {
	if t, ok := d.Value("platform.transport"); ok && t != "memory" {
		d.Drop("platform.transport")
	}
	for i := d.Len("expect") - 1; i >= 0; i-- {
		if e, _ := d.Value(fmt.Sprintf("expect.%d", i)); strings.HasPrefix(e, "harness.") {
			d.Drop(fmt.Sprintf("expect.%d", i))
		}
	}
	if d.Len("expect") == 0 {
		d.Drop("expect")
	}
	return d.Set("clock", "virtual")
}

// Job is the run of a seed. The same seed always gives the same job.
func (p *Plan) Job(seed uint64) (Job, error) {
	changes := p.changes(seed)
	if len(changes) == 0 {
		return Job{Text: p.text, Seed: seed}, nil
	}
	d := p.draft.Copy()
	d.Drop("expect")
	for _, e := range append([]string{"checks.breaches == 0", "timeouts.pending_after == 0"}, p.Expect...) {
		changes = append(changes, change{"expect", strconv.Quote(e), true})
	}
	for _, c := range changes {
		put := d.Set
		if c.more {
			put = d.Append
		}
		if err := put(c.path, c.value); err != nil {
			return Job{}, err
		}
	}
	return Job{Text: string(d.Text()), Seed: seed}, nil
}

// change is a value that a seed puts into the scenario, or adds to a list.
type change struct {
	path, value string
	more        bool
}

func (p *Plan) changes(seed uint64) (list []change) {
	key := chance.Seed(seed).Text("hunt")
	var s chance.Stream
	if p.Small {
		list = small(p.Scenario, newDice(&s, key.Text("small")))
	}
	if p.Faults && seed%2 == 0 {
		list = append(list, p.faults.place(newDice(&s, key.Text("faults")))...)
	}
	return list
}

// The most that a small run has.
const (
	mostDevices = 8 // in a group
	mostCalls   = 160
)

// small are the changes that make a small run of a large one: few devices with many calls each, or the other way round.
func small(s *scenarios.Scenario, r dice) (sets []change) {
	for i, g := range s.Devices {
		switch n := 1 + r.below(mostDevices); {
		case n >= g.Running():
		case len(g.Only) > 0:
			sets = append(sets, change{fmt.Sprintf("devices.%d.only", i), list(some(g.Only, n, r), strconv.Itoa), false})
		default:
			sets = append(sets, change{fmt.Sprintf("devices.%d.count", i), strconv.Itoa(n), false})
		}
	}
	all := 0.0
	for _, l := range s.Load {
		all += l.Calls()
	}
	share := math.Exp(math.Log(8)+r.unit()*math.Log(mostCalls/8)) / max(all, 1)
	if share >= 1 {
		return sets
	}
	part := func(n int) int { return max(1, int(math.Round(float64(n)*share))) }
	for i, l := range s.Load {
		if n := len(l.Only); n > 0 { // these numbers have to stay
			sets = append(sets, change{fmt.Sprintf("load.%d.only", i), list(some(l.Only, part(n), r), strconv.Itoa), false})
			continue
		}
		for j, a := range l.Arrivals {
			at := fmt.Sprintf("load.%d.arrivals.%d.", i, j)
			switch n := len(a.At); {
			case n > 0: // the last stays, so that all that follows is when it was
				left := append(some(a.At[:n-1], part(n)-1, r), a.At[n-1])
				sets = append(sets, change{at + "at", list(left, short), false})
			case a.Burst > 0:
				sets = append(sets, change{at + "burst", strconv.Itoa(part(a.Burst)), false})
			case a.For > 0:
				sets = append(sets, change{at + "rate", perTime(a.Rate * share), false}, change{at + "to", perTime(a.To * share), false})
			}
		}
	}
	return sets
}

// some are n of a list, in their order.
func some[T any](list []T, n int, r dice) (part []T) {
	for i, item := range list {
		if r.below(len(list)-i) < n-len(part) {
			part = append(part, item)
		}
	}
	return part
}

// perTime is a rate in the file's words, to four digits; a rate in a day's run may be far below one a second.
func perTime(rate float64) string {
	if rate == 0 || rate >= 0.1 {
		return strconv.FormatFloat(rate, 'f', 4, 64) + "/s"
	}
	return strconv.FormatFloat(max(rate*3600, 0.0001), 'f', 4, 64) + "/h"
}
