package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/sim/trace"
)

// manifold is each kind of fault that strikes devices, their links or callers, some at the same time.
const manifold = `
name: manifold
seed: 5
drain: 12s
platform: {dialects: {enos: {qos: 1}, huawei: {implicit_qos: 1, sync_timeout: 1s, response_timeout: 1s}}}
devices:
  - group: g
    count: 8
    keep_alive: 5s
    reconnect: {after: 50ms, max: 200ms}
    behaviour: [{weight: 70, respond: {after: "exponential(50ms)"}}, {weight: 10, twice: {after: 50ms, gap: 300ms}}, {weight: 10, delay: {after: 900ms}}, {weight: 5, disconnect: {after: 5ms, offline: 200ms}}, {weight: 5, fail: {code: 7}}]
  - {group: h, dialect: huawei, count: 6, behaviour: [{respond: {after: "exponential(50ms)"}}]}
load:
  - {name: ask, to: g, call: invoke, timeout: 1s, arrivals: [{rate: 30/s, for: 4s, process: poisson}]}
  - {name: keep, to: g, call: cached, ttl: 2s, timeout: 1s, arrivals: [{rate: 15/s, for: 4s, process: poisson}]}
  - {name: async, to: h, call: async, arrivals: [{rate: 15/s, for: 4s, process: poisson}]}
faults:
  - {at: 200ms, every: 700ms, disconnect: {group: g, share: 20%}}
  - {at: 300ms, for: 1s, latency: {group: g, share: 50%, add: "uniform(0s, 1s)"}}
  - {at: 2s, for: 1s, latency: {group: h, share: 50%, add: 700ms, direction: up}}
  - {at: 1s, for: 1s, bandwidth: {group: g, share: 30%, bytes: 300/s}}
  - {at: 200ms, for: 1s, duplicate: {group: g, share: 50%}}
  - {at: 1500ms, for: 1s, duplicate: {group: h, share: 50%}}
  - {at: 500ms, for: 1s, lose_ack: {group: g, share: 50%}}
  - {at: 1200ms, for: 700ms, stall: {group: h, share: 50%}}
  - {at: 1700ms, for: 800ms, half_open: {group: g, share: 40%, direction: up}}
  - {at: 2200ms, for: 500ms, half_open: {group: h, share: 40%, direction: down}}
  - {at: 2500ms, for: 500ms, half_open: {group: g, share: 40%}}
  - {at: 2s, for: 800ms, edge: {group: g, share: 50%, answer: after, by: 10ms}}
  - {at: 3s, for: 500ms, caller_gone: {load: ask, share: 30%}}
`

func TestExplainSaysOfAReplayAtRecordedTimesWhatItSaysOfTheRun(t *testing.T) {
	d := drillIn(t, manifold, nil)
	again, r := replayedAs(t, manifold, d.history, "")
	if len(r.Differences) > 0 {
		t.Fatalf("%+v", r.Differences)
	}
	then, now := trace.New(d.history), trace.New(again.history)
	if was, is := len(then.Faults()), len(now.Faults()); was != 13 || is != 13 {
		t.Errorf("%d faults struck, and %d in the replay; want 13", was, is)
	}
	for i, load := range d.history.Loads() {
		for n := range d.history.Calls(i) {
			was, err := then.Life(load, n)
			must(t, err)
			is, err := now.Life(load, n)
			must(t, err)
			if diff := cmp.Diff(said(was), said(is)); diff != "" {
				t.Errorf("%s/%d: -then +now:\n%s", load, n, diff)
			}
		}
	}
	if diff := cmp.Diff(d.summary.Checks, again.summary.Checks); diff != "" {
		t.Errorf("rules: -then +now:\n%s", diff)
	}
}

// said is what explain says of a command, but for figures and for what changes places in an instant.
func said(l *trace.Life) []string {
	list := []string{fmt.Sprintf("%s: %s (%s)", l.Ending.Cause, l.Ending.How, l.Ending.Fault())}
	for _, s := range l.Steps {
		list = append(list, fmt.Sprintf("%s: %s, %d times", s.Kind, s.Text, s.Times))
	}
	slices.Sort(list[1:])
	return list
}
