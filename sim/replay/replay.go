// Package replay tells whether a run that was made again ended as it did before, command by command.
//
//	then, err := check.ReadJSONL(file)           // the recorded run
//	s, err = replay.Only(s, then, "meters-17")   // a load, one call of it, a group or a device; "": everything
//	script := sim.NewScript(s, then)             // if it was recorded on the real clock
//	… sim.Run with the script …
//	r := replay.Compare(s, then, ledger.Finish())
//	r.Judged = replay.Verdicts(summaryThen, summaryNow, false)
package replay

import (
	"fmt"
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// Report is what came of a replay.
type Report struct {
	Commands    int          `json:"commands"` // recorded, as far as they were to be replayed
	Same        int          `json:"same"`
	Dropped     int          `json:"dropped"`   // arrivals that found no free slot then: they are not sent again
	Throttled   int          `json:"throttled"` // of Commands: the platform had too many calls to take them
	Differences []Difference `json:"differences"`
	Judged      []Judged     `json:"judged"` // what Verdicts found
}

// Differs tells whether it is another run: a command with more slack than that ended otherwise, or a rule or an
// expectation failed in one of the runs alone.
func (r *Report) Differs(slack time.Duration) bool {
	return r.Beyond(slack) > 0 || slices.ContainsFunc(r.Judged, func(j Judged) bool { return j.Differs })
}

// Difference is a command with another ending.
type Difference struct {
	Load     string        `json:"load"`
	N        uint64        `json:"n"`
	Device   string        `json:"device"`
	Then     string        `json:"then"`
	Now      string        `json:"now"`
	Slack    time.Duration `json:"slack_ns"` // how far the recorded run was from going the other way, if SlackHas
	SlackHas bool          `json:"has_slack"`
	Why      string        `json:"why"` // what was so close, for people
}

// Beyond counts the differences that had more slack than that.
func (r *Report) Beyond(slack time.Duration) (n int) {
	for _, d := range r.Differences {
		if d.Beyond(slack) {
			n++
		}
	}
	return n
}

// Beyond tells whether the command had more to spare than that.
func (d Difference) Beyond(slack time.Duration) bool { return !d.SlackHas || d.Slack > slack }

// ending is how a command ended, for its caller and on the platform.
type ending struct {
	outcome platform.Kind
	code    string
	state   platform.State
	cause   string
	sent    bool
}

func endingOf(facts []check.Fact) (e ending) {
	for _, f := range facts {
		switch f.Kind {
		case check.Sent:
			e.sent = true
		case check.Done:
			e.outcome, e.code = f.Outcome, f.Text
		case check.Ended:
			e.state, e.cause = f.State, f.Text
		}
	}
	return e
}

func (e ending) String() string {
	text := "not sent"
	if e.sent {
		text = "no answer"
	}
	if e.outcome != 0 {
		text = e.outcome.String()
	}
	if e.code != "" {
		text += " " + e.code
	}
	switch {
	case e.cause != "":
		return fmt.Sprintf("%s (%s: %s)", text, e.state, e.cause)
	case e.state != 0 && e.state != platform.Succeeded:
		return fmt.Sprintf("%s (%s)", text, e.state)
	}
	return text
}

// Compare looks at each command of the loads of s that was sent then.
func Compare(s *scenarios.Scenario, then, now *check.History) *Report {
	r := &Report{Differences: []Difference{}, Judged: []Judged{}}
	var a, b []check.Fact
	for _, l := range s.Load {
		i, j := index(then.Loads(), l.Name), index(now.Loads(), l.Name)
		if i < 0 {
			continue
		}
		for n := range then.Calls(i) {
			if !wanted(l, n) {
				continue
			}
			a, b = then.Facts(i, n, a[:0]), now.Facts(j, n, b[:0])
			if len(a) > 0 {
				r.compare(then, l.Name, n, a, b)
			}
		}
	}
	r.weigh(s, then, now)
	return r
}

// weigh says of each difference what it had to spare. Each device is looked at once.
func (r *Report) weigh(s *scenarios.Scenario, then, now *check.History) {
	if len(r.Differences) == 0 {
		return
	}
	falls, end := fallsOf(s, then), closeOf(then)
	fell := func(l *life) bool {
		return l.over >= end.from && l.over <= end.to || slices.ContainsFunc(falls, func(f fall) bool { return f.over(l.facts) })
	}
	differs, of := map[command]bool{}, map[int][]*Difference{}
	for i := range r.Differences {
		d := &r.Differences[i]
		c := d.command(then)
		device := deviceOf(then.Facts(c.load, c.n, nil))
		differs[c], of[device] = true, append(of[device], d)
	}
	for device, list := range of {
		q, again := queueOf(then.Of(device)), queueOf(now.Of(device))
		q.weigh(func(l *life) *life {
			return again.lives[command{index(now.Loads(), then.Loads()[l.load]), l.n}]
		}, differs, fell)
		for _, d := range list {
			d.explain(q.slackOf(d.command(then), fell), then)
		}
	}
	r.knock(s, then, now)
}

// knock says of what was taken in one run and refused in the other how close it was to that, if nothing else was closer.
func (r *Report) knock(s *scenarios.Scenario, then, now *check.History) {
	gates := gatesOf(s, then)
	for i := range r.Differences {
		d := &r.Differences[i]
		c, load := d.command(then), s.Load[slices.IndexFunc(s.Load, func(l scenarios.Load) bool { return l.Name == d.Load })]
		g := gates[dialectOf(s, load)]
		if g == nil || taken(then.Facts(c.load, c.n, nil)) == taken(now.Facts(index(now.Loads(), d.Load), c.n, nil)) {
			continue
		}
		if s := g.spare(c, then.Loads()); s.ok && (!d.SlackHas || s.by < d.Slack) {
			d.explain(s, then)
		}
	}
}

// explain says what s is.
func (d *Difference) explain(s slack, h *check.History) {
	d.Slack, d.SlackHas, d.Why = s.by, s.ok, s.why
	if s.how != "" {
		d.Why = fmt.Sprintf("%s %s/%d: %s", s.how, h.Loads()[s.first.load], s.first.n, s.why)
	}
}

const whileFalling = "it was under way while the platform went down"

func (d *Difference) command(h *check.History) command { return command{index(h.Loads(), d.Load), d.N} }

func (r *Report) compare(h *check.History, load string, n uint64, a, b []check.Fact) {
	was, is := endingOf(a), endingOf(b)
	if !was.sent {
		r.Dropped++
		return
	}
	if r.Commands++; was.outcome == platform.Rejected && check.Throttled(was.code) && !taken(a) {
		r.Throttled++
	}
	if was == is {
		r.Same++
		return
	}
	d := Difference{Load: load, N: n, Then: was.String(), Now: is.String()}
	if device := deviceOf(a); device >= 1 && device <= len(h.Devices()) {
		d.Device = h.Devices()[device-1]
	}
	r.Differences = append(r.Differences, d)
}

func deviceOf(facts []check.Fact) int {
	for _, f := range facts {
		if f.Device > 0 && f.Kind != check.Foreign {
			return f.Device
		}
	}
	return 0
}
