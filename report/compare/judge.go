package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"fleetdrill/report"
)

// correct corrects p by Holm's method over all figures that were tested: the least is multiplied by their number, the
// next by one less, and none may be less than the one before.
func (c *comparison) correct() {
	var list []*figure
	for _, f := range c.figures {
		if f.tested {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *figure) int { return cmp.Compare(a.raw, b.raw) })
	before := 0.0
	for i, f := range list {
		f.P = min(1, max(before, f.raw*float64(len(list)-i)))
		before = f.P
	}
	for _, f := range c.figures {
		f.Noise = f.P > c.alpha()
	}
}

// judge gives a figure its verdict.
//
//	not by chance, and as much as matters         better or worse
//	the interval leaves out what matters          same
//	otherwise                                     inconclusive
func (c *comparison) judge(f *figure) {
	worse := f.Change > 0 == f.upIsBad
	switch {
	case len(f.base) == 0 || len(f.head) == 0:
		f.missing()
	case c.nobody != "":
		f.cause = "no run of " + c.nobody + " can be believed"
		f.say(report.Unclear, "%s, but %s", f.span(), f.cause)
		f.Needs = "runs that are not inconclusive themselves"
	case !f.Noise && math.Abs(f.Change) >= f.Limit && worse:
		f.say(report.Worse, "%s, and %s matters; %s", f.span(), f.FormatLimit(), probability(f.P))
	case !f.Noise && math.Abs(f.Change) >= f.Limit:
		f.say(report.Better, "%s, and %s matters; %s", f.span(), f.FormatLimit(), probability(f.P))
	case f.Low != nil && f.worst() < f.Limit && (c.virtual || min(len(c.base), len(c.head)) >= enough):
		f.say(report.Same, "%s: not worse by %s", f.span(), f.FormatLimit())
	default:
		c.unclear(f)
	}
}

func (f *figure) say(v report.Change, format string, args ...any) {
	f.Verdict, f.Reason = v, fmt.Sprintf(format, args...)
}

func (f *figure) missing() {
	side := "base"
	if len(f.head) == 0 {
		side = "head"
	}
	f.say(report.Unclear, "%s has too few values of it to measure", side)
	f.Needs = fmt.Sprintf("longer runs of %s, or compare: {%s: off}", side, f.Of)
}

// worst is the end of the interval that is the worse: how much worse it may be, in the direction that is bad.
func (f *figure) worst() float64 {
	if f.upIsBad {
		return *f.High
	}
	return -*f.Low
}

// unclear says why nothing can be said, and what would help.
func (c *comparison) unclear(f *figure) {
	runs, need := min(len(f.base), len(f.head)), leastRuns(len(c.figures), c.alpha())
	if c.virtual && f.Low == nil {
		f.cause = "so short a run does not tell what is chance"
		f.say(report.Unclear, "%s, but %s", f.span(), f.cause)
		f.Needs = fmt.Sprintf("a run of %d seconds or more", leastRows)
		return
	}
	if c.virtual {
		f.say(report.Unclear, "%s: %s is within it, and so is nothing", f.span(), f.FormatLimit())
		f.Needs = fmt.Sprintf("a longer run, or compare: {%s: %s}", f.Of, f.wider())
		return
	}
	switch {
	case runs < enough:
		f.cause = "how runs differ cannot be told from " + many(runs)
		f.say(report.Unclear, "%s within these runs, but %s", f.span(), f.cause)
		f.Needs = fmt.Sprintf("%d runs of each side", need)
	case math.Abs(f.Change) >= f.Limit && runs < need:
		f.cause = fmt.Sprintf("with %s of each side any change may be chance", many(runs))
		f.say(report.Unclear, "%s, but %s", f.span(), f.cause)
		f.Needs = fmt.Sprintf("%d runs of each side", need)
	case f.Low != nil && *f.Low > 0 == (*f.High > 0):
		f.say(report.Unclear, "%s, but %s, for %d figures together, is not below %g", f.span(), probability(f.P), len(c.figures), c.alpha())
		f.Needs = c.moreRuns(f, runs, need)
	default:
		f.say(report.Unclear, "%s: it may be nothing, and it may be %s", f.span(), f.FormatLimit())
		f.Needs = c.moreRuns(f, runs, need)
	}
}

// mostRuns is how many runs of each side anybody will make.
const mostRuns = 60

// moreRuns estimates how many runs of each side would tell. The interval shrinks with the root of their number: it has to
// leave out either no change or the least that matters, whichever it is further from.
func (c *comparison) moreRuns(f *figure, runs, need int) string {
	if f.Low == nil {
		return fmt.Sprintf("%d runs of each side", need)
	}
	low, high, at, limit := f.back(*f.Low), f.back(*f.High), math.Abs(f.back(f.Change)), math.Abs(f.back(f.Limit))
	half, sure := (high-low)/2, distuv.UnitNormal.Quantile(1-c.alpha()/float64(2*len(c.figures)))/distuv.UnitNormal.Quantile(1-c.miss()/2)
	factor := half * sure / at // to be sure that it is a change
	if at < limit {
		factor = half / (limit - at) // to be sure that it is less than matters
	}
	want := max(need, int(math.Ceil(float64(runs)*factor*factor)), runs+1)
	if want > mostRuns || math.IsNaN(factor) {
		return fmt.Sprintf("longer runs or a quieter machine, for the runs differ too much; or compare: {%s: %s}", f.Of, f.wider())
	}
	return fmt.Sprintf("about %d runs of each side", want)
}

// wider is a tolerance that the interval would fit in.
func (f *figure) wider() string {
	worst := f.worst()
	if f.Unit == "us" && !f.Relative {
		return report.FormatMicros(int64(worst * 1.2))
	}
	return fmt.Sprintf("%.0f%%", math.Ceil(worst*120))
}

// span is the change with its interval.
func (f *figure) span() string {
	text := f.FormatChange(f.Change)
	if f.detail != "" && f.Change != 0 {
		text += " of the calls are " + f.detail
	}
	if f.Low == nil {
		return text
	}
	return fmt.Sprintf("%s (%s to %s)", text, f.FormatChange(*f.Low), f.FormatChange(*f.High))
}

func probability(p float64) string {
	if p < 0.0001 {
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.2g", p)
}

func many(n int) string {
	if n == 1 {
		return "one run"
	}
	return fmt.Sprintf("%d runs", n)
}

// conclude makes one verdict of all, and says what it is made of.
func (c *comparison) conclude() {
	c.out.Verdict = report.Same
	for _, v := range []report.Change{report.Worse, report.Unclear, report.Better} {
		if c.out.Count(v) > 0 {
			c.out.Verdict = v
			break
		}
	}
	for _, f := range c.out.Figures {
		if f.Verdict == report.Worse {
			c.out.Reasons = append(c.out.Reasons, f.Name()+" is worse: "+f.Reason)
		}
	}
	for _, list := range c.unclearByNeed() {
		text := list[0].Name() + " is inconclusive: " + list[0].Reason
		if len(list) > 1 {
			text = fmt.Sprintf("%s and %d more are inconclusive", list[0].Name(), len(list)-1)
			if list[0].cause != "" {
				text += ": " + list[0].cause
			}
		}
		c.out.Reasons = append(c.out.Reasons, text+"; to tell takes "+list[0].Needs)
	}
}

// unclearByNeed puts the inconclusive figures together that take the same to be told.
func (c *comparison) unclearByNeed() [][]*figure {
	var groups [][]*figure
	for _, f := range c.figures {
		if f.Verdict != report.Unclear {
			continue
		}
		i := slices.IndexFunc(groups, func(g []*figure) bool { return g[0].Needs == f.Needs })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}
