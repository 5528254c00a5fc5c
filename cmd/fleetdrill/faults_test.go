package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
)

// rough is each kind of fault on a short real run over sockets, some at the same time.
const rough = `
name: rough
drain: 3s  # a device whose connection died while it was being made waits ten seconds for it
platform: {transport: tcp, dialects: {enos: {qos: 1}, huawei: {push: true, push_fails: 3, push_probe: 100ms}}}
devices:
  - {group: g, count: 30, keep_alive: 5s, reconnect: {after: 50ms, max: 200ms}, behaviour: [{respond: {after: 5ms}}]}
  - {group: h, dialect: huawei, count: 5}
load:
  - {name: ask, to: g, call: invoke, timeout: 1s, arrivals: [{rate: 100/s, for: 2s}]}
  - {name: direct, to: g, call: invoke, via: direct, timeout: 1s, arrivals: [{rate: 50/s, for: 2s}]}
  - {name: keep, to: g, call: cached, ttl: 10s, timeout: 1s, arrivals: [{rate: 50/s, for: 2s}]}
  - {name: tell, to: h, call: cached, ttl: 10s, arrivals: [{rate: 50/s, for: 2s}]}
faults:
  - {at: 0s, every: 500ms, disconnect: {group: g, share: 10%}}
  - {at: 0s, for: 2s, latency: {group: g, share: 50%, add: "uniform(0s, 20ms)"}}
  - {at: 0s, for: 2s, bandwidth: {group: g, share: 50%, bytes: 20000/s}}
  - {at: 200ms, for: 1s, duplicate: {group: g, share: 50%}}
  - {at: 200ms, for: 1s, lose_ack: {group: g, share: 50%}}
  - {at: 300ms, for: 200ms, stall: {group: g, share: 50%}}
  - {at: 400ms, for: 200ms, half_open: {group: g, share: 20%, direction: up}}
  - {at: 500ms, for: 200ms, half_open: {group: g, share: 20%}}
  - {at: 600ms, for: 300ms, edge: {group: g, share: 50%, answer: before, by: 100ms}}
  - {at: 800ms, for: 300ms, edge: {group: g, share: 50%, answer: after, by: 10ms}}
  - {at: 900ms, for: 500ms, caller_gone: {load: ask, share: 50%, after: 2ms}}
  - {at: 1s, for: 100ms, broker_restart: {sessions: lost}}
  - {at: 1500ms, for: 200ms, platform_restart: {}}
  - {at: 1900ms, disconnect: {group: g, for: 50ms}}  # or those behind dead connections would be waited for
  - {at: 200ms, for: 300ms, receiver_down: {}}
expect: [checks.breaches == 0, timeouts.pending_after == 0, push.lost > 0, push.acknowledged > 0, push.still_waiting == 0]
harness: {max_lag: 1h, max_cpu: 100%}
`

func TestEveryKindOfFaultStrikesOverTCPAndNothingIsLostOrLeft(t *testing.T) {
	s, err := scenarios.Parse("rough.yaml", []byte(rough), nil)
	must(t, err)
	d := newDrill(s)
	d.run(t.Context(), nil)
	must(t, d.err)
	if d.summary.Verdict == report.Fail {
		t.Errorf("%v, with %+v", d.summary.Reasons, d.summary.Checks)
	}
	for _, l := range d.summary.Loads {
		if l.Outcomes.OK == 0 {
			t.Errorf("load %s: nothing came through: %+v", l.Name, l.Outcomes)
		}
	}
	if n := len(d.course().Faults); n != 19 {
		t.Errorf("the course tells of %d strikes, want 19", n)
	}
}

// TestAnAnswerAtTheDeadlineIsInTimeAndOneNanosecondLaterIsNot also says that the fault leaves its mark in history.
func TestAnAnswerAtTheDeadlineIsInTimeAndOneNanosecondLaterIsNot(t *testing.T) {
	for answer, want := range map[string]string{"before, by: 1ns": "ok", "at": "ok", "after, by: 1ns": "timeout"} {
		d := drillIn(t, strings.Replace(`
name: edge
clock: virtual
devices: [{group: g, count: 3}]
load: [{name: ask, to: g, call: invoke, via: direct, timeout: 2s, arrivals: [{burst: 9}]}]
faults: [{at: 0s, edge: {group: g, answer: WHERE}}]
expect: [checks.breaches == 0]
`, "WHERE", answer, 1), nil)
		took := 2 * time.Second
		for _, c := range calls(t, d) {
			if off := c.Done - c.Due - took; off < -1 || off > 1 {
				t.Errorf("answer %s: a call took %v", answer, c.Done-c.Due)
			}
		}
		text, _ := json.Marshal(d.summary.Loads[0].Outcomes)
		if !strings.Contains(string(text), `"`+want+`":9`) || d.summary.Verdict != report.Pass {
			t.Errorf("answer %s: %s, want 9 %s; %v", answer, text, want, d.summary.Reasons)
		}
		var history strings.Builder
		must(t, d.history.WriteJSONL(&history))
		if n := strings.Count(history.String(), `"fault":"faults[0] edge (answer: `+answer+`)"`); n != 3 {
			t.Errorf("history tells of %d devices that were struck, want 3", n)
		}
	}
}

// TestAWindowFullOfLostAcknowledgementsKeepsNothingOpenBeyondItsLimit has more commands than a device may have on their
// way unacknowledged. The longest limit is that of Huawei's acknowledgement, 180 s: a drain below that cuts them short.
func TestAWindowFullOfLostAcknowledgementsKeepsNothingOpenBeyondItsLimit(t *testing.T) {
	for drain, cut := range map[string]bool{"150s": true, "181s": false} {
		d := drillIn(t, strings.Replace(`
name: window
drain: DRAIN
platform: {dialects: {enos: {qos: 1}, huawei: {implicit_qos: 1}, alibaba: {async_timeout: 60s}}}
devices: [{group: e, count: 1}, {group: h, dialect: huawei, count: 1}, {group: a, dialect: alibaba, count: 1}]
load:
  - {name: e-ask, to: e, call: invoke, arrivals: [{rate: 10/s, for: 15s}]}
  - {name: e-keep, to: e, call: cached, ttl: 60s, arrivals: [{rate: 2/s, for: 15s}]}
  - {name: h-ask, to: h, call: invoke, arrivals: [{rate: 10/s, for: 15s}]}
  - {name: h-async, to: h, call: async, arrivals: [{rate: 2/s, for: 15s}]}
  - {name: h-keep, to: h, call: cached, ttl: 60s, arrivals: [{rate: 2/s, for: 15s}]}
  - {name: h-tell, to: h, call: message, ttl: 5m, arrivals: [{rate: 1/s, for: 15s}]}
  - {name: a-ask, to: a, call: invoke, service: now, arrivals: [{rate: 10/s, for: 15s}]}
  - {name: a-keep, to: a, call: cached, service: later, arrivals: [{rate: 2/s, for: 15s}]}
faults: [{at: 0s, lose_ack: {group: e}}, {at: 0s, lose_ack: {group: h}}, {at: 0s, lose_ack: {group: a}}]
expect: [checks.breaches == 0, timeouts.pending_after == 0]
`, "DRAIN", drain, 1), nil)
		if d.summary.Verdict == report.Fail || (d.summary.Timeouts.CutShort > 0) != cut {
			t.Errorf("drain %s: %d cut short; %v", drain, d.summary.Timeouts.CutShort, d.summary.Reasons)
		}
		if async := d.summary.Loads[3]; async.Causes["offline"] != 0 || cut != (async.Causes["harness"] > 0) {
			t.Errorf("drain %s: h-async: %v, and no device was away", drain, async.Causes)
		}
		for _, l := range d.summary.Loads[:2] {
			if l.Causes["never_sent"]+l.Causes["expired"] == 0 {
				t.Errorf("load %s: the window was never full: %v", l.Name, l.Causes)
			}
		}
	}
}

func TestNobodyAnswersAMessageWhateverHappens(t *testing.T) {
	d := drillIn(t, `
name: tell
platform: {dialects: {huawei: {implicit_qos: 1}}}
devices: [{group: g, dialect: huawei, count: 10, behaviour: [{weight: 50, respond: {after: 20ms}}, {weight: 50, delay: {after: 25s}}]}]
load: [{name: tell, to: g, call: message, arrivals: [{rate: 20/s, for: 20s}]}]
faults: [{at: 5s, broker_restart: {}}, {at: 10s, platform_restart: {}}, {at: 15s, disconnect: {group: g}}]
expect: [checks.breaches == 0, timeouts.pending_after == 0, tell.ok.share > 90%]
`, nil)
	o := d.summary.Timeouts
	if n := o.LateReplies + o.DuplicateReplies + o.UnknownReplies; n > 0 || d.summary.Verdict != report.Pass {
		t.Errorf("%+v; %v", o, d.summary.Reasons)
	}
}
