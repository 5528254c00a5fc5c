package ci

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"fleetdrill/report"
)

// WriteBench writes a run in the format of Go benchmarks, one line a load, so that benchstat compares runs:
//
//	scenario: quickstart
//	BenchmarkDrill/load=reboot 8045 232512345 ns/op 24600000 p50-ns ... 366.1 calls/s
//
// The number of iterations is that of the calls with a latency; ns/op is their mean. A load without any has no line.
func WriteBench(w io.Writer, s *report.Summary) error {
	var b strings.Builder
	fmt.Fprintf(&b, "scenario: %s\nclock: %s\n", oneLine(s.Scenario), s.Clock) // benchstat puts what differs in these into tables of their own
	b.WriteString("Unit calls/s better=higher\nUnit ok% better=higher\n")
	for i := range s.Loads {
		l := &s.Loads[i]
		q := l.Latency
		if q.Count == 0 {
			continue
		}
		fmt.Fprintf(&b, "BenchmarkDrill/load=%s %d", word(l.Name), q.Count)
		for _, v := range []struct {
			unit string
			us   int64
		}{{"ns/op", q.Mean}, {"p50-ns", q.P50}, {"p90-ns", q.P90}, {"p99-ns", q.P99}, {"p999-ns", q.P999}, {"max-ns", q.Max}, {"lagp99-ns", l.Lag.P99}} {
			fmt.Fprintf(&b, " %d %s", v.us*1000, v.unit)
		}
		if r, ok := l.Rate(); ok {
			fmt.Fprintf(&b, " %.6g calls/s", r)
		}
		fmt.Fprintf(&b, " %.6g ok%%\n", 100*float64(l.Outcomes.OK)/float64(l.Arrivals))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing Go benchmark format: %w", err)
	}
	return nil
}

// word is a name without blanks, which end a benchmark's.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '/' {
			return '_'
		}
		return r
	}, name)
}
