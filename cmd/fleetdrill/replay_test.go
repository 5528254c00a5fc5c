package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/replay"
	"fleetdrill/sim/trace"
)

const busy = `
name: busy
seed: 3
clock: real
drain: 2s
devices:
  - group: meters
    count: 40
    behaviour:
      - {weight: 50, respond: {after: "exponential(100ms)"}}
      - {weight: 15, respond: {after: "uniform(500ms, 1200ms)"}}
      - {weight: 10, drop: {}}
      - {weight: 10, twice: {after: 10ms, gap: 20ms}}
      - {weight: 10, foreign: {after: 20ms}}
      - {weight: 5, disconnect: {after: 5ms, offline: 200ms}}
    reconnect: {after: 100ms, max: 1s}
  - group: roaming
    count: 20
    presence: {up: exponential(300ms), offline: exponential(200ms)}
    behaviour: [{respond: {after: "exponential(100ms)"}}]
load:
  - {name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 200/s, for: 1500ms, process: poisson}]}
  - {name: rest, to: roaming, call: cached, ttl: 1s, timeout: 1s, arrivals: [{rate: 50/s, for: 1500ms, process: poisson}]}
faults:
  - {at: 300ms, for: 300ms, latency: {group: meters, share: 50%, add: 700ms}}
  - {at: 700ms, disconnect: {group: meters, share: 50%}}
  - {at: 400ms, for: 600ms, caller_gone: {load: ask, share: 20%}}
`

// replayed replays what of a history is asked for.
func replayed(t *testing.T, text string, then *check.History, only string) *replay.Report {
	t.Helper()
	_, r := replayedAs(t, text, then, only)
	return r
}

func replayedAs(t *testing.T, text string, then *check.History, only string) (*drill, *replay.Report) {
	t.Helper()
	s, err := scenarios.Parse("test", []byte(text), []string{"clock=virtual"})
	must(t, err)
	s, err = replay.Only(s, then, only)
	must(t, err)
	again := newDrill(s)
	again.script = sim.NewScript(s, then)
	synctest.Test(t, func(*testing.T) { again.run(context.Background(), settle) })
	must(t, again.err)
	return again, replay.Compare(s, then, again.history)
}

func TestARunOnTheRealClockEndsTheSameWhenItIsReplayedInVirtualTime(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("busy", []byte(busy), nil)
	must(t, err)
	d := newDrill(s)
	d.run(context.Background(), nil)
	must(t, d.err)
	var recorded bytes.Buffer
	must(t, d.history.WriteJSONL(&recorded))
	then, err := check.ReadJSONL(&recorded)
	must(t, err)
	for _, only := range []string{"", "roaming", "meters-7"} {
		r := replayed(t, busy, then, only)
		if r.Commands == 0 || r.Same+len(r.Differences) != r.Commands {
			t.Fatalf("--only %s: %+v", only, r)
		}
		if n := r.Beyond(5 * time.Millisecond); n > 0 {
			t.Errorf("--only %q: %d of %d commands differ: %+v", only, n, r.Commands, r.Differences)
		}
		t.Logf("--only %q: %d of %d the same", only, r.Same, r.Commands)
	}
}

const resting = `
name: resting
drain: DRAIN
devices: [{group: roaming, count: 1}]
load:
  - {name: rest, to: roaming, call: cached, ttl: 1s, timeout: 1s, arrivals: [{rate: 10/s, for: 300ms}]}
  - {name: ask, to: roaming, call: invoke, timeout: 1s, arrivals: [{burst: 2}]}
`

// lateTimer was seen on a busy machine, with less to spare: the timer of rest/0 fired 3.5 ms late, and so rest/1, which
// waited behind it, had expired when its turn came. The next got it.
const lateTimer = `{"schema":2,"facts":27,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":100010,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100020,"load":"rest","n":0,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":100030,"load":"rest","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":100100,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"queued"}
{"at_us":102100,"load":"rest","n":1,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":110000,"device":"roaming-1","fact":"offline"}
{"at_us":200000,"load":"rest","n":2,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":200000,"load":"rest","n":2,"device":"roaming-1","fact":"sent"}
{"at_us":201000,"load":"rest","n":2,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":201000,"load":"rest","n":2,"device":"roaming-1","fact":"queued"}
{"at_us":201100,"load":"rest","n":2,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":400000,"device":"roaming-1","fact":"online"}
{"at_us":1103000,"load":"rest","n":1,"device":"roaming-1","fact":"ended","state":"expired","cause":"lifetime of the cached command passed","over_us":1000}
{"at_us":1103530,"load":"rest","n":0,"device":"roaming-1","fact":"ended","state":"timed_out","cause":"device did not answer in time","over_us":3500}
{"at_us":1103550,"load":"rest","n":2,"device":"roaming-1","fact":"dequeued"}
{"at_us":1103550,"load":"rest","n":2,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":1103600,"load":"rest","n":2,"device":"roaming-1","fact":"written"}
{"at_us":1103700,"load":"rest","n":2,"device":"roaming-1","fact":"seen"}
{"at_us":1150000,"load":"rest","n":2,"device":"roaming-1","fact":"answered"}
{"at_us":1150100,"load":"rest","n":2,"device":"roaming-1","fact":"matched"}
{"at_us":1150100,"load":"rest","n":2,"device":"roaming-1","fact":"ended","state":"succeeded"}
`

func TestACommandThatExpiredBehindALateTimerExpiresAgain(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(lateTimer))
	must(t, err)
	if r := replayed(t, strings.Replace(resting, "DRAIN", "2s", 1), then, ""); r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}

// stoodStill had the machine stand still for 150 ms from 1050 ms on, with the queue in its hands.
const stoodStill = `{"schema":2,"facts":25,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":100010,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100020,"load":"rest","n":0,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":100030,"load":"rest","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":100100,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"queued"}
{"at_us":102100,"load":"rest","n":1,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":200000,"load":"rest","n":2,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":200000,"load":"rest","n":2,"device":"roaming-1","fact":"sent"}
{"at_us":201000,"load":"rest","n":2,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":201000,"load":"rest","n":2,"device":"roaming-1","fact":"queued"}
{"at_us":201100,"load":"rest","n":2,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":1050000,"load":"rest","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":1050000,"load":"rest","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":1200000,"load":"rest","n":1,"device":"roaming-1","fact":"dequeued"}
{"at_us":1200000,"load":"rest","n":1,"device":"roaming-1","fact":"ended","state":"expired","cause":"lifetime of the cached command passed","over_us":98000}
{"at_us":1200500,"load":"rest","n":2,"device":"roaming-1","fact":"dequeued"}
{"at_us":1200500,"load":"rest","n":2,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":1200600,"load":"rest","n":2,"device":"roaming-1","fact":"written"}
{"at_us":1250100,"load":"rest","n":2,"device":"roaming-1","fact":"matched"}
{"at_us":1250100,"load":"rest","n":2,"device":"roaming-1","fact":"ended","state":"succeeded"}
`

func TestAMachineThatStoodStillWithACommandsTurnDoesSoAgain(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(stoodStill))
	must(t, err)
	again, r := replayedAs(t, strings.Replace(resting, "DRAIN", "2s", 1), then, "")
	if r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
	var turn, over time.Duration
	for _, f := range again.history.Facts(0, 1, nil) {
		switch f.Kind {
		case check.Dequeued:
			turn = f.At
		case check.Ended:
			over = f.At
		}
	}
	if turn == 0 || turn != over { // or the platform would be blamed for it
		t.Errorf("rest/1 had its turn at %v and expired at %v, want the same", turn, over)
	}
}

// foundGone is an answer after which the platform sent the next command, and then found the connection gone as another had
// its turn. It said so 30 ms later, and the device did not come back.
const foundGone = `{"schema":2,"facts":24,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":100010,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100020,"load":"rest","n":0,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":100030,"load":"rest","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":100100,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":100500,"load":"ask","n":0,"device":"roaming-1","fact":"due"}
{"at_us":100500,"load":"ask","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100500,"load":"ask","n":0,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":100500,"load":"ask","n":0,"device":"roaming-1","fact":"queued"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":101000,"load":"rest","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":102000,"load":"rest","n":1,"device":"roaming-1","fact":"queued"}
{"at_us":102100,"load":"rest","n":1,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":500000,"load":"rest","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":500000,"load":"rest","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":500004,"load":"ask","n":0,"device":"roaming-1","fact":"dequeued"}
{"at_us":500004,"load":"ask","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":500008,"load":"rest","n":1,"device":"roaming-1","fact":"dequeued"}
{"at_us":530000,"device":"roaming-1","fact":"offline"}
{"at_us":1102020,"load":"rest","n":1,"device":"roaming-1","fact":"ended","state":"expired","cause":"lifetime of the cached command passed","over_us":20}
{"at_us":1500014,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"timed_out","cause":"device did not answer in time","over_us":10}
{"at_us":1500020,"load":"ask","n":0,"device":"roaming-1","fact":"done","code":"11915","outcome":"timeout"}
`

func TestAnAnswerAfterWhichTheConnectionWasFoundGoneCountsAgain(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(foundGone))
	must(t, err)
	if r := replayed(t, strings.Replace(resting, "DRAIN", "2s", 1), then, ""); r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}

// cutOff is a run that was interrupted at 1150 ms, before ask/3 had reached the platform, and whose platform closed at
// 1200 ms, when the time of rest/0 had been over for 5 ms: no clock but a real one is that late, and no rule may blame it for that.
const cutOff = `{"schema":2,"facts":29,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"due"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":100000,"load":"ask","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":180000,"load":"ask","n":1,"device":"roaming-1","fact":"due"}
{"at_us":180000,"load":"ask","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":180000,"load":"ask","n":1,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":180000,"load":"ask","n":1,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":195000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":195000,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":195000,"load":"rest","n":0,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":195000,"load":"rest","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":195100,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":400000,"load":"ask","n":2,"device":"roaming-1","fact":"due"}
{"at_us":400000,"load":"ask","n":2,"device":"roaming-1","fact":"sent"}
{"at_us":400000,"load":"ask","n":2,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":400000,"load":"ask","n":2,"device":"roaming-1","fact":"queued"}
{"at_us":600000,"load":"ask","n":3,"device":"roaming-1","fact":"due"}
{"at_us":900000,"load":"ask","n":3,"device":"roaming-1","fact":"sent"}
{"at_us":1101000,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"timed_out","cause":"device did not answer in time","over_us":1000}
{"at_us":1101000,"load":"ask","n":0,"device":"roaming-1","fact":"done","code":"11915","outcome":"timeout"}
{"at_us":1150000,"load":"ask","n":1,"device":"roaming-1","fact":"done","code":"CODE","outcome":"broken"}
{"at_us":1150000,"load":"ask","n":2,"device":"roaming-1","fact":"done","code":"CODE","outcome":"broken"}
{"at_us":1150000,"load":"ask","n":3,"device":"roaming-1","fact":"done","code":"CODE","outcome":"broken"}
{"at_us":1150010,"load":"ask","n":2,"device":"roaming-1","fact":"ended","state":"canceled","cause":"platform closed"}
{"at_us":1180100,"load":"ask","n":1,"device":"roaming-1","fact":"ended","state":"timed_out","cause":"device did not answer in time","over_us":100}
{"at_us":1200000,"load":"rest","n":0,"device":"roaming-1","fact":"ended","state":"failed","cause":"platform closed"}
{"at_us":1200100,"device":"roaming-1","fact":"offline"}
`

func TestARunThatWasCutShortIsCutShortAgain(t *testing.T) {
	for _, how := range []string{"interrupted", "cut_short"} {
		then, err := check.ReadJSONL(strings.NewReader(strings.NewReplacer("CODE", how).Replace(cutOff)))
		must(t, err)
		again, r := replayedAs(t, strings.Replace(resting, "DRAIN", "5s", 1), then, "")
		if r.Same != 5 || r.Commands != 5 {
			t.Errorf("%s: %d of %d ended the same: %+v", how, r.Same, r.Commands, r.Differences)
		}
		for _, c := range again.summary.Checks {
			if c.Breaches > 0 {
				t.Errorf("%s: rule %s was broken: %v", how, c.Rule, c.Examples)
			}
		}
	}
}

// waits has an instant command that came while its device was there, and waits behind cached ones.
const waits = `,"loads":["rest","ask"],"devices":["roaming-1"]}
{"at_us":10000,"device":"roaming-1","fact":"online"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":100000,"load":"rest","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":100100,"load":"rest","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":150000,"load":"rest","n":1,"device":"roaming-1","fact":"due","mode":"cached"}
{"at_us":150000,"load":"rest","n":1,"device":"roaming-1","fact":"sent"}
{"at_us":150000,"load":"rest","n":1,"device":"roaming-1","fact":"accepted","mode":"cached","limit_us":1000000}
{"at_us":150000,"load":"rest","n":1,"device":"roaming-1","fact":"queued"}
{"at_us":150100,"load":"rest","n":1,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"due"}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"sent"}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"accepted","limit_us":1000000}
{"at_us":200000,"load":"ask","n":0,"device":"roaming-1","fact":"queued"}
{"at_us":300000,"load":"rest","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":300000,"load":"rest","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":300010,"load":"rest","n":1,"device":"roaming-1","fact":"dequeued"}
{"at_us":300010,"load":"rest","n":1,"device":"roaming-1","fact":"published","limit_us":1000000}
`

// waited goes on with the device that goes: the command fails.
const waited = `{"schema":2,"facts":25` + waits + `{"at_us":400000,"device":"roaming-1","fact":"offline"}
{"at_us":400000,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"failed","cause":"device offline"}
{"at_us":400100,"load":"ask","n":0,"device":"roaming-1","fact":"done","code":"11900","outcome":"offline"}
{"at_us":500000,"device":"roaming-1","fact":"online"}
{"at_us":600000,"load":"rest","n":1,"device":"roaming-1","fact":"matched"}
{"at_us":600000,"load":"rest","n":1,"device":"roaming-1","fact":"ended","state":"succeeded"}
`

func TestACommandThatWaitedUntilItsDeviceWentDidNotFindItGone(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(waited))
	must(t, err)
	if r := replayed(t, strings.Replace(resting, "DRAIN", "2s", 1), then, ""); r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}

const struck = `
name: struck
seed: 7
drain: 12s
platform: {dialects: {enos: {qos: 1}, huawei: {implicit_qos: 1, sync_timeout: 1s, response_timeout: 1s}, alibaba: {sync_timeout: 1s}}}
devices:
  - {group: e, count: 8, presence: {up: exponential(1s), offline: exponential(300ms)}, behaviour: [{weight: 80, respond: {after: "exponential(100ms)"}}, {weight: 20, slow_ack: {after: 10ms, ack: 600ms}}]}
  - {group: h, dialect: huawei, count: 8, presence: {up: exponential(1s), offline: exponential(300ms)}, behaviour: [{weight: 80, respond: {after: "exponential(100ms)"}}, {weight: 20, drop: {}}]}
  - {group: a, dialect: alibaba, count: 8, behaviour: [{weight: 80, respond: {after: "exponential(100ms)"}}, {weight: 20, delay: {after: 1200ms}}]}
load:
  - {name: e-ask, to: e, call: invoke, timeout: 1s, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: e-keep, to: e, call: cached, ttl: 1s, timeout: 1s, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: h-async, to: h, call: async, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: h-keep, to: h, call: cached, ttl: 2s, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: h-tell, to: h, call: message, ttl: 5m, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: a-ask, to: a, call: invoke, service: now, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: a-keep, to: a, call: cached, service: later, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
faults:
  - {at: 500ms, for: 500ms, latency: {group: e, share: 50%, add: 300ms}}
  - {at: 500ms, for: 500ms, latency: {group: h, share: 50%, add: 300ms}}
  - {at: 1s, for: 1s, lose_ack: {group: e, share: 50%}}
  - {at: 1s, for: 1s, lose_ack: {group: h, share: 50%}}
  - {at: 1500ms, for: 400ms, half_open: {group: e, share: 50%}}
  - {at: 1500ms, for: 400ms, half_open: {group: h, share: 50%}}
  - {at: 2s, for: 500ms, stall: {group: a, share: 50%}}
  - {at: 2500ms, broker_restart: {}}
  - {at: 2s, for: 500ms, caller_gone: {load: e-ask, share: 30%}}
`

// What differs here is what fell in the instant in which a connection came or went: the order in an instant is no part of
// a script.
func TestWhatFaultsDidIsInTheTimesOfAScript(t *testing.T) {
	d := drillIn(t, struck, nil)
	var recorded bytes.Buffer
	must(t, d.history.WriteJSONL(&recorded))
	then, err := check.ReadJSONL(&recorded)
	must(t, err)
	if r := replayed(t, struck, then, ""); r.Beyond(0) > 0 || r.Commands < 400 || r.Same < r.Commands*95/100 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}

const swallowed = `
name: swallowed
drain: 12s
devices:
  - {group: deaf, count: 8, behaviour: [{respond: {after: "exponential(100ms)"}}]}
  - {group: mute, count: 8, behaviour: [{respond: {after: "exponential(100ms)"}}]}
load:
  - {name: deaf, to: deaf, call: invoke, timeout: 1s, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
  - {name: mute, to: mute, call: invoke, timeout: 1s, arrivals: [{rate: 20/s, for: 3s, process: poisson}]}
faults:
  - {at: 1s, for: 1s, half_open: {group: deaf, direction: down}}
  - {at: 1s, for: 1s, half_open: {group: mute, direction: up}}
`

func TestWhatALinkSwallowedOnItsWayToTheDeviceOrBackIsLostAgain(t *testing.T) {
	d := drillIn(t, swallowed, nil)
	again, r := replayedAs(t, swallowed, d.history, "")
	then, now := trace.New(d.history).Counts(), trace.New(again.history).Counts()
	if diff := cmp.Diff(then, now, cmpopts.IgnoreFields(trace.Count{}, "Why")); diff != "" || len(then) < 2 || len(r.Differences) > 0 {
		t.Errorf("causes (-then +now):\n%s%+v", diff, r.Differences)
	}
}

// takenOver goes on with a second connection of the device that takes the place of the first: the command waits on.
const takenOver = `{"schema":2,"facts":28` + waits + `{"at_us":400000,"device":"roaming-1","fact":"online"}
{"at_us":400000,"device":"roaming-1","fact":"offline"}
{"at_us":600000,"load":"rest","n":1,"device":"roaming-1","fact":"matched"}
{"at_us":600000,"load":"rest","n":1,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":600010,"load":"ask","n":0,"device":"roaming-1","fact":"dequeued"}
{"at_us":600010,"load":"ask","n":0,"device":"roaming-1","fact":"published","limit_us":1000000}
{"at_us":700000,"load":"ask","n":0,"device":"roaming-1","fact":"matched"}
{"at_us":700000,"load":"ask","n":0,"device":"roaming-1","fact":"ended","state":"succeeded"}
{"at_us":700100,"load":"ask","n":0,"device":"roaming-1","fact":"done","code":"0","outcome":"ok"}
`

func TestAConnectionThatTookThePlaceOfAnotherDoesSoAgain(t *testing.T) {
	then, err := check.ReadJSONL(strings.NewReader(takenOver))
	must(t, err)
	if r := replayed(t, strings.Replace(resting, "DRAIN", "2s", 1), then, ""); r.Same != 3 || r.Commands != 3 {
		t.Errorf("%d of %d ended the same: %+v", r.Same, r.Commands, r.Differences)
	}
}
