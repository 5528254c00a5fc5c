package main

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/report/beside"
	"fleetdrill/sim"
)

// transcript notes what a run's callers are told, word by word, and how long its commands rest on the platform.
type transcript struct {
	notes  beside.Notes
	mu     sync.Mutex
	status map[platform.Tag]int       // of HTTP, of calls that are about to be over
	since  map[platform.Tag]time.Time // of commands that rest
}

func newTranscript() *transcript {
	return &transcript{status: map[platform.Tag]int{}, since: map[platform.Tag]time.Time{}}
}

// listen puts the transcript between a house and its callers. No call may be open.
func (t *transcript) listen(h *house) {
	h.client.Transport = overheard{h.client.Transport, t}
	for way, caller := range h.target.Callers {
		h.target.Callers[way] = quoted{caller, t}
	}
}

// overheard notes the status of answers over HTTP.
type overheard struct {
	http.RoundTripper
	*transcript
}

func (o overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.RoundTripper.RoundTrip(r)
	if tag, e := strconv.ParseUint(r.Header.Get(platform.TagHeader), 10, 64); e == nil && err == nil {
		o.mu.Lock()
		o.status[platform.Tag(tag)] = resp.StatusCode
		o.mu.Unlock()
	}
	return resp, err
}

// CloseIdleConnections is what http.Client looks for.
func (o overheard) CloseIdleConnections() {
	if c, ok := o.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// quoted notes what a caller is told.
type quoted struct {
	sim.Caller
	*transcript
}

func (q quoted) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	sent := time.Now()
	out, err := q.Caller.Call(ctx, c)
	took := time.Since(sent)
	q.mu.Lock()
	status := q.status[c.Tag]
	delete(q.status, c.Tag)
	q.mu.Unlock()
	if err != nil {
		out.Kind, out.Message = platform.Broken, err.Error()
	}
	if load := loadOf(c.Tag); load >= 0 {
		q.notes.Told(load, beside.Answer{Outcome: sim.OutcomeOf(out.Kind), Status: status, Code: out.Code, Message: out.Message}, took)
	}
	return out, err
}

// watch hears what the platform sees.
func (t *transcript) watch(f *platform.Fact) {
	load := loadOf(f.Tag)
	if load < 0 || f.Kind != platform.Queued && f.Kind != platform.Published {
		return
	}
	t.mu.Lock()
	since, rested := t.since[f.Tag]
	if f.Kind == platform.Queued {
		t.since[f.Tag] = f.At
	} else {
		delete(t.since, f.Tag)
	}
	t.mu.Unlock()
	if rested && f.Kind == platform.Published {
		t.notes.Rested(load, f.At.Sub(since))
	}
}

// loadOf is the number of the load in a tag, as check.Ledger makes them; -1 if it is none.
func loadOf(t platform.Tag) int { return int(t>>40) - 1 }

// column is what the run looks like beside others.
func (t *transcript) column(d *drill) beside.Run {
	run := beside.Run{Name: d.scenario.Cell, Verdict: report.Inconclusive}
	if d.summary != nil {
		run.Verdict = d.summary.Verdict
	}
	var calls []string
	for _, l := range d.scenario.Load {
		calls = append(calls, l.Call)
	}
	run.Loads = t.notes.Loads(loadNames(d.scenario), calls)
	return run
}
