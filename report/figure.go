package report

import "strings"

// figure is one number of a summary that a threshold can name.
type figure struct {
	path  string
	unit  unit
	value func(*Summary) (v float64, ok bool)
	grows func(*Summary) int64 // how many answers are still owed that the figure may count; nil: it is final
}

// Paths lists what thresholds can name, for loads with these names. <code> stands for a code of the vendor.
func Paths(loads []string) []string {
	var list []string
	for _, f := range figures(loads) {
		list = append(list, f.path)
	}
	return list
}

// Reserved tells whether a word begins the paths of a summary's own figures, so that no load can have it as its name.
func Reserved(word string) bool {
	for _, f := range wholeRun() {
		if root, _, _ := strings.Cut(f.path, "."); root == word {
			return true
		}
	}
	return false
}

func figures(loads []string) []figure {
	list := wholeRun()
	for i, name := range loads {
		list = append(list, ofLoad(i, name)...)
	}
	return list
}

// anyCode stands in a path for a code that the vendor may have.
const anyCode = "<code>"

func findFigure(path string, loads []string) (figure, bool) {
	for _, f := range figures(loads) {
		if f.path == path && !strings.Contains(path, anyCode) {
			return f, true
		}
	}
	for i, name := range loads {
		rest, ok := strings.CutPrefix(path, name+".code.")
		dot := strings.LastIndexByte(rest, '.') // a code may have dots, too
		if !ok || dot <= 0 {
			continue
		}
		code, what := rest[:dot], rest[dot+1:]
		for _, f := range ofCode(i, name, code) {
			if strings.HasSuffix(f.path, "."+what) && f.path == path {
				return f, true
			}
		}
	}
	return figure{}, false
}

func ofLoad(i int, name string) []figure {
	list := []figure{
		count(name+".arrivals", func(s *Summary) int64 { return s.Loads[i].Arrivals }),
		{path: name + ".rate", unit: inRate, value: func(s *Summary) (float64, bool) { return s.Loads[i].Rate() }},
	}
	for _, o := range Outcomes {
		list = append(list, parts(name+"."+o.String(), i, func(l *Load) int64 { return l.Outcomes.Count(o) })...)
	}
	list = append(list, ofCode(i, name, anyCode)...)
	list = append(list, quantiles(name+".latency", func(s *Summary) Quantiles { return s.Loads[i].Latency })...)
	list = append(list, quantiles(name+".latency_ok", func(s *Summary) Quantiles { return s.Loads[i].LatencyOK })...)
	list = append(list, quantiles(name+".lag", func(s *Summary) Quantiles { return s.Loads[i].Lag })...)
	return append(list, quantiles(name+".service", func(s *Summary) Quantiles { return s.Loads[i].Service })...)
}

func ofCode(i int, name, code string) []figure {
	return parts(name+".code."+code, i, func(l *Load) int64 { return l.Codes[code] })
}

// parts are a number of arrivals of a load, and its share of all of them.
func parts(path string, i int, n func(*Load) int64) []figure {
	return []figure{
		count(path+".count", func(s *Summary) int64 { return n(&s.Loads[i]) }),
		{path: path + ".share", unit: inShare, value: func(s *Summary) (float64, bool) {
			l := &s.Loads[i]
			return float64(n(l)) / float64(max(l.Arrivals, 1)), l.Arrivals > 0
		}},
	}
}

func wholeRun() []figure {
	list := []figure{
		count("devices.configured", func(s *Summary) int64 { return int64(s.Devices.Configured) }),
		count("devices.connected", func(s *Summary) int64 { return int64(s.Devices.Connected) }),
		duration("devices.connect_s", func(s *Summary) float64 { return s.Devices.Connect * 1e6 }),
		count("timeouts.fired", func(s *Summary) int64 { return s.Timeouts.Fired }),
		replies("late", func(s *Summary) int64 { return s.Timeouts.LateReplies }),
		replies("duplicate", func(s *Summary) int64 { return s.Timeouts.DuplicateReplies }),
		replies("unknown", func(s *Summary) int64 { return s.Timeouts.UnknownReplies }),
		replies("foreign", func(s *Summary) int64 { return s.Timeouts.ForeignReplies }),
		replies("garbled", func(s *Summary) int64 { return s.Timeouts.GarbledReplies }),
		count("timeouts.owed_replies", owed),
		count("timeouts.pending_after", func(s *Summary) int64 { return s.Timeouts.PendingAfter }),
		count("timeouts.cut_short", func(s *Summary) int64 { return s.Timeouts.CutShort }),
		count("cache.filled", func(s *Summary) int64 { return s.Cache.Filled }),
		rate("cache.fill_per_s", func(s *Summary) float64 { return s.Cache.FillRate }),
		count("cache.sent_at_once", func(s *Summary) int64 { return s.Cache.SentAtOnce }),
		count("cache.drained", func(s *Summary) int64 { return s.Cache.Drained }),
		rate("cache.drain_per_s", func(s *Summary) float64 { return s.Cache.DrainRate }),
		count("cache.expired", func(s *Summary) int64 { return s.Cache.Expired }),
		count("cache.taken_back", func(s *Summary) int64 { return s.Cache.TakenBack }),
		count("cache.withdrawn", func(s *Summary) int64 { return s.Cache.Withdrawn }),
		count("cache.still_waiting", func(s *Summary) int64 { return s.Cache.Waiting }),
		count("cache.rejected", func(s *Summary) int64 { return s.Cache.Rejected }),
		pushes("told", func(p *Push) int64 { return p.Told }),
		pushes("acknowledged", func(p *Push) int64 { return p.Acknowledged }),
		pushes("lost", func(p *Push) int64 { return p.Lost }),
		pushes("still_waiting", func(p *Push) int64 { return p.Waiting }),
		pushes("attempts", func(p *Push) int64 { return p.Attempts }),
		pushes("blocked", func(p *Push) int64 { return p.Blocked }),
		count("checks.breaches", (*Summary).Breaches),
		duration("harness.lag_p99", func(s *Summary) float64 { return float64(s.Harness.LagP99) }),
		count("harness.dropped", func(s *Summary) int64 { return s.Harness.Dropped }),
		duration("harness.gc_pause_max", func(s *Summary) float64 { return float64(s.Harness.GCPauseMax) }),
		{path: "harness.cpu_share", unit: inShare, value: func(s *Summary) (float64, bool) { return s.Harness.CPUShare, true }},
	}
	list = append(list, quantiles("timeouts.overshoot", func(s *Summary) Quantiles { return s.Timeouts.Overshoot })...)
	return append(list, quantiles("cache.wait", func(s *Summary) Quantiles { return s.Cache.Wait })...)
}

func quantiles(path string, of func(*Summary) Quantiles) []figure {
	list := []figure{count(path+".count", func(s *Summary) int64 { return of(s).Count })}
	for _, q := range quantileNames {
		list = append(list, figure{path: path + "." + q.name, unit: inDuration, value: func(s *Summary) (float64, bool) {
			all := of(s)
			return float64(q.of(all)), all.Count > 0
		}})
	}
	return list
}

var quantileNames = []struct {
	name string
	of   func(Quantiles) int64
}{
	{"min", func(q Quantiles) int64 { return q.Min }},
	{"mean", func(q Quantiles) int64 { return q.Mean }},
	{"p50", func(q Quantiles) int64 { return q.P50 }},
	{"p90", func(q Quantiles) int64 { return q.P90 }},
	{"p99", func(q Quantiles) int64 { return q.P99 }},
	{"p999", func(q Quantiles) int64 { return q.P999 }},
	{"max", func(q Quantiles) int64 { return q.Max }},
}

func count(path string, n func(*Summary) int64) figure {
	return figure{path: path, unit: inCount, value: func(s *Summary) (float64, bool) { return float64(n(s)), true }}
}

// pushes is a number of a run in which something is pushed.
func pushes(name string, n func(*Push) int64) figure {
	return figure{path: "push." + name, unit: inCount, value: func(s *Summary) (float64, bool) {
		if s.Push == nil {
			return 0, false
		}
		return float64(n(s.Push)), true
	}}
}

// replies is a number of answers of some kind, which is not final while devices owe answers.
func replies(kind string, n func(*Summary) int64) figure {
	f := count("timeouts."+kind+"_replies", n)
	f.grows = owed
	return f
}

func owed(s *Summary) int64 { return s.Timeouts.OwedReplies }

func rate(path string, v func(*Summary) float64) figure {
	return figure{path: path, unit: inRate, value: func(s *Summary) (float64, bool) { return v(s), true }}
}

func duration(path string, us func(*Summary) float64) figure {
	return figure{path: path, unit: inDuration, value: func(s *Summary) (float64, bool) { return us(s), true }}
}
