package hunt

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// Shrink cuts a failing run down to the few calls, devices and faults that it needs to fail the same way, and makes its
// times short and round. It can do so because what a device draws for a call hangs on that call alone.
type Shrink struct {
	Run  func(context.Context, Job) (Result, error)
	For  time.Duration        // no attempt begins later, on the wall clock; 0: DefaultShrink
	Tell func(string, ...any) // is told what was achieved; nil: nobody is
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
	Unfinished     bool // time was over before everything was tried
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
	c := &cutter{Shrink: s, ctx: ctx, draft: d, want: f.Way(), failure: f, known: map[string]bool{}}
	if err := c.begin(); err != nil {
		return Minimal{}, err
	}
	c.end = time.Now().Add(s.For)
	c.parts(calls)
	for range 4 {
		before := string(c.draft.Text())
		c.keys()
		c.plain()
		c.times()
		if string(c.draft.Text()) == before {
			break
		}
	}
	return c.minimal(j)
}

// cutter is a Shrink at work.
type cutter struct {
	Shrink
	ctx      context.Context
	end      time.Time
	draft    *scenarios.Draft // the smallest that fails
	want     string           // the way in which it has to fail
	failure  Failure          // of the last that did
	endings  []string         // how commands ended in the run to be cut down
	astray   bool             // in it, calls go to devices that do not run
	known    map[string]bool  // texts that were tried
	attempts int
	late     bool // something was not tried, for time was over
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
	words := c.failure
	if !known {
		r, ok := c.attempt(d)
		failed = ok && c.sameEndings(r)
		c.known[text] = failed
	}
	if failed {
		c.draft = d
	} else {
		c.failure = words // those of the draft that is kept
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
	r, err := c.Run(c.ctx, Job{Text: string(text), Seed: s.Seed})
	if err != nil {
		c.err = err
		return r, false
	}
	i := slices.IndexFunc(r.Failures, func(f Failure) bool { return f.Way() == c.want })
	if i < 0 {
		return r, false
	}
	c.failure = r.Failures[i]
	return r, true
}

// sameEndings keeps an expectation about shares or times from failing for another reason: nothing may end in a way in
// which nothing ended before.
func (c *cutter) sameEndings(r Result) bool {
	return c.failure.Kind != Expectation || !slices.ContainsFunc(r.Endings, func(how string) bool { return !slices.Contains(c.endings, how) })
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
	m := Minimal{Failure: c.failure, Attempts: c.attempts, Unfinished: c.late}
	for _, g := range s.Devices {
		m.Devices += g.Running()
	}
	for _, l := range s.Load {
		m.Calls += int(l.Calls())
	}
	if _, ok := c.attempt(c.draft); ok { // once more, for the words that it has now
		m.Failure = c.failure
	}
	head := fmt.Sprintf("# Fails: %s\n# Cut down from %s, seed %d: %s, %s.\n",
		m.Failure, s.Name, j.Seed, Plural(m.Devices, "device"), Plural(m.Calls, "call"))
	if m.Failure.Kind == Expectation && strings.Contains(m.Failure.Name, ".share ") {
		head += "# A share of so few calls may be missed where nothing is wrong: see whether each of them ended as it should.\n"
	}
	m.Text = append([]byte(head+"#\n#\tfleetdrill run minimal.yaml\n"), text...)
	return m, cmp.Or(c.ctx.Err(), c.err)
}

// Plural is a number of things in words.
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return report.FormatCount(int64(n)) + " " + what + "s"
}

// list writes numbers as a list in YAML.
func list[T any](items []T, text func(T) string) string {
	var parts []string
	for _, item := range items {
		parts = append(parts, text(item))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
