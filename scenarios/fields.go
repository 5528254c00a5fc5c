package scenarios

import (
	"time"

	"fleetdrill/report"
)

const (
	day       = 24 * time.Hour
	maxRate   = 1e6 // per second
	maxNumber = 1_000_000
)

func scenarioFields(s *Scenario) []field {
	return []field{
		{key: "name", must: true, rule: text(&s.Name, scenarioName), doc: "What the scenario is called in results."},
		{key: "about", rule: prose(&s.About, maxProse), doc: "What it proves, in a sentence."},
		{key: "seed", def: "1", rule: seed(&s.Seed), doc: "Where all chance comes from: the same seed gives the same run."},
		{key: "clock", def: "real", rule: oneWord(&s.Clock, "real", "virtual"), doc: "real takes its time; virtual jumps over every wait."},
		{key: "drain", rule: duration(&s.Drain, 0, 60*day), doc: "Longest wait after the last arrival for what is still open. 10s on the real clock, 50h on the virtual one."},
		{key: "platform", def: "{}", rule: object(platformFields(&s.Platform)), doc: "The system under test."},
		{key: "devices", must: true, rule: list(&s.Devices, func(g *Group) rule { return object(groupFields(g)) }), doc: "Groups of devices that are alike."},
		{key: "load", rule: list(&s.Load, func(l *Load) rule { return object(loadFields(l)) }), doc: "Streams of calls."},
		{key: "faults", rule: list(&s.Faults, faultRule), doc: "What goes wrong during the load, and when."},
		{key: "harness", def: "{}", rule: object(harnessFields(&s.Harness)), doc: "Limits past which a run says more about the machine than about the platform."},
		{key: "compare", def: "{}", rule: object(compareFields(&s.Compare)), doc: "The least change of each figure that matters when runs are compared; less is called the same."},
		{key: matrixKey, rule: matrixRule(), doc: "Several scenarios in one: each key names one, and has values for paths such as devices.*.dialect."},
		{key: "expect", rule: thresholds(), doc: "What must hold for a pass, such as reboot.latency.p99 < 250ms."},
	}
}

// compareFields are the tolerances of report.Gauges.
func compareFields(t *report.Tolerances) []field {
	var list []field
	for _, g := range report.Gauges {
		list = append(list, field{key: g.Name, def: g.Default, rule: tolerance(t, g), doc: g.Doc})
	}
	return list
}

func platformFields(p *Platform) []field {
	var settings []field
	for _, d := range dialects {
		settings = append(settings, field{key: d.name, def: "{}", rule: object(d.inScenario(p)), doc: d.doc})
	}
	return []field{
		{key: "transport", def: "memory", rule: oneWord(&p.Transport, "memory", "tcp"), doc: "How devices and callers reach the platform."},
		{key: "dialects", def: "{}", rule: object(settings), doc: "Settings of each dialect."},
	}
}

func groupFields(g *Group) []field {
	return []field{
		{key: "group", must: true, rule: text(&g.Name, word), doc: "The group's name."},
		{key: "dialect", def: dialects[0].name, rule: oneWord(&g.Dialect, dialectNames()...), doc: "The vendor whose devices these are."},
		{key: "count", must: true, rule: whole(&g.Count, 1, maxNumber), doc: "How many devices."},
		{key: "connect", def: "2000/s", rule: rate(&g.Connect), doc: "First connects of the whole group; 0/s is all at once."},
		{key: "keep_alive", def: "60s", rule: duration(&g.KeepAlive, 5*time.Second, 18*time.Hour), doc: "MQTT keep-alive, in whole seconds."},
		{key: "receive_maximum", def: "32", rule: whole(&g.ReceiveMaximum, 1, 1024), doc: "Messages at QoS 1 that a device takes unacknowledged."},
		{key: "activated", rule: boolean(&g.Activated), doc: "Has been online before the run: offline, not inactive. True where presence starts offline, otherwise false."},
		{key: "format", def: "json", rule: oneWord(&g.Format, "json", "custom"), doc: "custom is a data format of the product's own that the platform cannot encode."},
		{key: "clean_session", def: "false", rule: boolean(&g.Clean), doc: "MQTT clean session: a vendor that keeps messages for the session keeps none."},
		{key: "behaviour", rule: list(&g.Behaviours, behaviourRule), doc: "What a device does with a command; respond at once if nothing is said."},
		{key: "presence", def: "{}", rule: object(presenceFields(&g.Presence)), doc: "When a device is there; always if nothing is said."},
		{key: "only", rule: numberList(&g.Only, 1, maxNumber), doc: "Which of the count's devices run, by number from 1; the others are known to the platform and never connect. All if nothing is said."},
		{key: "reconnect", def: "{}", rule: object(reconnectFields(&g.Reconnect)), doc: "How a device comes back after a connection that it did not end itself."},
	}
}

func presenceFields(p *Presence) []field {
	return []field{
		{key: "start", def: "online", rule: oneWord(&p.Start, "online", "offline", "never"), doc: "Where a device is when the run begins; never is there at no time."},
		{key: "up", rule: delay(&p.Up), doc: "How long it stays; for ever if nothing is said."},
		{key: "offline", rule: delay(&p.Offline), doc: "How long it stays away; for ever if nothing is said and it starts offline."},
	}
}

func reconnectFields(r *Reconnect) []field {
	return []field{
		{key: "after", def: "1s", rule: duration(&r.After, time.Millisecond, day), doc: "The first wait."},
		{key: "max", def: "60s", rule: duration(&r.Max, time.Millisecond, day), doc: "Each further wait is twice the one before, up to this."},
		{key: "jitter", def: "50%", rule: percent(&r.Jitter), doc: "Share of a wait that is drawn at random."},
	}
}

// behaviourRule is an entry of a mix: a weight, and one kind with its settings.
func behaviourRule(b *Behaviour) rule {
	fields := []field{{key: "weight", rule: weight(&b.Weight), doc: "Percent of the commands; the weights of a group add up to 100."}}
	kinds := behaviourKinds(b)
	for _, k := range kinds {
		k.rule = chosen(&b.Kind, k.key, k.rule)
		fields = append(fields, k)
	}
	return object(fields, keysOf(kinds)...)
}

// doesRule is one kind of behaviour, without a weight.
func doesRule(a *Arrivals) rule {
	a.Does = &Behaviour{Weight: 100}
	kinds := behaviourKinds(a.Does)
	for i, k := range kinds {
		kinds[i].rule = chosen(&a.Does.Kind, k.key, k.rule)
	}
	return object(kinds, keysOf(kinds)...)
}

func behaviourKinds(b *Behaviour) []field {
	after := field{key: "after", def: "0s", rule: delay(&b.After), doc: "From the command's arrival to the answer."}
	late, hangUp := after, after
	late.def, late.must = "", true
	hangUp.doc = "From the command's arrival to the hanging up."
	output := field{key: "output", rule: jsonObject(&b.Output), doc: "The service's output."}
	return []field{
		{key: "respond", rule: object([]field{after, output}), doc: "Answers success."},
		{key: "delay", rule: object([]field{late, output}), doc: "Answers success, but later than it should."},
		{key: "drop", rule: object(nil), doc: "Takes the command and never answers."},
		{key: "fail", rule: object([]field{after,
			{key: "code", def: "500", rule: whole(&b.Code, 1, maxNumber), doc: "The device's own code."},
			{key: "message", rule: prose(&b.Message, maxProse), doc: "The device's words."}}), doc: "Answers that it failed."},
		{key: "twice", rule: object([]field{after,
			{key: "gap", def: "0s", rule: delay(&b.Gap), doc: "From the first answer to the second."}}), doc: "Answers success two times."},
		{key: "garble", rule: object([]field{after}), doc: "Answers something that cannot be read."},
		{key: "foreign", rule: object([]field{after}), doc: "Answers with the number of another device's command."},
		{key: "slow_ack", rule: object([]field{after,
			{key: "ack", must: true, rule: delay(&b.Ack), doc: "From the command's arrival to its MQTT acknowledgement."}}), doc: "Takes its time to acknowledge; needs qos: 1."},
		{key: "disconnect", rule: object([]field{hangUp,
			{key: "offline", def: "0s", rule: delay(&b.Gap), doc: "How long it stays away."}}), doc: "Hangs up on the command and comes back."},
	}
}

func loadFields(l *Load) []field {
	return []field{
		{key: "name", must: true, rule: text(&l.Name, word), doc: "What the load is called in results and in expect."},
		{key: "to", must: true, rule: text(&l.To, groupName), doc: "The group that it calls."},
		{key: "call", must: true, rule: oneWord(&l.Call, allCalls()...), doc: "invoke waits for the device's answer; cached rests on the platform until the device is there; async and message are over when they are taken. " + callsByDialect()},
		{key: "service", def: "ping", rule: text(&l.Service, serviceName), doc: "The service of the device; module:service where a vendor has modules."},
		{key: "input", def: "{}", rule: jsonObject(&l.Input), doc: "The service's input."},
		{key: "timeout", rule: duration(&l.Timeout, time.Millisecond, maxDuration), doc: "For the device's answer. " + dialectRanges(func(w way) duty { return w.timeout })},
		{key: "ttl", rule: duration(&l.TTL, 0, maxDuration), doc: "Lifetime on the platform while the device is away. " + dialectRanges(func(w way) duty { return w.ttl })},
		{key: "via", def: "http", rule: oneWord(&l.Via, "http", "direct"), doc: "direct is the platform's Go API, without HTTP."},
		{key: "pick", def: "random", rule: oneWord(&l.Pick, "round_robin", "random"), doc: "Which device of the group is next."},
		{key: "start", def: "0s", rule: duration(&l.Start, 0, maxDuration), doc: "From the beginning of the load phase."},
		{key: "max_open", def: "10000", rule: whole(&l.MaxOpen, 1, maxNumber), doc: "Calls open at once; an arrival above it is dropped and counted."},
		{key: "only", rule: numberList(&l.Only, 0, maxNumber), doc: "Which calls of the arrivals are made, by number from 0, as in history.jsonl. All if nothing is said."},
		{key: "arrivals", must: true, rule: list(&l.Arrivals, func(a *Arrivals) rule { return object(arrivalFields(a), "rate", "burst", "pause", "at") }), doc: "When calls are due, one stretch after another."},
	}
}

func arrivalFields(a *Arrivals) []field {
	return []field{
		{key: "rate", rule: rate(&a.Rate), doc: "Calls per time, such as 200/s, 12/m, 1/h."},
		{key: "to", rule: rate(&a.To), doc: "With rate: where a ramp ends."},
		{key: "for", rule: duration(&a.For, time.Millisecond, maxDuration), doc: "With rate: how long."},
		{key: "process", rule: oneWord(&a.Process, "constant", "poisson"), doc: "With rate: evenly spaced (the default), or at random."},
		{key: "burst", rule: whole(&a.Burst, 1, maxNumber), doc: "This many calls at once."},
		{key: "pause", rule: duration(&a.Pause, time.Millisecond, maxDuration), doc: "No calls for this long."},
		{key: "at", rule: timeList(&a.At), doc: "Calls at these very times, from the beginning of the stretch, in order: [0s, 1500ms]."},
		{key: "device", rule: whole(&a.Device, 1, maxNumber), doc: "With at: which device of the group they call, by number from 1; pick decides if nothing is said."},
		{key: "does", rule: later(func() rule { return doesRule(a) }), doc: "With at: what the device does with each of these calls, whatever its group's behaviour is."},
	}
}

func harnessFields(h *Harness) []field {
	return []field{
		{key: "max_lag", def: "50ms", rule: duration(&h.MaxLag, time.Millisecond, time.Hour), doc: "Of the 99th percentile of the lag of each load."},
		{key: "max_cpu", def: "95%", rule: percent(&h.MaxCPU), doc: "Share of all cores during the load."},
	}
}
