// Package compare says what two sets of runs of a scenario tell about a change: for each figure better, worse, same or
// inconclusive, with the change, its interval and the reason.
//
//	base, head := []*folder.Run{...}, []*folder.Run{...}
//	c, err := compare.Runs(base, head, compare.Options{Tolerances: scenario.Compare})
//	report.WriteComparison(os.Stdout, c, report.TextOptions{})
//
// # The unit is the run
//
// Calls of one run share its process, its heap and its minute on the machine, so ten thousand calls of one run are not
// ten thousand pieces of evidence. Each run gives one value of each figure, and runs are compared with runs. That needs
// several of each side, best measured in turns (`fleetdrill bench`), and is right whatever the values are distributed
// like: a machine with neighbours has runs that lie far out.
//
//	p         the Mann–Whitney U test of the runs' values (golang.org/x/perf/benchmath): exact, no distribution assumed
//	change    the Hodges–Lehmann estimate: the median over all pairs of a run of head and one of base; of the ratios,
//	          or of the differences for shares and for tolerances that are durations
//	interval  of the change, 95%: the same test turned round (Moses), from the ordered pairs
//
// A run that is inconclusive itself, because the load generator or the machine was the limit, is no evidence: it is left
// out, with a warning. (Where the machine is shared, latency moves with the lag of the load generator, so that a low
// harness.max_lag in the scenario keeps what neighbours do out of the comparison.) If a change is what makes runs
// inconclusive, there are none to compare, and the comparison says that: it is inconclusive, too.
//
// # Shape
//
// A second mode need not move a percentile that somebody looks at: behind 10% of timeouts, 2% of the calls may become
// five times slower and leave p50, p90 and p99 where they are. So the whole distribution is tested, too. For each
// latency x, the share of head's calls that are slower than x, but for the change of the medians and another 10% and 1 ms,
// less the share of base's calls that are slower than x; the greatest of these is the share of calls that became slower
// than the change of the median explains, and the same the other way round. A side's share is the median over its runs, so
// one bad run decides nothing. p is that of a permutation test over the runs: all ways to deal the runs to two sides, or
// 20,000 of them drawn; the interval is a bootstrap over the runs. A wide distribution hides a second mode from this
// test, but then the mode moves p99 or p99.9.
//
// # Few runs
//
// With one to three runs of a side no interval can be made of runs. One is made then by a block bootstrap: blocks of
// consecutive rows of the timeline, from runs drawn anew, put together as often as there are rows. It knows what varies
// within a run and not what varies between runs, so on the real clock nothing is called better, worse or same on its
// grounds. On the virtual clock a run is the same each time and nothing varies between runs: there the bootstrap decides,
// and one run of each side will do. Its p and its intervals are Student's, with as many degrees of freedom as the blocks
// give, and no more than there are calls beyond a percentile or calls with the rarer outcome; fewer than three rows tell
// nothing. A change of the rate is one if less of what was due was over: the schedule, and when the last call is over, hang
// on the seed. More runs of the same seed are the same run again and count once.
//
// # Many figures
//
// A comparison has a dozen figures a load. p is corrected by Holm's method over all of them, so that a comparison of equal
// things calls anything worse or better in Alpha of all cases at most, 0.5% by default, half of them for the worse; and
// nothing is called so that is less than its tolerance. The price is a least number of runs: with n of each side no p is
// below 2/C(2n, n), so that 20 figures need 8 of each side. A figure is called same when its 95% interval leaves out
// every change for the worse that matters. That needs no correction: it has to hold for all figures before the comparison
// is called so.
//
// Whoever looks several times, and stops when the answer is pleasing, gets more answers by chance. Looks in Options says
// how often somebody will look at the most; each look then has an equal part of Alpha, and of the 5%.
package compare

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// Options say what matters, and how sure to be.
type Options struct {
	Tolerances report.Tolerances
	Alpha      float64 // 0: DefaultAlpha
	Looks      int     // how often the runs are compared while they grow in number, at the most; 0 is 1
	Warnings   []string
}

// DefaultAlpha is the chance that a comparison of equal things calls anything better or worse.
const DefaultAlpha = 0.005

// confidence is that of the intervals.
const confidence = 0.95

// alpha is that of one look.
func (o *Options) alpha() float64 { return o.total() / float64(max(o.Looks, 1)) }

func (o *Options) total() float64 {
	if o.Alpha == 0 {
		return DefaultAlpha
	}
	return o.Alpha
}

// miss is the chance that an interval does not hold the truth.
func (o *Options) miss() float64 { return (1 - confidence) / float64(max(o.Looks, 1)) }

// comparison is one at work.
type comparison struct {
	Options
	base, head []*folder.Run
	virtual    bool
	nobody     string // the side that has no run to believe
	out        *report.Comparison
	figures    []*figure
}

// Runs compares two sets of runs.
func Runs(base, head []*folder.Run, o Options) (*report.Comparison, error) {
	if len(base) == 0 || len(head) == 0 {
		return nil, errors.New("a comparison needs at least one run of each side")
	}
	c := &comparison{Options: o}
	c.virtual = !slices.ContainsFunc(slices.Concat(base, head), func(r *folder.Run) bool { return r.Summary.Clock != "virtual" })
	c.base, c.head = c.believed(c.once(base, "base"), "base"), c.believed(c.once(head, "head"), "head")
	c.out = &report.Comparison{Schema: report.ComparisonSchema, Scenario: head[0].Summary.Scenario, Clock: head[0].Summary.Clock,
		Base: side(c.base, base), Head: side(c.head, head), Alpha: c.total(), Reasons: []string{}, Skipped: []string{},
		Warnings: append([]string{}, c.Warnings...)}
	c.warn()
	names := c.loads()
	if len(names) == 0 {
		return nil, fmt.Errorf("%s and %s have no load in common: nothing compares", base[0].Dir, head[0].Dir)
	}
	for _, name := range names {
		c.load(name)
		c.out.Curves = append(c.out.Curves, c.curve(name))
	}
	c.whole()
	c.correct()
	for _, f := range c.figures {
		c.judge(f)
		c.out.Figures = append(c.out.Figures, f.Contrast)
	}
	c.conclude()
	return c.out, nil
}

// Believed are the runs that are not inconclusive themselves.
func Believed(runs []*folder.Run) []*folder.Run {
	var list []*folder.Run
	for _, r := range runs {
		if r.Summary.Verdict != report.Inconclusive {
			list = append(list, r)
		}
	}
	return list
}

// once leaves out the runs that are no further evidence, and would make intervals narrower that nobody has measured: a
// folder that is given twice, and what a seed repeats on the virtual clock.
func (c *comparison) once(runs []*folder.Run, side string) []*folder.Run {
	var list []*folder.Run
	repeated := 0
	for _, r := range runs {
		switch {
		case r.Dir != "" && slices.ContainsFunc(list, func(o *folder.Run) bool { return o.Dir == r.Dir }):
			c.say(r.Dir + " is given more than once and counts once")
		case c.virtual && slices.ContainsFunc(list, func(o *folder.Run) bool { return repeats(r, o) }):
			repeated++
		default:
			list = append(list, r)
		}
	}
	if repeated > 0 {
		c.say(fmt.Sprintf("%s of %s left out: on the virtual clock the same seed does the same again", many(repeated), side))
	}
	return list
}

// say adds a warning, once.
func (c *comparison) say(text string) {
	if !slices.Contains(c.Warnings, text) {
		c.Warnings = append(slices.Clone(c.Warnings), text)
	}
}

// repeats tells whether two runs of one seed came out alike.
func repeats(a, b *folder.Run) bool {
	return a.Summary.Seed == b.Summary.Seed && bytes.Equal(a.Scenario, b.Scenario) && reflect.DeepEqual(a.Summary.Loads, b.Summary.Loads) &&
		a.Summary.Harness.Machine.Build == b.Summary.Harness.Machine.Build
}

// believed are the runs that are compared: all on the virtual clock, which no machine can disturb, and all where none
// can be believed, so that there is something to show.
func (c *comparison) believed(runs []*folder.Run, side string) []*folder.Run {
	list := Believed(runs)
	if c.virtual {
		return runs
	}
	if len(list) == 0 {
		c.nobody = side
		return runs
	}
	return list
}

func side(runs, given []*folder.Run) report.Side {
	s := report.Side{Limited: len(given) - len(Believed(given))}
	for _, r := range runs {
		s.Runs = append(s.Runs, r.Dir)
		if b := r.Summary.Harness.Machine.Build; !slices.Contains(s.Builds, b) {
			s.Builds = append(s.Builds, b)
		}
	}
	return s
}

// loads are the names of those that all runs have, in the order of head.
func (c *comparison) loads() []string {
	var names []string
	for _, l := range c.head[0].Loads {
		everywhere := !slices.ContainsFunc(slices.Concat(c.base, c.head), func(r *folder.Run) bool { return r.Load(l.Name) == nil })
		if everywhere {
			names = append(names, l.Name)
		}
	}
	return names
}
