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
	return &report.Course{Schema: report.CourseSchema, Width: seconds(c.Width), Phases: m.Phases, Faults: struck(s, m.Phases),
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
	}
}

// struck are the faults of the scenario that the load phase came to.
func struck(s *scenarios.Scenario, phases []report.Phase) []report.Phase {
	list := []report.Phase{}
	for _, p := range phases {
		if p.Name != Loading.String() {
			continue
		}
		for _, f := range schedule(s.Faults) {
			if at := p.From + seconds(f.At); at <= p.To {
				list = append(list, report.Phase{Name: describe(f.Fault), From: at, To: at})
			}
		}
	}
	return list
}

func describe(f scenarios.Fault) string {
	if d := f.Disconnect; d != nil {
		return fmt.Sprintf("disconnect %s of %s", report.FormatShare(d.Share), d.Group)
	}
	return "fault"
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
