package hunt

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// Shrink cuts a failing run down to the few calls, devices and faults that it needs to fail the same way, and makes its
// times short and round. It can do so because what a device draws for a call hangs on that call alone.
type Shrink struct {
	Run  func(context.Context, Job) (Result, error)
	For  time.Duration        // no attempt begins later, on the wall clock; 0: DefaultShrink
	Tell func(string, ...any) // is told what was achieved; nil: nobody is

	Name string // of the file that the text is for, in the folder of the job's earlier run; empty: minimal.yaml

	// Spell writes the times of the earlier run of a job into a text. It is needed where the job has one.
	Spell func(text []byte) (Spelled, error)

	Endings []string // those of the earlier run of the job, as the function Endings has them; nil: nobody knows them
}

// DefaultShrink is time enough for a few thousand attempts with a small fleet.
const DefaultShrink = time.Minute

// Call is one call of the run that failed.
type Call struct {
	Load   string
	N      int    // its number, from 0
	Device string // group-number
	Bad    bool   // it did not end with success
}

// Minimal is what is left.
type Minimal struct {
	Text           []byte // the scenario with its seed, below what it shows
	Failure        Failure
	Devices, Calls int
	Attempts       int
	Unfinished     bool          // time was over before everything was tried
	Took           time.Duration // a run, on the wall clock

	Lost []string // what the earlier run of the job had, and the text has not
	Then string   // the job's, where the text alone does not fail, or nobody knows; otherwise empty

	name    string // the Shrink's
	untried bool   // nobody knows whether the text alone fails
	timed   bool   // the text does not fail with the earlier run's times in it either
	asThen  bool   // the text's commands end in no way in which none of the earlier run's did
}

// Shrink cuts down the run of j, which failed as f says and made these calls. The end of ctx, or of time, ends it early
// with what it has. An error means that the run does not fail that way again, or that no run could be made.
func (s Shrink) Shrink(ctx context.Context, j Job, f Failure, calls []Call) (Minimal, error) {
	if s.For == 0 {
		s.For = DefaultShrink
	}
	if s.Tell == nil {
		s.Tell = func(string, ...any) {}
	}
	text, err := j.File()
	if err != nil {
		return Minimal{}, err
	}
	d, err := scenarios.NewDraft(text)
	if err != nil {
		return Minimal{}, err
	}
	c := &cutter{Shrink: s, ctx: ctx, then: j.Then, draft: d, want: f.Way(), failure: f, known: map[string]bool{}}
	if err := c.begin(); err != nil {
		return Minimal{}, err
	}
	c.end = time.Now().Add(s.For)
	switch {
	case c.then == "":
		c.parts(calls)
	case !c.recorded(calls):
		return c.minimal(j)
	default:
		c.elements("faults")
	}
	c.values()
	return c.minimal(j)
}

// values makes what is left simple and short. It goes over all of it again for as long as that helps and it is too large.
func (c *cutter) values() {
	for i := 0; i < 4 || c.large(); i++ {
		before := string(c.draft.Text())
		c.keys()
		c.plain()
		c.times()
		c.quicker()
		if string(c.draft.Text()) == before {
			return
		}
	}
}

// cutter is a Shrink at work.
type cutter struct {
	Shrink
	ctx      context.Context
	then     string // the job's, while it is of use
	lost     []string
	untried  bool // Minimal's
	timed    bool // Minimal's
	end      time.Time
	draft    *scenarios.Draft // the smallest that fails
	want     string           // the way in which it has to fail
	failure  Failure          // of the last that did
	endings  []string         // how commands ended in the run to be cut down
	astray   bool             // in it, calls go to devices that do not run
	known    map[string]bool  // texts that were tried
	attempts int
	took     time.Duration // the run of draft
	brief    bool          // its drain is short for the sake of time: it stays
	late     bool          // something was not tried, for time was over
	err      error
}

// over tells whether no more attempts are to be made. It is asked before work is put into one.
func (c *cutter) over() bool {
	if c.ctx.Err() != nil || c.err != nil {
		return true
	}
	c.late = c.late || time.Now().After(c.end)
	return c.late
}

// begin makes the run once more, held to nothing but what failed.
func (c *cutter) begin() error {
	d := c.draft.Copy()
	d.Drop("expect")
	expect := strconv.Quote("checks.breaches == 0")
	if c.failure.Kind == Expectation {
		expect = strconv.Quote(c.failure.Name)
	}
	if err := d.Append("expect", expect); err != nil {
		return err
	}
	if s, err := scenarios.Parse("draft", d.Text(), nil); err == nil {
		n, _ := sim.Astray(s)
		c.astray = n > 0
	}
	r, ok := c.attempt(d)
	switch {
	case c.err != nil:
		return c.err
	case !ok:
		return fmt.Errorf("the run with this seed does not fail as it did: %s", c.failure)
	}
	c.draft, c.endings = d, r.Endings
	return nil
}

// try takes a draft over if it fails the same way.
func (c *cutter) try(d *scenarios.Draft) bool {
	if c.over() {
		return false
	}
	text := string(d.Text())
	failed, known := c.known[text]
	words, took := c.failure, c.took
	if !known {
		r, ok := c.attempt(d)
		failed = ok && c.sameEndings(r)
		c.known[text] = failed
	}
	if failed {
		c.draft = d
	} else {
		c.failure, c.took = words, took // those of the draft that is kept
	}
	return failed
}

// attempt runs a draft, if it is a scenario. One with calls to devices that were left out is another: they end without
// success for that alone.
func (c *cutter) attempt(d *scenarios.Draft) (Result, bool) {
	text := d.Text()
	s, err := scenarios.Parse("draft", text, nil)
	if err != nil {
		return Result{}, false
	}
	if n, _ := sim.Astray(s); n > 0 && !c.astray {
		return Result{}, false
	}
	c.attempts++
	begin := time.Now()
	r, err := c.Run(c.ctx, Job{Text: string(text), Seed: s.Seed, Then: c.then})
	took := time.Since(begin)
	if err != nil {
		c.err = err
		return r, false
	}
	i := slices.IndexFunc(r.Failures, func(f Failure) bool { return f.Way() == c.want })
	if i < 0 {
		return r, false
	}
	c.failure, c.took = r.Failures[i], took
	return r, true
}

// sameEndings keeps an expectation about shares or times from failing for another reason: nothing may end in a way in
// which nothing ended before.
func (c *cutter) sameEndings(r Result) bool {
	return c.failure.Kind != Expectation || within(r.Endings, c.endings)
}

func within(part, all []string) bool {
	return !slices.ContainsFunc(part, func(how string) bool { return !slices.Contains(all, how) })
}

// change tries a draft with something changed. A change that cannot be made fails nothing.
func (c *cutter) change(edit func(*scenarios.Draft) error) bool {
	if c.over() {
		return false
	}
	d := c.draft.Copy()
	return edit(d) == nil && c.try(d)
}

// minimal puts what it is about above the scenario.
func (c *cutter) minimal(j Job) (Minimal, error) {
	c.draft.Tidy()
	text := c.draft.Text()
	s, err := scenarios.Parse("minimal", text, nil)
	if err != nil {
		return Minimal{}, err
	}
	m := Minimal{name: c.Name, Failure: c.failure, Attempts: c.attempts, Unfinished: c.late, Lost: c.lost, Then: c.then, untried: c.untried, timed: c.timed}
	for _, g := range s.Devices {
		m.Devices += g.Running()
	}
	for _, l := range s.Load {
		m.Calls += int(l.Calls())
	}
	if r, ok := c.attempt(c.draft); ok { // once more, for the words that it has now
		m.Failure, m.asThen = c.failure, c.Endings != nil && within(r.Endings, c.Endings)
	}
	m.Took = c.took
	m.Text = append(m.head(s.Name, j.Seed, text), text...)
	return m, cmp.Or(c.ctx.Err(), c.err)
}

// list writes numbers as a list in YAML.
func list[T any](items []T, text func(T) string) string {
	var parts []string
	for _, item := range items {
		parts = append(parts, text(item))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
