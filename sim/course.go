package sim

import (
	"fmt"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// Course tells what went on around the loads of a run that has been judged.
func Course(s *scenarios.Scenario, m Measured, stats check.Stats, h *check.History) *report.Course {
	down := m.Elapsed
	if n := len(m.Phases); n > 0 && m.Phases[n-1].Name == Stopping.String() {
		down = time.Duration(m.Phases[n-1].From * float64(time.Second))
	}
	c := h.Course(report.RowWidth(m.Elapsed), m.Elapsed, down)
	return &report.Course{Schema: report.CourseSchema, Width: seconds(c.Width), Phases: m.Phases, Faults: struck(m),
		Rows: columns(c.Rows), Machine: m.Machine,
		LateBy: report.QuantilesOf(c.LateBy), LateLine: report.ProfileOf(c.LateBy),
		Away: report.QuantilesOf(c.Away), AwayLine: report.ProfileOf(c.Away),
		Over: report.ProfileOf(stats.Overshoot), Wait: report.ProfileOf(stats.Waits)}
}

func columns(rows []check.CourseRow) report.CourseRows {
	column := func(of func(*check.CourseRow) int) []int64 {
		list := make([]int64, len(rows))
		for i := range rows {
			list[i] = int64(of(&rows[i]))
		}
		return list
	}
	return report.CourseRows{
		Online:    column(func(r *check.CourseRow) int { return r.Online }),
		Open:      column(func(r *check.CourseRow) int { return r.Open }),
		Waiting:   column(func(r *check.CourseRow) int { return r.Waiting }),
		Connected: column(func(r *check.CourseRow) int { return r.Connected }),
		Lost:      column(func(r *check.CourseRow) int { return r.Lost }),
		Refused:   column(func(r *check.CourseRow) int { return r.Refused }),
		Fired:     column(func(r *check.CourseRow) int { return r.Fired }),
		Late:      column(func(r *check.CourseRow) int { return r.Late }),
		Filled:    column(func(r *check.CourseRow) int { return r.Filled }),
		Drained:   column(func(r *check.CourseRow) int { return r.Drained }),
		Expired:   column(func(r *check.CourseRow) int { return r.Expired }),
		Lag:       column(func(r *check.CourseRow) int { return int(r.Lag.Microseconds()) }),
	}
}

// struck are the faults that happened, each from its strike to its heal or the end of the run.
func struck(m Measured) []report.Phase {
	list := []report.Phase{}
	for _, f := range m.Faults {
		p := report.Phase{Name: describe(f.Fault), From: seconds(f.At), To: seconds(min(f.Until, m.Elapsed))}
		if faultKinds[f.Kind].once {
			p.To = p.From
		} else if f.Until == 0 {
			p.To = seconds(m.Elapsed)
		}
		list = append(list, p)
	}
	return list
}

func describe(f scenarios.Fault) string {
	if whom := f.Group + f.Load; whom != "" {
		return fmt.Sprintf("%s %s of %s", f.Kind, report.FormatShare(f.Share), whom)
	}
	return f.Kind
}

// enter notes where the run stands, for who watches it and for its course.
func (r *run) enter(p Phase) {
	r.Progress.enter(p)
	now := seconds(r.rec.now())
	r.leave(now)
	r.m.Phases = append(r.m.Phases, report.Phase{Name: p.String(), From: now})
}

// leave ends the phase that is under way.
func (r *run) leave(now float64) {
	if n := len(r.m.Phases); n > 0 {
		r.m.Phases[n-1].To = now
	}
}

// watch samples the process once a second of a run on the real clock. The function that it returns ends that and
// returns the samples.
func watch(rec *recorder) func() []report.MachineSample {
	end, list := make(chan struct{}), make(chan []report.MachineSample)
	go func() {
		var samples []report.MachineSample
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		before := used()
		for {
			select {
			case <-end:
				list <- samples
				return
			case <-tick.C:
			}
			now := used()
			samples = append(samples, now.sample(before, rec.now()))
			before = now
		}
	}()
	return func() []report.MachineSample { close(end); return <-list }
}
