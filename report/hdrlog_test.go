package report

import (
	"bytes"
	"io"
	"regexp"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

var start = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// payload is a compressed histogram. Its bytes are the compressor's affair.
var payload = regexp.MustCompile(`HIST\S+`)

func TestHDRLogHasAStandardHeadAndTaggedSeries(t *testing.T) {
	r := NewRecorder([]string{"a", "b, c"})
	for i := range 4 {
		at := time.Duration(i) * 700 * time.Millisecond
		r.Add(Sample{Load: i % 2, Due: at, Sent: at, Done: at + 20*time.Millisecond, Outcome: OK})
	}
	r.Close()
	golden(t, "small.hlog", func(w io.Writer) error {
		var b bytes.Buffer
		err := WriteHDRLog(&b, r, start)
		w.Write(payload.ReplaceAll(b.Bytes(), []byte("HIST...")))
		return err
	})
}

func TestAReaderOfHDRLogsFindsEveryLatency(t *testing.T) {
	_, r := mixed(t)
	var b bytes.Buffer
	if err := WriteHDRLog(&b, r, start); err != nil {
		t.Fatal(err)
	}
	log := hdrhistogram.NewHistogramLogReader(&b)
	counts, worst := map[string]int64{}, map[string]int64{}
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		counts[h.Tag()] += h.TotalCount()
		worst[h.Tag()] = max(worst[h.Tag()], h.Max())
	}
	if counts["reboot"] != 6000 || counts["settings"] != 300 {
		t.Errorf("counts %v, want reboot 6000 and settings 300", counts)
	}
	if got := time.Duration(worst["reboot"]); got < 5*time.Second || got > 5010*time.Millisecond {
		t.Errorf("worst of reboot is %v, want 5s in nanoseconds", got)
	}
}
