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

// What a load's series in an HdrHistogram log are called: the load's name, and one of these behind it. The first two have
// one line for each interval of the timeline in which calls were over, the others one line for the whole run.
const (
	LogLatency   = ""         // due to done, all outcomes
	LogLatencyOK = ".ok"      // due to done, ok alone
	LogLag       = ".lag"     // due to sent
	LogService   = ".service" // sent to done
)

// WriteHDRLog writes the latency, lag and service of every load as an HdrHistogram log, version 1.3, in the order of
// time: tagged series with names of LogLatency and its neighbours. Values are nanoseconds and the interval's maximum is
// in milliseconds, as HistogramLogProcessor and HistogramLogAnalyzer expect. Times are relative to start, the moment of
// offset 0, which is written in whole seconds.
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

// intervals returns all histograms, labelled, by their start and then by load.
func (r *Recorder) intervals() []*hdrhistogram.PackedHistogram {
	var list []*hdrhistogram.PackedHistogram
	add := func(h *hdrhistogram.PackedHistogram, tag string, from, to time.Duration) {
		if h == nil {
			return
		}
		h.SetTag(tag)
		h.SetStartTimeMs(from.Milliseconds())
		h.SetEndTimeMs(to.Milliseconds())
		list = append(list, h)
	}
	for i := range r.loads {
		l := &r.loads[i]
		name, t := tag(l.Name), &l.timeline
		for j, row := range t.rows {
			from := time.Duration(j) * t.width
			add(row.latency(), name+LogLatency, from, from+t.width)
			add(row.ok, name+LogLatencyOK, from, from+t.width)
		}
		whole := time.Duration(len(t.rows)) * t.width
		add(l.lag.packed(), name+LogLag, 0, whole)
		add(l.service.packed(), name+LogService, 0, whole)
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
