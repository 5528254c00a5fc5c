package folder

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"fleetdrill/report"
)

// place puts a histogram of the log where it belongs. Series that this program does not know are somebody else's.
func (r *Run) place(h *hdrhistogram.Histogram) error {
	at := time.Duration(h.StartTimeMs()-r.Began.UnixMilli()) * time.Millisecond // the log's reader added the beginning
	for i := range r.Loads {
		l := &r.Loads[i]
		switch h.Tag() {
		case l.Name + report.LogLag:
			l.Lag = joined(l.Lag, h)
		case l.Name + report.LogService:
			l.Service = joined(l.Service, h)
		case l.Name + report.LogLatency:
			row, err := l.row(h, at)
			if err != nil {
				return err
			}
			row.Latency, l.Latency = joined(row.Latency, h), joined(l.Latency, h)
		case l.Name + report.LogLatencyOK:
			row, err := l.row(h, at)
			if err != nil {
				return err
			}
			row.LatencyOK, l.LatencyOK = joined(row.LatencyOK, h), joined(l.LatencyOK, h)
		}
	}
	return nil
}

// row is the one that a histogram of the log is for.
func (l *Load) row(h *hdrhistogram.Histogram, at time.Duration) (*Row, error) {
	if len(l.Rows) > 0 && l.Rows[0].Width > 0 {
		if i := at / l.Rows[0].Width; at >= 0 && i < time.Duration(len(l.Rows)) && l.Rows[i].Start == at {
			return &l.Rows[i], nil
		}
	}
	return nil, fmt.Errorf("it has calls of %s at %v, where %s has no row", h.Tag(), at, TimelineFile)
}

// joined adds what h counted to p. nil is empty. A log has each value in the middle of a bucket of its own geometry,
// which is ours: nothing moves.
func joined(p *hdrhistogram.PackedHistogram, h *hdrhistogram.Histogram) *hdrhistogram.PackedHistogram {
	if p == nil {
		p = hdrhistogram.NewPacked(h.LowestTrackableValue(), h.HighestTrackableValue(), int(h.SignificantFigures()))
	}
	p.MergeFrom(h)
	return p
}

func count(p *hdrhistogram.PackedHistogram) int64 {
	if p == nil {
		return 0
	}
	return p.TotalCount()
}

// check tells whether the files are of one run.
func (r *Run) check() error {
	for i, l := range r.Summary.Loads {
		got := &r.Loads[i]
		var done, due int64
		for _, row := range got.Rows {
			done += row.Done.Sum()
			due += row.Due
		}
		for _, n := range []struct {
			file, what string
			got, want  int64
		}{
			{TimelineFile, "arrivals that were due", due, l.Arrivals},
			{TimelineFile, "arrivals that were over", done, l.Arrivals},
			{LatencyFile, "calls", count(got.Latency), l.Latency.Count},
			{LatencyFile, "calls that were ok", count(got.LatencyOK), l.LatencyOK.Count},
		} {
			if n.got != n.want {
				return fmt.Errorf("%s has %s %s of load %s and %s has %s: the files are not of one run, or %s", filepath.Join(r.Dir, n.file),
					report.FormatCount(n.got), n.what, l.Name, SummaryFile, report.FormatCount(n.want), older)
			}
		}
	}
	return nil
}
