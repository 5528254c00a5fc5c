package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// WriteHDRLog writes the latency of every load as an HdrHistogram log, version 1.3, in the order of time: one tagged
// series a load, one line for each interval in which calls were over. Values are nanoseconds and the interval's maximum
// is in milliseconds, as HistogramLogProcessor and HistogramLogAnalyzer expect. Times are relative to start, the moment
// of offset 0, which is written in whole seconds.
func WriteHDRLog(w io.Writer, r *Recorder, start time.Time) error {
	r.foldMu.Lock()
	defer r.foldMu.Unlock()
	log := hdrhistogram.NewHistogramLogWriter(w)
	if err := writeLogHead(log, start); err != nil {
		return fmt.Errorf("writing HdrHistogram log: %w", err)
	}
	for _, h := range r.intervals() {
		if err := log.OutputIntervalPackedHistogram(h); err != nil {
			return fmt.Errorf("writing HdrHistogram log of %s: %w", h.Tag(), err)
		}
	}
	return nil
}

func writeLogHead(log *hdrhistogram.HistogramLogWriter, start time.Time) error {
	if err := log.OutputComment("[Latency from due to done, logged by fleetdrill]"); err != nil {
		return err
	}
	if err := log.OutputLogFormatVersion(); err != nil {
		return err
	}
	if err := log.OutputStartTime(start.UnixMilli()); err != nil {
		return err
	}
	return log.OutputLegend()
}

// intervals returns the histograms of all rows that have one, labelled, by their start and then by load.
func (r *Recorder) intervals() []*hdrhistogram.PackedHistogram {
	var list []*hdrhistogram.PackedHistogram
	for i := range r.loads {
		t := &r.loads[i].timeline
		for j, row := range t.rows {
			if row.latency == nil {
				continue
			}
			from := time.Duration(j) * t.width
			row.latency.SetTag(tag(r.loads[i].Name))
			row.latency.SetStartTimeMs(from.Milliseconds())
			row.latency.SetEndTimeMs((from + t.width).Milliseconds())
			list = append(list, row.latency)
		}
	}
	slices.SortStableFunc(list, func(a, b *hdrhistogram.PackedHistogram) int {
		return cmp.Compare(a.StartTimeMs(), b.StartTimeMs())
	})
	return list
}

// tag is a name without what separates the fields of a line.
func tag(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(", \r\n=", r) {
			return '_'
		}
		return r
	}, name)
}
