package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is what a run says about the platform.
type Verdict string

const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"         // an invariant was broken, or a threshold missed
	Inconclusive Verdict = "inconclusive" // the run says more about itself than about the platform
)

// Circumstances is what a verdict needs beside the numbers. A limit of 0 is none.
type Circumstances struct {
	Interrupted string        // the phase in which the run was stopped; empty if it was not
	Expected    int           // devices that were meant to connect
	CutShort    int           // commands still open when the wait for them ended
	MaxOpen     []int         // by load: calls open at once
	MaxLag      time.Duration // of each load, at the quantiles that count
	MaxCPU      float64       // 0–1; ignored on the virtual clock, which always runs as fast as the machine can
}

// Judge sets s.Verdict, s.Reasons and s.Harness.Limited.
//
//	a broken invariant         fail, whatever else
//	a reason to doubt the run  inconclusive
//	a missed threshold         fail
//	otherwise                  pass
//
// Reasons tells all of them, in this order.
func (s *Summary) Judge(c Circumstances) {
	broken, doubts, missed := s.broken(), s.doubts(c), s.missed()
	limits := s.harnessLimits(c)
	s.Harness.Limited = len(limits) > 0
	doubts = append(doubts, limits...)
	s.Reasons = append(append(append([]string{}, broken...), doubts...), missed...)
	switch {
	case len(broken) > 0:
		s.Verdict = Fail
	case len(doubts) > 0:
		s.Verdict = Inconclusive
	case len(missed) > 0:
		s.Verdict = Fail
	default:
		s.Verdict = Pass
	}
}

func (s *Summary) broken() []string {
	var list []string
	for _, c := range s.BrokenRules() {
		list = append(list, c.Breach())
	}
	return list
}

// BrokenRules are the checks that found a breach.
func (s *Summary) BrokenRules() []Check {
	return slices.DeleteFunc(slices.Clone(s.Checks), func(c Check) bool { return c.Breaches == 0 })
}

// Breach says that a rule was broken, how often, and shows an example.
func (c *Check) Breach() string {
	text := fmt.Sprintf("rule %s was broken %s", c.Rule, times(c.Breaches))
	if len(c.Examples) > 0 {
		text += ": " + c.Examples[0]
	}
	return text
}

const interruptedDuring = "the run was interrupted during " // and the phase

// WasInterrupted tells whether somebody stopped the run.
func (s *Summary) WasInterrupted() bool {
	return slices.ContainsFunc(s.Reasons, func(r string) bool { return strings.HasPrefix(r, interruptedDuring) })
}

// doubts are the reasons, other than the load generator, for which the run does not count.
func (s *Summary) doubts(c Circumstances) []string {
	var list []string
	if c.Interrupted != "" {
		list = append(list, interruptedDuring+c.Interrupted)
	}
	if s.Arrivals() == 0 {
		list = append(list, "no calls were due: there was nothing to measure")
	}
	if s.Devices.Connected < c.Expected {
		list = append(list, fmt.Sprintf("only %s of %s devices connected", FormatCount(int64(s.Devices.Connected)),
			FormatCount(int64(c.Expected))))
	}
	if c.CutShort > 0 && c.Interrupted == "" {
		list = append(list, fmt.Sprintf("%s still open when the wait for the last answers was over",
			Plural(c.CutShort, "command was", "commands were")))
	}
	return list
}

func (s *Summary) harnessLimits(c Circumstances) []string {
	list := s.lateness(c.MaxLag.Microseconds())
	for i, l := range s.Loads {
		if n := l.Outcomes.Dropped; n > 0 {
			list = append(list, fmt.Sprintf("%s: %s dropped because %s", l.Name,
				Plural(n, "arrival was", "arrivals were"), full(c.MaxOpen, i)))
		}
	}
	if c.MaxCPU > 0 && s.Harness.CPUShare > c.MaxCPU && s.Clock != "virtual" {
		list = append(list, fmt.Sprintf("the machine was busy: %s of all cores during the load, the limit is %s",
			FormatShare(s.Harness.CPUShare), FormatShare(c.MaxCPU)))
	}
	return list
}

// lateness says where the load generator was late. Each load is judged alone, at the 99th percentile of its lag; further
// out only where a threshold decides on a quantile that far out, and the lag at the same quantile is above the limit.
func (s *Summary) lateness(limit int64) []string {
	var list []string
	if limit <= 0 {
		return nil
	}
	for i := range s.Loads {
		l := &s.Loads[i]
		if l.Lag.P99 > limit {
			list = append(list, s.late(l, "99%", l.Lag.P99, limit))
			continue
		}
		for _, far := range []struct {
			quantile, share string
			lag             int64
		}{{"p999", "99.9%", l.Lag.P999}, {"max", "all", l.Lag.Max}} {
			if path := s.decides(l.Name, far.quantile); path != "" && far.lag > limit {
				list = append(list, path+" is in doubt: "+s.late(l, far.share, far.lag, limit))
			}
		}
	}
	return list
}

func (s *Summary) late(l *Load, share string, lag, limit int64) string {
	return fmt.Sprintf("the load generator was late: %s of the calls of %s were sent within %s of due, the limit is %s", share,
		l.Name, FormatMicros(lag), FormatMicros(limit))
}

// decides returns the figure of the first threshold on a quantile that a late load generator can explain: a load's
// latency or service, and the overshoot of timeouts, which no load owns. Empty: there is none.
func (s *Summary) decides(load, quantile string) string {
	figures := []string{load + ".latency", load + ".latency_ok", load + ".service", "timeouts.overshoot"}
	for _, t := range s.Thresholds {
		path, _, _, err := split(t.Expr)
		if err != nil {
			continue
		}
		if figure, ok := strings.CutSuffix(path, "."+quantile); ok && slices.Contains(figures, figure) {
			return path
		}
	}
	return ""
}

func full(maxOpen []int, load int) string {
	if load >= len(maxOpen) {
		return "too many calls were already open"
	}
	return Plural(int64(maxOpen[load]), "call was", "calls were") + " already open"
}

func (s *Summary) missed() []string {
	var list []string
	for _, t := range s.Thresholds {
		if !t.OK {
			list = append(list, fmt.Sprintf("expected %s, got %s", t.Expr, t.Value))
		}
	}
	return list
}

func times(n int64) string { return Plural(n, "time", "times") }

// Plural is a number of things in words, such as "1 call" or "8,045 calls".
func Plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return FormatCount(int64(n)) + " " + many
}
