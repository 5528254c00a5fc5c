package report

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheLiveP99IsNoLongerThanTheLongest(t *testing.T) {
	r := NewRecorder([]string{"a"})
	r.Add(Sample{Done: 8 * time.Second, Outcome: OK})
	r.Add(Sample{Done: time.Second, Outcome: OK})
	if got := r.Live(0).P99; got != 8*time.Second {
		t.Errorf("got %v", got)
	}
}

func TestEverySampleIsCountedOnceWhateverRunsInParallel(t *testing.T) {
	const callers, each = 8, 5000
	r := NewRecorder([]string{"a", "b"})
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				r.Due(i % 2)
				r.Add(Sample{Load: i % 2, Done: time.Duration(c*each+i) * time.Microsecond, Outcome: Outcomes[i%7], Code: "x"})
				r.Live(i % 2)
			}
		})
	}
	wg.Wait()
	if l := r.Live(0); l.Due != callers*each/2 || l.Open != 0 || l.OK+l.NotOK != callers*each/2 {
		t.Errorf("live: %+v", l)
	}
	r.Close()
	r.Close()
	var all int64
	for _, l := range r.Loads() {
		if l.Arrivals != l.Outcomes.Sum() || l.Codes["x"] != l.Arrivals {
			t.Errorf("%s: %d arrivals, outcomes %+v, codes %v", l.Name, l.Arrivals, l.Outcomes, l.Codes)
		}
		if l.Latency.Count != l.Arrivals-l.Outcomes.Dropped || l.LatencyOK.Count != l.Outcomes.OK {
			t.Errorf("%s: latency of %d, of ok %d", l.Name, l.Latency.Count, l.LatencyOK.Count)
		}
		all += l.Arrivals
	}
	if all != callers*each {
		t.Errorf("%d arrivals, want %d", all, callers*each)
	}
}

func TestNumbersDoNotDependOnTheOrderOfSamples(t *testing.T) {
	var samples []Sample
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 3000 {
		due := time.Duration(rnd.Int64N(int64(5000 * time.Second)))
		samples = append(samples, Sample{Seq: uint64(i), Due: due, Sent: due + 5, Done: due + time.Duration(rnd.Int64N(1e10)),
			Outcome: Outcomes[i%7]})
	}
	record := func() ([]Load, []Row) {
		r := NewRecorder([]string{"a"})
		for _, s := range samples {
			r.Add(s)
		}
		r.Close()
		return r.Loads(), r.Timeline(0)
	}
	loads, rows := record()
	rnd.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
	loads2, rows2 := record()
	if diff := cmp.Diff(loads, loads2); diff != "" {
		t.Errorf("loads differ: %s", diff)
	}
	if diff := cmp.Diff(rows, rows2); diff != "" {
		t.Errorf("rows differ: %s", diff)
	}
}

func TestLatencyCountsFromDueAndADroppedArrivalHasNone(t *testing.T) {
	r := NewRecorder([]string{"a"})
	r.Add(Sample{Due: 1 * time.Second, Sent: 3 * time.Second, Done: 4 * time.Second, Outcome: OK})
	r.Add(Sample{Due: 2 * time.Second, Sent: 2 * time.Second, Done: 2 * time.Second, Outcome: Dropped})
	r.Close()
	l := r.Loads()[0]
	if l.Latency.Count != 1 || l.Latency.Max != 3e6 || l.Lag.Max != 2e6 || l.Service.Max != 1e6 {
		t.Errorf("latency %+v lag %+v service %+v, want 3s 2s 1s of one call", l.Latency, l.Lag, l.Service)
	}
	if l.Span != 3 {
		t.Errorf("span %v, want 3s: from the first due to the last done", l.Span)
	}
	if rate, ok := l.Rate(); !ok || rate < 0.33 || rate > 0.34 {
		t.Errorf("rate %v, want one call in 3s", rate)
	}
}

func TestATimelineHasARowASecondAndWidensInLongRuns(t *testing.T) {
	r := NewRecorder([]string{"a"})
	r.Add(Sample{Due: 900 * time.Millisecond, Done: 1100 * time.Millisecond, Outcome: OK})
	r.Add(Sample{Due: 1200 * time.Millisecond, Done: 1200 * time.Millisecond, Outcome: Dropped})
	r.Close()
	want := []Row{{Width: time.Second, Due: 1},
		{Start: time.Second, Width: time.Second, Due: 1, Done: Tally{OK: 1, Dropped: 1}, P50: 200 * time.Millisecond, P99: 200 * time.Millisecond}}
	got := r.Timeline(0)
	if len(got) == 2 { // a percentile is its bucket's upper end
		got[1].P50, got[1].P99 = got[1].P50.Truncate(time.Millisecond), got[1].P99.Truncate(time.Millisecond)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.Add(Sample{Due: 48 * time.Hour, Done: 48 * time.Hour, Outcome: OK})
	r.Close()
	rows := r.Timeline(0)
	var due int64
	for _, row := range rows {
		due += row.Due
	}
	if len(rows) > maxRows || due != 3 || rows[0].Done.OK != 1 || rows[0].P50 == 0 {
		t.Errorf("%d rows with %d due, the first %+v", len(rows), due, rows[0])
	}
}

func BenchmarkAdd(b *testing.B) {
	r := NewRecorder([]string{"a"})
	b.RunParallel(func(p *testing.PB) {
		for i := 0; p.Next(); i++ {
			due := time.Duration(i) * 100 * time.Microsecond
			r.Add(Sample{Due: due, Sent: due, Done: due + time.Duration(i%5000)*time.Microsecond, Outcome: OK, Code: "0"})
		}
	})
}
