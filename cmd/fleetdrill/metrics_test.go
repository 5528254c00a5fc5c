package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
	"fleetdrill/report/metrics"
)

func TestARunInVirtualTimeIsTheSameWhenSomebodyReadsItsMetricsAllTheWhile(t *testing.T) {
	history := func(change func(*drill)) string {
		var b bytes.Buffer
		must(t, drillIn(t, steady, change).history.WriteJSONL(&b))
		return b.String()
	}
	var over atomic.Bool
	var scraping sync.WaitGroup
	var measured *drill
	scrapes, last := 0, ""
	watched := history(func(d *drill) {
		d.measured, measured = true, d
		h := metrics.Handler(d.source())
		scraping.Go(func() { // outside of the bubble, as the server is
			for done := false; !done; scrapes++ {
				done = over.Load()
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
				last = rec.Body.String()
				time.Sleep(5 * time.Millisecond)
			}
		})
	})
	over.Store(true)
	scraping.Wait()
	if watched != history(nil) {
		t.Error("the history is another one")
	}
	for _, want := range []string{`fleetdrill_arrivals_total{load="ask"} 500`, `fleetdrill_calls_total{code="0",load="ask",outcome="ok"} 500`,
		`fleetdrill_commands_ended_total{state="succeeded"} 500`, `fleetdrill_call_latency_seconds_count{load="ask"} 500`,
		`fleetdrill_run_phase{phase="over"} 1`} {
		if !strings.Contains(last, want+"\n") {
			t.Errorf("after %d scrapes the last lacks %s:\n%s", scrapes, want, last)
		}
	}
	if measured.summary.Loads[0].Outcomes.OK != 500 {
		t.Errorf("%+v", measured.summary.Loads[0].Outcomes)
	}
}

func TestWhoTricklesAtTheMetricsIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("metrics")
		server := metricsServer(metrics.Source{})
		go server.Serve(l)
		defer server.Close()
		c, err := l.Dial(t.Context())
		must(t, err)
		began := time.Now()
		go func() {
			for io.WriteString(c, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n"); time.Since(began) < time.Minute; time.Sleep(time.Second) {
				c.Write([]byte("x"))
			}
		}()
		io.Copy(io.Discard, c)
		if took := time.Since(began); took != scrapeTime {
			t.Errorf("cut after %s, want %s", took, scrapeTime)
		}
		c.Close()
		time.Sleep(time.Minute) // for the writer
	})
}
