package hunt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// dice draws what a seed decides about its run.
type dice struct{ *rand.Rand }

func newDice(s *chance.Stream, key chance.Key) dice { return dice{s.At(key)} }

func (d dice) below(n int) int { return d.IntN(n) }
func (d dice) unit() float64   { return d.Float64() }

// span is a duration between two, each order of magnitude as likely as any other.
func (d dice) span(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	v := float64(least) * math.Exp(d.unit()*math.Log(float64(most)/float64(least)))
	return time.Duration(v).Truncate(time.Microsecond)
}

// placer places faults of all kinds that a scenario can have. It may be used by many goroutines at once.
type placer struct {
	s     *scenarios.Scenario
	draft *scenarios.Draft
	end   time.Duration // of what faults can strike: the load, and as long as its calls may be open behind it

	mu    sync.Mutex
	known map[string]bool // whether faults such as this are possible
}

func newPlacer(s *scenarios.Scenario, d *scenarios.Draft) *placer {
	p := &placer{s: s, draft: d, end: s.LoadEnd(), known: map[string]bool{}}
	for _, l := range s.Load {
		p.end = max(p.end, s.LoadEnd()+l.Timeout)
	}
	return p
}

// place draws one to three faults. A scenario has them within its load: where one comes later, a pause makes that longer.
func (p *placer) place(r dice) (list []change) {
	var last time.Duration
	for range 1 + r.below(3) {
		for range 10 { // not every kind is possible everywhere
			k := scenarios.FaultKinds()[r.below(len(scenarios.FaultKinds()))]
			what, ok := p.what(k, r)
			if !ok || !p.possible(what) {
				continue
			}
			at := moment(p.s, p.end, r)
			list = append(list, change{"faults", fmt.Sprintf("{at: %s%s, %s}", at, p.lasting(k, r), what), true})
			last = max(last, at)
			break
		}
	}
	if last > p.s.LoadEnd() {
		l := p.s.Load[0]
		rest := last - l.Start
		for _, a := range l.Arrivals {
			rest -= a.Length()
		}
		list = append(list, change{"load.0.arrivals", pause(rest), true})
	}
	return list
}

// what is a kind with its settings. ok is false where there is nobody to strike.
func (p *placer) what(k scenarios.FaultKind, r dice) (text string, ok bool) {
	var keys []string
	groups := reachable(p.s)
	share := fmt.Sprintf("share: %s", []string{"1%", "20%", "50%", "100%"}[r.below(4)])
	switch {
	case k.On == scenarios.OnGroup && len(groups) > 0:
		keys = append(keys, "group: "+groups[r.below(len(groups))].Name, share)
	case k.On == scenarios.OnLoad && len(p.s.Load) > 0:
		keys = append(keys, "load: "+p.s.Load[r.below(len(p.s.Load))].Name, share)
	case k.On != scenarios.OnPlatform:
		return "", false
	}
	for _, setting := range k.Settings {
		if v := setting.Values[r.below(len(setting.Values))]; setting.Must || r.below(2) == 0 {
			keys = append(keys, fmt.Sprintf("%s: %q", setting.Key, v))
		}
	}
	return fmt.Sprintf("%s: {%s}", k.Name, strings.Join(keys, ", ")), true
}

// lasting is how long it lasts, and how often it comes back until the load ends.
func (p *placer) lasting(k scenarios.FaultKind, r dice) string {
	text, length := "", time.Duration(0)
	if k.Lasts && r.below(4) > 0 {
		length = r.span(k.Least, k.Most)
		text = fmt.Sprintf(", for: %s", length)
	}
	if p.end > time.Second && r.below(4) == 0 {
		text += fmt.Sprintf(", every: %s", 2*length+r.span(p.end/50, p.end))
	}
	return text
}

// possible tells whether the scenario may have a fault.
func (p *placer) possible(what string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ok, known := p.known[what]
	if !known {
		d := p.draft.Copy()
		err := d.Append("faults", "{at: 0s, "+what+"}")
		if err == nil {
			_, err = scenarios.Parse("fault", d.Text(), nil)
		}
		ok = err == nil
		p.known[what] = ok
	}
	return ok
}

// reachable are the groups that faults can strike: a device that is never there has no connection.
func reachable(s *scenarios.Scenario) (list []scenarios.Group) {
	for _, g := range s.Devices {
		if g.Presence.Start != "never" {
			list = append(list, g)
		}
	}
	return list
}

// moment is when a fault happens: at any time, or close to when something else may: an arrival, or its deadline.
func moment(s *scenarios.Scenario, end time.Duration, r dice) time.Duration {
	at := time.Duration(r.unit() * float64(end))
	if len(s.Load) == 0 || r.below(2) == 0 {
		return at.Truncate(time.Microsecond)
	}
	l := s.Load[r.below(len(s.Load))]
	at = l.Start
	for _, a := range l.Arrivals {
		if a.Pause == 0 && r.below(2) == 0 {
			at += arrival(a, r)
			break
		}
		at += a.Length()
	}
	if r.below(2) == 0 {
		at += l.Timeout
	}
	at += time.Duration(r.below(7)-3) * time.Microsecond
	return min(max(at, 0), end).Truncate(time.Microsecond)
}

// pause is a stretch without calls that takes d, or longer where that is too short for one.
func pause(d time.Duration) string {
	return fmt.Sprintf("{pause: %s}", short(max(d, time.Millisecond)))
}

// arrival is when one of a stretch's calls is due, from its beginning; in a ramp it is about then.
func arrival(a scenarios.Arrivals, r dice) time.Duration {
	if n := len(a.At); n > 0 {
		return a.At[r.below(n)]
	}
	rate := max(a.Rate, a.To)
	if rate == 0 {
		return 0
	}
	n := r.unit() * rate * a.For.Seconds()
	return time.Duration(math.Floor(n) / rate * float64(time.Second))
}
