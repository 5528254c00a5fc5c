package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// timelineHead names the columns of timeline.csv: the load, its row's start and width in seconds from the start of the
// run, arrivals that fell due in it, arrivals that were over in it by outcome, and the latency of those in microseconds.
var timelineHead = []string{"load", "start_s", "width_s", "due", "ok", "device_error", "timeout", "offline", "rejected",
	"broken", "dropped", "p50_us", "p99_us"}

// WriteTimeline writes timeline.csv: the rows of each load, load after load.
func WriteTimeline(w io.Writer, r *Recorder) error {
	out := csv.NewWriter(w)
	out.Write(timelineHead) // its error stays and is seen below
	for i, l := range r.Loads() {
		for _, row := range r.Timeline(i) {
			out.Write(row.fields(l.Name))
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing timeline: %w", err)
	}
	return nil
}

func (r Row) fields(load string) []string {
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	list := []string{load, inSeconds(r.Start), inSeconds(r.Width), whole(r.Due)}
	for _, o := range Outcomes {
		list = append(list, whole(r.Done.Count(o)))
	}
	return append(list, whole(r.P50.Microseconds()), whole(r.P99.Microseconds()))
}

// inSeconds is exact: rows begin and end with whole seconds.
func inSeconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// ReadTimeline reads what WriteTimeline wrote: the rows of each load by its name.
func ReadTimeline(r io.Reader) (map[string][]Row, error) {
	in := csv.NewReader(r)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading timeline: %w", err)
	}
	if !slices.Equal(head, timelineHead) {
		return nil, fmt.Errorf("reading timeline: its columns are %q, this program knows %q", head, timelineHead)
	}
	rows := map[string][]Row{}
	for {
		f, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading timeline: %w", err)
		}
		row, err := parseRow(f)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("reading timeline: line %d: %w", line, err)
		}
		rows[f[0]] = append(rows[f[0]], row)
	}
}

func parseRow(fields []string) (Row, error) {
	var n [12]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(fields[i+1], 10, 64); err != nil || n[i] < 0 {
			return Row{}, fmt.Errorf("%s is %q, not a whole number from 0 on", timelineHead[i+1], fields[i+1])
		}
	}
	r := Row{Start: time.Duration(n[0]) * time.Second, Width: time.Duration(n[1]) * time.Second, Due: n[2],
		P50: time.Duration(n[10]) * time.Microsecond, P99: time.Duration(n[11]) * time.Microsecond}
	for i, o := range Outcomes {
		*r.Done.of(o) = n[3+i]
	}
	return r, nil
}
