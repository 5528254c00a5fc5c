package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"fleetdrill/report"
)

// histogram is a native and a classic one of the same counts: the library makes constant ones of one kind only.
type histogram struct {
	desc   *prometheus.Desc
	labels []string
	counts report.Buckets
}

func (h *histogram) Desc() *prometheus.Desc { return h.desc }

// The classic buckets end at 2^lowest to 2^highest seconds: 1 ms to 64 s.
const lowest, highest = -10, 6

func (h *histogram) Write(m *dto.Metric) error {
	count := uint64(h.counts.Zero)
	for _, n := range h.counts.Counts {
		count += uint64(n)
	}
	native, err := prometheus.NewConstNativeHistogram(h.desc, count, h.counts.Sum.Seconds(), h.counts.Counts, nil, uint64(h.counts.Zero),
		report.BucketSchema, prometheus.DefNativeHistogramZeroThreshold, time.Time{}, h.labels...)
	if err != nil {
		return err
	}
	if err := native.Write(m); err != nil {
		return err
	}
	classic, err := prometheus.NewConstHistogram(h.desc, count, h.counts.Sum.Seconds(), h.classic(), h.labels...)
	if err != nil {
		return err
	}
	var c dto.Metric
	if err := classic.Write(&c); err != nil {
		return err
	}
	m.Histogram.Bucket, m.Histogram.CreatedTimestamp = c.Histogram.Bucket, nil
	return nil
}

// classic counts what is at most as long as each bucket's end.
func (h *histogram) classic() map[float64]uint64 {
	buckets := map[float64]uint64{}
	for octave := lowest; octave <= highest; octave++ {
		n := uint64(h.counts.Zero)
		for i, more := range h.counts.Counts {
			if i <= octave*perOctave {
				n += uint64(more)
			}
		}
		buckets[math.Exp2(float64(octave))] = n
	}
	return buckets
}
