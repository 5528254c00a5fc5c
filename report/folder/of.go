package folder

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"fleetdrill/report"
)

// Of is what Read would return of a run's results, without a folder. The recorder must be closed.
func Of(s *report.Summary, r *report.Recorder, c *report.Course, scenario []byte, began time.Time) *Run {
	run := &Run{Began: began.UTC().Truncate(time.Second), Summary: s, Course: c, Scenario: scenario}
	for i := range s.Loads {
		l := Load{Name: s.Loads[i].Name}
		l.Rows, l.Lag, l.Service = r.Intervals(i)
		for _, row := range l.Rows {
			l.Latency, l.LatencyOK = sum(l.Latency, row.Latency), sum(l.LatencyOK, row.LatencyOK)
		}
		run.Loads = append(run.Loads, l)
	}
	return run
}

// sum adds b to a, which it may change. nil is empty.
func sum(a, b *hdrhistogram.PackedHistogram) *hdrhistogram.PackedHistogram {
	if b == nil {
		return a
	}
	if a == nil {
		a = hdrhistogram.NewPacked(b.LowestTrackableValue(), b.HighestTrackableValue(), int(b.SignificantFigures()))
	}
	a.Merge(b)
	return a
}
