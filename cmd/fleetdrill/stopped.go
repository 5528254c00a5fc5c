package main

import (
	"fmt"
	"math"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

// stopped is that somebody interrupted a recorded run.
type stopped struct {
	At   time.Duration `json:"at_ns"`          // since the run began
	Open int           `json:"commands_ended"` // by that alone
	due  int64         // calls by then
}

// stopOf tells when a recorded run was interrupted; nil: it was not. Without its summary the history decides, in which
// nothing is to be seen of it where nothing was open.
func stopOf(s *scenarios.Scenario, h *check.History, summary *report.Summary) *stopped {
	end := sim.EndOf(s, h)
	switch {
	case summary == nil && (end.Open == 0 || end.Drained):
		return nil
	case summary != nil && !summary.WasInterrupted():
		return nil
	case end.At == check.Never: // then its end tells, to a microsecond
		end.At = time.Duration(math.Round(summary.Elapsed * float64(time.Second)))
	}
	return &stopped{end.At, end.Open, end.Due}
}

func (s *stopped) String() string {
	return fmt.Sprintf("the recorded run was interrupted after %s, which ended %s; the replay ends there, too", trace.Span(s.At), report.Plural(s.Open, "command", "commands"))
}

// over tells whether a run that began then is where the recorded one was interrupted: at that time, with as many calls.
func (s *stopped) over(began time.Time, p *sim.Progress) bool {
	var due int64
	for i := range p.Loads {
		due += p.Loads[i].Due.Load()
	}
	return time.Since(began) >= s.At && due >= s.due
}
