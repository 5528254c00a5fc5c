package sim

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/report"
	"fleetdrill/scenarios"
)

func TestARunConnectsLoadsDrainsAndLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := drill(t, t.Context(), meters(20, ping(steady(10, 5*time.Second))), nil, nil)
		if r.err != nil {
			t.Fatal(r.err)
		}
		if diff := cmp.Diff(report.Tally{OK: 50}, r.loads[0].Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if r.Configured != 20 || r.Expected != 20 || r.Connected != 20 || r.CutShort != 0 || r.Interrupted != "" {
			t.Errorf("measured: got %+v, want 20 devices and nothing cut short", r.Measured)
		}
		// 20 devices at 100/s: the last one starts at 190 ms and connects in its next instant.
		if took := r.ConnectTook; took < 190*time.Millisecond || took > 190*time.Millisecond+4*time.Microsecond {
			t.Errorf("connect took %v, want 190ms", took)
		}
		if r.LoadTook != 5*time.Second || r.DrainTook != 0 {
			t.Errorf("load took %v, drain %v; want 5s, 0s", r.LoadTook, r.DrainTook)
		}
		if p := r.cfg.Progress; p.Phase() != Over || p.Connected.Load() != 20 || p.Online.Load() != 0 {
			t.Errorf("progress: phase %v, connected %d, online %d; want over, 20, 0", p.Phase(), p.Connected.Load(), p.Online.Load())
		}
	})
}

func TestOnlyDevicesThatAreToBeThereAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(5, ping(steady(1, time.Second)))
		away := s.Devices[0]
		away.Name, away.Presence = "away", scenarios.Presence{Start: "offline", Offline: constant(time.Millisecond)}
		never := s.Devices[0]
		never.Name, never.Presence = "never", scenarios.Presence{Start: "never"}
		s.Devices = append(s.Devices, away, never)
		r := drill(t, t.Context(), s, nil, nil)
		if r.err != nil || r.Configured != 15 || r.Expected != 5 || r.Connected != 5 {
			t.Errorf("got %d configured, %d expected, %d connected, error %v; want 15, 5, 5", r.Configured, r.Expected, r.Connected, r.err)
		}
	})
}

func TestRefusedDevicesEndTheRunWithCountsAndTheFirstReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := drill(t, t.Context(), meters(10, ping(steady(1, time.Second))), nil, func(w *town, _ *Config) {
			w.refuse = func(device string) bool { return device == "meters-3" || device == "meters-7" }
		})
		if r.err == nil {
			t.Fatal("got no error")
		}
		for _, part := range []string{"8 of 10", "2 refused", "device 3"} {
			if !strings.Contains(r.err.Error(), part) {
				t.Errorf("error %q: does not say %q", r.err, part)
			}
		}
		if r.loads[0].Arrivals != 0 || r.Connected != 8 {
			t.Errorf("got %d arrivals, %d connected; want 0, 8", r.loads[0].Arrivals, r.Connected)
		}
	})
}

func TestABrokerThatNeverAnswersEndsTheRunAfterSomePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zero := time.Now()
		r := drill(t, t.Context(), meters(3, ping(steady(1, time.Second))), nil, func(_ *town, cfg *Config) {
			cfg.Target.Dial = func(ctx context.Context) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		if r.err == nil || !strings.Contains(r.err.Error(), "0 of 3 devices connected") {
			t.Errorf("error: got %v, want 0 of 3 devices connected", r.err)
		}
		if took := time.Since(zero); took < patience || took > patience+time.Second {
			t.Errorf("gave up after %v, want %v after the last start", took, patience)
		}
	})
}

func TestAFaultBreaksExactlyItsShareOfTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(10, ping(steady(100, 10*time.Second)))
		s.Faults = []scenarios.Fault{{At: 4 * time.Second, Kind: "disconnect", Group: "meters", Share: 0.5, Away: constant(2 * time.Second)}}
		s.Load[0].Pick = "round_robin"
		r := drill(t, t.Context(), s, nil, nil)
		// Of 200 arrivals in the two seconds a half goes to devices that are away, and two calls of the instants
		// before are lost with their connections.
		o := r.loads[0].Outcomes
		if o.Offline < 99 || o.Offline > 101 || o.Timeout > 3 || o.OK+o.Offline+o.Timeout != 1000 {
			t.Errorf("outcomes: got %+v, want 100 offline and the rest fine", o)
		}
	})
}

func TestAFaultAfterTheLastArrivalStillHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(2, ping(steady(1, time.Second)))
		s.Faults = []scenarios.Fault{{At: 3 * time.Second, Kind: "disconnect", Group: "meters", Share: 1}}
		r := drill(t, t.Context(), s, nil, nil)
		if r.LoadTook.Truncate(time.Microsecond) != 3*time.Second {
			t.Errorf("load phase: got %v, want 3s", r.LoadTook)
		}
	})
}

func TestDrainWaitsForAnswersThatDevicesOweAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(2, ping(scenarios.Arrivals{Burst: 2}))
		s.Devices[0].Behaviours[0].After = constant(20 * time.Second) // 15 s after the calls have timed out
		r := drill(t, t.Context(), s, nil, nil)
		if r.DrainTook < 20*time.Second || r.DrainTook > 21*time.Second+100*time.Millisecond || r.CutShort != 0 {
			t.Errorf("drain: took %v, cut short %d; want about 20s, 0", r.DrainTook, r.CutShort)
		}
		if r.loads[0].Outcomes.Timeout != 2 {
			t.Errorf("outcomes: got %+v, want 2 timeouts", r.loads[0].Outcomes)
		}
	})
}

func TestDrainEndsAtItsLimitAndCountsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(1, ping(scenarios.Arrivals{Burst: 3}))
		s.Drain = 4 * time.Second
		s.Devices[0].Behaviours[0].Kind = "drop"
		r := drill(t, t.Context(), s, nil, nil)
		if r.DrainTook != 4*time.Second || r.CutShort != 3 {
			t.Errorf("drain: took %v, cut short %d; want 4s, 3", r.DrainTook, r.CutShort)
		}
		if l := r.loads[0]; l.Outcomes.Broken != 3 || l.Codes["cut_short"] != 3 {
			t.Errorf("got %+v, codes %v; want 3 broken as cut_short", l.Outcomes, l.Codes)
		}
	})
}

func TestDrainWaitsForWhatThePlatformHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		zero := time.Now()
		s := meters(1, ping(scenarios.Arrivals{Burst: 1}))
		s.Drain = 50 * time.Hour
		r := drill(t, t.Context(), s, callFunc(fine), func(_ *town, cfg *Config) {
			cfg.Pending = func() int {
				looks++
				return max(0, int(48*time.Hour-time.Since(zero)))
			}
		})
		if r.DrainTook < 47*time.Hour || r.DrainTook > 48*time.Hour+2*time.Minute || r.CutShort != 0 {
			t.Errorf("drain: took %v, cut short %d; want 48h, 0", r.DrainTook, r.CutShort)
		}
		if looks > 4000 {
			t.Errorf("looked %d times in 48 hours, want at most 4000", looks)
		}
	})
}

func TestAnInterruptedRunEndsAtOnceInEveryPhase(t *testing.T) {
	for phase, after := range map[string]time.Duration{
		"connect": 50 * time.Millisecond, "load": 3 * time.Second, "drain": 12 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) { // the bubble fails when a goroutine is left
			s := meters(10, ping(steady(10, 10*time.Second)))
			s.Devices[0].Behaviours[0].After = constant(time.Hour)
			s.Load[0].Timeout = time.Minute
			ctx, cancel := context.WithCancel(t.Context())
			zero := time.Now()
			defer time.AfterFunc(after, cancel).Stop()
			r := drill(t, ctx, s, nil, nil)
			if r.err != nil || r.Interrupted != phase {
				t.Errorf("%s: got phase %q, error %v", phase, r.Interrupted, r.err)
			}
			if took := time.Since(zero); took != after {
				t.Errorf("%s: ended %v after the beginning, want %v", phase, took, after)
			}
			if l := r.loads[0]; l.Codes["interrupted"] != l.Arrivals || l.Outcomes.Broken != l.Arrivals {
				t.Errorf("%s: of %d arrivals %+v, codes %v; want all broken as interrupted", phase, l.Arrivals, l.Outcomes, l.Codes)
			}
		})
	}
}

func TestAnIncompleteConfigIsRefusedBeforeAnythingRuns(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"no codec for dialect town":        func(c *Config) { c.Target.Codecs = nil },
		"no caller for town/invoke/direct": func(c *Config) { c.Target.Callers = nil },
		"0 identities for 2 devices":       func(c *Config) { c.Identities = nil },
		"no devices in group nowhere": func(c *Config) {
			c.Scenario.Load[0].To = "nowhere"
			c.Target.Callers["/invoke/direct"] = callFunc(fine)
		},
		// A platform in another process: what would do nothing is not run.
		"faults[1].broker_restart: this process cannot take its platform down": func(c *Config) {
			c.Scenario.Faults = []scenarios.Fault{{Kind: "stall"}, {Kind: "broker_restart"}}
		},
		"faults[0].platform_restart: this process cannot":  func(c *Config) { c.Scenario.Faults = []scenarios.Fault{{Kind: "platform_restart"}} },
		"faults[0].receiver_down: there is no application": func(c *Config) { c.Scenario.Faults = []scenarios.Fault{{Kind: "receiver_down"}} },
		"faults[0].edge: its platform does not tell":       func(c *Config) { c.Scenario.Faults = []scenarios.Fault{{Kind: "edge"}} },
	} {
		synctest.Test(t, func(t *testing.T) {
			r := drill(t, t.Context(), meters(2, ping(steady(1, time.Second))), nil, func(_ *town, c *Config) { change(c) })
			if r.err == nil || !strings.Contains(r.err.Error(), want) {
				t.Errorf("error: got %v, want %q", r.err, want)
			}
		})
	}
}

// history is the whole history of a run of everything that draws, as text.
func history(t *testing.T) string {
	var text bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		// Two loads with the same times and few devices: many commands of one instant are for the same device.
		s := meters(4,
			ping(steady(20, 10*time.Second)),
			ping(steady(20, 10*time.Second)),
			ping(scenarios.Arrivals{Burst: 50}, scenarios.Arrivals{Rate: 20, To: 60, For: 10 * time.Second, Process: "poisson"}))
		s.Load[1].Name, s.Load[2].Name = "same", "more"
		ln := scenarios.Delay{Law: "lognormal", A: 20 * time.Millisecond, B: 3 * time.Second, Quantile: 0.99}
		s.Devices[0].Behaviours = []scenarios.Behaviour{
			{Weight: 60, Kind: "respond", After: ln}, {Weight: 10, Kind: "twice", After: constant(time.Second)},
			{Weight: 10, Kind: "delay", After: constant(5 * time.Second)}, // as long as the timeout, to the nanosecond
			{Weight: 10, Kind: "drop"}, {Weight: 10, Kind: "disconnect", Gap: constant(time.Second)}}
		s.Devices[0].Presence = scenarios.Presence{Up: scenarios.Delay{Law: "exponential", A: 4 * time.Second}, Offline: constant(time.Second)}
		s.Faults = []scenarios.Fault{{At: 5 * time.Second, Kind: "disconnect", Group: "meters", Share: 0.3}}
		r := drill(t, t.Context(), s, nil, nil)
		if r.err != nil {
			t.Fatal(r.err)
		}
		if err := r.cfg.Ledger.Finish().WriteJSONL(&text); err != nil {
			t.Fatal(err)
		}
	})
	return text.String()
}

func TestTheSameSeedGivesTheSameHistoryByteForByte(t *testing.T) {
	first := history(t)
	if n := strings.Count(first, "\n"); n < 2000 {
		t.Fatalf("history has %d lines, want a few thousand", n)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i := range 6 {
		runtime.GOMAXPROCS(1 + i%3)
		if again := history(t); again != first {
			t.Fatalf("run %d differs (-first +again):\n%s", i+2, cmp.Diff(strings.Split(first, "\n"), strings.Split(again, "\n")))
		}
	}
}

func TestEveryPartyNotesItsFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := meters(3, ping(steady(10, time.Second)))
		r := drill(t, t.Context(), s, nil, nil)
		var text bytes.Buffer
		if err := r.cfg.Ledger.Finish().WriteJSONL(&text); err != nil {
			t.Fatal(err)
		}
		for _, fact := range []string{`"connected"`, `"due"`, `"sent"`, `"seen"`, `"answered"`, `"done"`} {
			if !strings.Contains(text.String(), fact) {
				t.Errorf("history has no fact %s:\n%.2000s", fact, text.String())
			}
		}
	})
}
