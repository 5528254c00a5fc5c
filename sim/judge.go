package sim

import (
	"math"
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/trace"
)

// Measured is what a run knows about itself, beside its samples and facts. All durations are on the run's clock.
type Measured struct {
	Configured, Expected, Connected int           // devices: in the scenario, meant to connect, connected once
	ConnectTook                     time.Duration // from the first attempt to the last device's first connection
	LoadTook, DrainTook             time.Duration
	Elapsed                         time.Duration // the whole run
	BytesEach                       int64         // a device's memory at both ends; 0 if not measured
	Interrupted                     string        // the phase in which the run was stopped; empty if it was not
	Held                            int           // commands that the platform still counts as open when it is closed
	CutShort                        int           // calls and commands that were open when the drain ended
	Owed                            int           // answers that devices owed when the drain ended
	Push                            *report.Push  // nil: nothing is pushed
	PushOrder                       *report.Check // of what the application got; nil with Push
	Faults                          []Strike      // that happened, in order
	Phases                          []report.Phase
	Machine                         []report.MachineSample // on the real clock
	Harness                         report.Harness         // but for lag, drops and the verdict on it, which come from the samples
}

// Judge puts a run's numbers together and says what they are worth. The recorder must be closed.
func Judge(s *scenarios.Scenario, m Measured, rec *report.Recorder, results []check.Result, stats check.Stats, causes []trace.Count) *report.Summary {
	sum := &report.Summary{Schema: report.Schema, Scenario: s.Name, Seed: s.Seed, Clock: s.Clock,
		Elapsed: seconds(m.Elapsed), Loads: loads(s, rec), Timeouts: timeouts(m, stats), Cache: cache(stats),
		Checks: checks(results), Harness: harness(m, rec),
		Devices: report.Devices{Configured: m.Configured, Connected: m.Connected, Connect: seconds(m.ConnectTook),
			BytesEach: m.BytesEach}}
	if s.Clock == "virtual" {
		sum.Devices.BytesEach = 0
	}
	if sum.Push = m.Push; m.Push != nil {
		sum.Checks = append(sum.Checks, *m.PushOrder)
	}
	for _, n := range causes {
		i := slices.IndexFunc(sum.Loads, func(l report.Load) bool { return l.Name == n.Load })
		sum.Loads[i].Causes[string(n.Cause)] = int64(n.N)
	}
	for _, l := range sum.Loads {
		sum.Harness.Dropped += l.Outcomes.Dropped
	}
	for _, t := range s.Expect {
		sum.Thresholds = append(sum.Thresholds, t.Eval(sum))
	}
	sum.Judge(circumstances(s, m, stats))
	return sum
}

// Limits is what the rules need to know. On the real clock a busy machine's timers are late; one that is a second late
// when the platform closes is taken for one that would not have fired. lanes are Target.Lanes. A run that is made again by a
// script is as late as that one was.
func Limits(s *scenarios.Scenario, lanes map[string][]platform.Lane, again *Script) check.Limits {
	l := check.Limits{Of: func(device, lane int) int { return cachedBy(s, lanes, device, lane) }, Slack: time.Second}
	if s.Clock == "virtual" && again == nil {
		l.Slack = 0
	}
	l.Timeout = func(load int) time.Duration { return s.Load[load].Timeout }
	return l
}

// cachedBy is how many commands may wait in a device's lane; 0 where that is not known. Devices are numbered group by
// group.
func cachedBy(s *scenarios.Scenario, lanes map[string][]platform.Lane, device, lane int) int {
	for _, g := range s.Devices {
		if device -= g.Count; device <= 0 {
			if of := lanes[g.Dialect]; lane < len(of) {
				return of[lane].Limit
			}
			return 0
		}
	}
	return 0
}

// circumstances counts as cut short only what was taken from the measurement: commands that were open. What rests in the
// cache of a device that stays away, and the answers that devices still owe to ended commands, are no fault of a run.
func circumstances(s *scenarios.Scenario, m Measured, stats check.Stats) report.Circumstances {
	c := report.Circumstances{Interrupted: m.Interrupted, Expected: m.Expected, CutShort: stats.Cut + stats.Pending,
		MaxLag: s.Harness.MaxLag, MaxCPU: s.Harness.MaxCPU}
	for _, l := range s.Load {
		c.MaxOpen = append(c.MaxOpen, l.MaxOpen)
	}
	return c
}

func loads(s *scenarios.Scenario, rec *report.Recorder) []report.Load {
	dialect := map[string]string{}
	for _, g := range s.Devices {
		dialect[g.Name] = g.Dialect
	}
	list := rec.Loads()
	for i, l := range s.Load {
		list[i].Dialect, list[i].Call, list[i].Via = dialect[l.To], l.Call, l.Via
	}
	return list
}

func timeouts(m Measured, st check.Stats) report.Timeouts {
	return report.Timeouts{Fired: int64(st.Fired), Overshoot: report.QuantilesOf(st.Overshoot), LateReplies: int64(st.Late),
		DuplicateReplies: int64(st.Duplicate), UnknownReplies: int64(st.Unknown), ForeignReplies: int64(st.Foreign),
		GarbledReplies: int64(st.Garbled), OwedReplies: int64(m.Owed), PendingAfter: int64(max(st.Pending, m.Held)), CutShort: int64(st.Cut)}
}

func cache(st check.Stats) report.Cache {
	return report.Cache{Filled: int64(st.Filled), FillRate: rounded(st.FillRate), SentAtOnce: int64(st.Direct),
		Drained: int64(st.Drained), DrainRate: rounded(st.DrainRate), Expired: int64(st.Expired),
		TakenBack: int64(st.TakenBack), Withdrawn: int64(st.Withdrawn), Waiting: int64(st.Waiting),
		Rejected: int64(st.Rejected), Wait: report.QuantilesOf(st.Waits)}
}

func checks(results []check.Result) []report.Check {
	var list []report.Check
	for _, r := range results {
		list = append(list, report.Check{Rule: r.Rule, Commands: int64(r.Commands), Breaches: int64(r.Breaches),
			Examples: r.Examples})
	}
	return list
}

func harness(m Measured, rec *report.Recorder) report.Harness {
	h := m.Harness
	h.LagP99, h.Clamped, h.Dropped, h.Machine = rec.Lag().P99, rec.Clamped(), 0, machine()
	return h
}

func seconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e6 }

// rounded keeps three decimals.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }
