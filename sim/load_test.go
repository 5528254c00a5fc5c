package sim

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
)

func TestCallsAreSentWhenTheyAreDueWhateverTheAnswersTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		zero := time.Now()
		slow := callFunc(func(ctx context.Context, c platform.Command) (platform.Outcome, error) {
			mu.Lock()
			at = append(at, time.Since(zero))
			mu.Unlock()
			time.Sleep(3 * time.Second)
			return fine(ctx, c)
		})
		r := drill(t, t.Context(), meters(1, ping(steady(2, 2*time.Second))), slow, nil)
		begin := at[0]
		for i := range at {
			at[i] -= begin
		}
		if diff := cmp.Diff([]time.Duration{0, 5e8, 1e9, 15e8}, at); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		l := r.loads[0]
		if l.Lag.Max != 0 || l.Latency.Min < 2_999_000 || l.Latency.Max > 3_002_000 {
			t.Errorf("lag at most %d µs, latency %d to %d µs; want 0, 3 s", l.Lag.Max, l.Latency.Min, l.Latency.Max)
		}
		if r.LoadTook != 2*time.Second {
			t.Errorf("load phase: got %v, want 2s", r.LoadTook)
		}
	})
}

func TestAnArrivalWithoutAFreeSlotIsDroppedAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open gauge
		slow := callFunc(func(ctx context.Context, c platform.Command) (platform.Outcome, error) {
			open.enter()
			defer open.now.Add(-1)
			time.Sleep(time.Second)
			return fine(ctx, c)
		})
		l := ping(scenarios.Arrivals{Burst: 10}, steady(1, 3*time.Second))
		l.MaxOpen = 4
		r := drill(t, t.Context(), meters(1, l), slow, nil)
		// The burst leaves 6 without a slot; the arrival 10 ns later finds none either, the next ones do.
		want := report.Tally{OK: 6, Dropped: 7}
		if diff := cmp.Diff(want, r.loads[0].Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if got := open.most.Load(); got != 4 {
			t.Errorf("most open at once: got %d, want 4", got)
		}
		p := &r.cfg.Progress.Loads[0]
		if p.Due.Load() != 13 || p.OK.Load() != 6 || p.NotOK.Load() != 7 || p.Open.Load() != 0 {
			t.Errorf("progress: due %d, ok %d, not ok %d, open %d; want 13, 6, 7, 0",
				p.Due.Load(), p.OK.Load(), p.NotOK.Load(), p.Open.Load())
		}
	})
}

func TestCallsThatEndWithoutAnAnswerAreBrokenAndSayWhy(t *testing.T) {
	for code, caller := range map[string]callFunc{
		"transport": func(context.Context, platform.Command) (platform.Outcome, error) {
			return platform.Outcome{}, errors.New("connection reset")
		},
		"malformed": func(context.Context, platform.Command) (platform.Outcome, error) { return platform.Outcome{}, nil },
		"unanswered": func(ctx context.Context, _ platform.Command) (platform.Outcome, error) {
			<-ctx.Done()
			return platform.Outcome{}, ctx.Err()
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := drill(t, t.Context(), meters(1, ping(scenarios.Arrivals{Burst: 2})), caller, nil)
			if got := r.loads[0].Codes; r.loads[0].Outcomes.Broken != 2 || got[code] != 2 {
				t.Errorf("%s: got %+v with codes %v, want 2 broken", code, r.loads[0].Outcomes, got)
			}
			if code == "unanswered" && r.loads[0].Latency.Min < 20_000_000 {
				t.Errorf("given up after %d µs, want twice the timeout and 10 s", r.loads[0].Latency.Min)
			}
		})
	}
}

func TestLoadsOfOneInstantGoInTheOrderOfTheScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string // no lock: with Settle one call ends before the next begins
		note := callFunc(func(ctx context.Context, c platform.Command) (platform.Outcome, error) {
			names = append(names, c.Service)
			return fine(ctx, c)
		})
		a, b := ping(steady(1, 3*time.Second)), ping(steady(2, 3*time.Second))
		a.Name, a.Service, b.Name, b.Service = "a", "a", "b", "b"
		b.Start = time.Second
		drill(t, t.Context(), meters(1, a, b), note, nil)
		if diff := cmp.Diff([]string{"a", "a", "b", "b", "a", "b", "b", "b", "b"}, names); diff != "" {
			t.Errorf("order of calls (-want +got):\n%s", diff)
		}
	})
}

func TestRoundRobinTakesEachDeviceInTurnAndRandomHangsOnTheSeed(t *testing.T) {
	targets := func(pick string, seed uint64) (list []string) {
		synctest.Test(t, func(t *testing.T) {
			note := callFunc(func(ctx context.Context, c platform.Command) (platform.Outcome, error) {
				list = append(list, c.Device.Device)
				return fine(ctx, c)
			})
			l := ping(scenarios.Arrivals{Burst: 30})
			l.Pick = pick
			s := meters(3, l)
			s.Seed = seed
			drill(t, t.Context(), s, note, nil)
		})
		return list
	}
	for i, got := range targets("round_robin", 1) {
		if want := []string{"meters-1", "meters-2", "meters-3"}[i%3]; got != want {
			t.Errorf("round robin, call %d: got %s, want %s", i, got, want)
		}
	}
	first := targets("random", 1)
	if diff := cmp.Diff(first, targets("random", 1)); diff != "" {
		t.Errorf("random with the same seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, targets("random", 2)) {
		t.Errorf("random with another seed: the same devices %v", first)
	}
}

func TestTheCallCarriesWhatTheLoadSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got platform.Command
		note := callFunc(func(ctx context.Context, c platform.Command) (platform.Outcome, error) {
			got = c
			return fine(ctx, c)
		})
		l := ping(scenarios.Arrivals{Burst: 1})
		l.Call, l.TTL, l.Input = "cached", time.Hour, []byte(`{"a":1}`)
		r := drill(t, t.Context(), meters(1, l), note, nil)
		want := platform.Command{Tag: r.cfg.Ledger.Tag(0, 0), Device: platform.Address{Product: "meters", Device: "meters-1"},
			Service: "ping", Input: l.Input, Mode: platform.Cached, Timeout: 5 * time.Second, TTL: time.Hour}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("command (-want +got):\n%s", diff)
		}
	})
}

func TestTheAnswerIsFoundWhereverThePlatformPutsIt(t *testing.T) {
	for data, want := range map[string]uint64{
		``:                                   0,
		`{}`:                                 0,
		`{"answer":83886083}`:                83886083,
		`{"a":{"answer":1},"answer":2}`:      2,
		`{"answer":2,"a":{"answer":1}}`:      2,
		`{ "answer" : 7, "z": [1] }`:         7,
		`{"answer":"x"}`:                     0,
		`{"answer":1`:                        0,
		`{"answer":18446744073709551615}`:    18446744073709551615,
		`{"answer":99999999999999999999999}`: 0,
	} {
		if got := answer([]byte(data)); got != want {
			t.Errorf("answer in %s: got %d, want %d", data, got, want)
		}
	}
}
