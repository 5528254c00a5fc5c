package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
	"fleetdrill/sim/link"
)

// faultKinds is every kind by its name in a scenario.
var faultKinds = map[string]faultKind{
	"disconnect": {strike: disconnect, once: true},
	"half_open": onLinks(func(s *strike, _ chance.Key) link.Effect {
		return link.Effect{Vanish: s.ways()}
	}),
	"latency": onLinks(func(s *strike, key chance.Key) (e link.Effect) {
		for w, is := range s.ways() {
			if is {
				e.Delay[w] = delays(s.Add, key.Number(uint64(w)))
			}
		}
		return e
	}),
	"bandwidth": onLinks(func(s *strike, _ chance.Key) (e link.Effect) {
		for w, is := range s.ways() {
			if is {
				e.Rate[w] = s.Rate
			}
		}
		return e
	}),
	"stall":       onLinks(func(*strike, chance.Key) link.Effect { return link.Effect{Stall: true} }),
	"lose_ack":    onLinks(func(*strike, chance.Key) link.Effect { return link.Effect{LoseAcks: true} }),
	"duplicate":   {strike: duplicate, heal: onLinks(nil).heal},
	"edge":        {strike: atTheEdge, heal: backFromTheEdge},
	"caller_gone": {strike: hangUps, heal: noHangUps},
	"broker_restart": outage(func(s *strike) Outage {
		if s.Sessions == "lost" {
			return BrokerLoses
		}
		return BrokerKeeps
	}),
	"platform_restart": outage(func(*strike) Outage { return WholePlatform }),
	"receiver_down":    {strike: receiverDown, heal: receiverUp},
}

func (s *strike) ways() [2]bool {
	return [2]bool{link.Up: s.Direction != "down", link.Down: s.Direction != "up"}
}

// disconnect breaks connections.
func disconnect(r *run, s *strike) {
	devices := r.fleet.groups[s.Group].devices
	for _, i := range s.members {
		devices[i].Kick(s.away(i))
	}
}

// away is how long a device stays away.
func (s *strike) away(member int) time.Duration {
	var st chance.Stream
	return device.Draw(s.Away, st.At(s.key.Text("for").Number(uint64(member))))
}

// onLinks is a kind that acts on the links of devices. The key names what it draws for one of them.
func onLinks(effect func(*strike, chance.Key) link.Effect) faultKind {
	return faultKind{
		strike: func(r *run, s *strike) {
			links := r.fleet.groups[s.Group].links
			for _, i := range s.members {
				links[i].Strike(s.id, effect(s, s.key.Text("link").Number(uint64(i))))
			}
		},
		heal: func(r *run, s *strike) {
			links := r.fleet.groups[s.Group].links
			for _, i := range s.members {
				links[i].Heal(s.id)
			}
		},
	}
}

// duplicate notes each command that it doubles: of that command the device may see one more than was sent.
func duplicate(r *run, s *strike) {
	g := r.fleet.groups[s.Group]
	name := fmt.Sprintf("faults[%d]", s.Index) + check.Copied
	for _, i := range s.members {
		e := link.Effect{Copy: [2]bool{link.Up: s.Copy != "commands", link.Down: s.Copy != "answers"}}
		d := g.devices[i]
		e.Copied = func(w link.Way, packet []byte) {
			topic, payload, ok := link.Publish(packet)
			if !ok || w == link.Up {
				return
			}
			if wire, id, ok := d.Names(topic, payload); ok {
				r.rec.fault(check.FaultFact{Fault: name, Device: d.Number(), Wire: wire, ID: id})
			}
		}
		g.links[i].Strike(s.id, e)
	}
}

// atTheEdge lets devices answer around the deadlines of their commands.
func atTheEdge(r *run, s *strike) {
	for _, i := range s.members {
		r.fleet.groups[s.Group].devices[i].Edge(s.id, map[string]time.Duration{"before": -s.By, "after": s.By}[s.Answer])
	}
}

func backFromTheEdge(r *run, s *strike) {
	for _, i := range s.members {
		r.fleet.groups[s.Group].devices[i].NoEdge(s.id)
	}
}

// delays draws what packet n is late.
func delays(d scenarios.Delay, key chance.Key) func(uint64) time.Duration {
	return func(n uint64) time.Duration {
		var st chance.Stream
		return device.Draw(d, st.At(key.Number(n)))
	}
}

// outage is a kind that takes the platform down.
func outage(what func(*strike) Outage) faultKind {
	return faultKind{
		strike: func(r *run, s *strike) { r.fall(what(s)) },
		heal:   func(r *run, s *strike) { r.healed(s, r.rise(what(s))) },
	}
}

// healed notes a heal that went wrong.
func (r *run) healed(s *strike, err error) {
	if err != nil {
		r.broken = errors.Join(r.broken, fmt.Errorf("faults[%d] %s: %w", s.Index, s.Kind, err))
	}
}

func receiverDown(r *run, s *strike) { r.Target.Receiver.Down(s.How) }

func receiverUp(r *run, s *strike) { r.healed(s, r.Target.Receiver.Up(s.How)) }

func hangUps(r *run, s *strike) {
	to := r.stream(s.Load)
	to.gone = append(to.gone, s)
}

func noHangUps(r *run, s *strike) {
	to := r.stream(s.Load)
	to.gone = slices.DeleteFunc(to.gone, func(t *strike) bool { return t == s })
}

func (r *run) stream(load string) *stream {
	return r.streams[slices.IndexFunc(r.streams, func(s *stream) bool { return s.cfg.Name == load })]
}

// bye is how long after its sending the caller of call seq hangs up; 0: it does not. On a virtual clock that is an instant
// of its own, in which nobody answers.
func (s *stream) bye(seq uint64) time.Duration {
	const most = 1 << 30
	var st chance.Stream
	for _, g := range s.gone {
		key := g.key.Text("call").Number(seq)
		if key.Below(most) < int(g.Share*most) {
			return offClock(device.Draw(g.After, st.At(key.Text("after"))))
		}
	}
	return 0
}

// offClock makes a time one that ends between the whole microseconds at which the platform and its devices act.
func offClock(d time.Duration) time.Duration {
	return d.Truncate(time.Microsecond) + time.Microsecond + 250*time.Nanosecond
}
