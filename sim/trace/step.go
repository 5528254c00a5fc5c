package trace

import (
	"cmp"
	"slices"
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// way is how a kind of fact looks in a drawing: where it comes from and arrives, what it is in words, and where the
// command is then, until the next step.
type way struct {
	from, to Lane
	text     string
	then     place // without wait: the fact moves nothing
}

var ways = map[check.Kind]way{
	check.Due:         {Caller, Caller, "due", at(Caller, "before it was sent")},
	check.Sent:        {Caller, Caller, "sent", place{Caller, Platform, "to the platform"}},
	check.Dropped:     {Caller, Caller, "dropped: no free slot", place{}},
	check.Accepted:    {Caller, Platform, "accepted", at(Platform, "in the platform")},
	check.Queued:      {Platform, Platform, "queued", at(Platform, "in the queue")},
	check.Recalled:    {Platform, Platform, "taken back: not acknowledged", at(Platform, "in the queue")},
	check.Dequeued:    {Platform, Platform, "has its turn", at(Platform, "in the platform")},
	check.LinkDropped: {Platform, Broker, "no room in the connection", at(Broker, "waiting for room")},
	check.Published:   {Platform, Broker, "published", at(Broker, "in the broker")},
	check.Resent:      {Platform, Broker, "published again", at(Broker, "in the broker")},
	check.Written:     {Broker, Broker, "written", place{Broker, Device, "to the device"}},
	check.Seen:        {Broker, Device, "device has it", at(Device, "at the device")},
	check.Acked:       {Device, Broker, "acknowledged", at(Broker, "waiting for the answer")},
	check.Received:    {Broker, Platform, "delivered", at(Platform, "waiting for the answer")},
	check.Answered:    {Device, Device, "device answers", place{Device, Broker, "on its way back"}},
	check.Matched:     {Device, Platform, "answer taken", at(Platform, "in the platform")},
	check.Ended:       {Platform, Platform, "", place{Platform, Caller, "to the caller"}},
	check.Late:        {Device, Platform, "answer comes too late", place{}},
	check.Duplicate:   {Device, Platform, "", place{}},
	check.Foreign:     {Device, Platform, "", place{}},
	check.Unknown:     {Device, Platform, "number of no command", place{}},
	check.Garbled:     {Device, Platform, "cannot be read", place{}},
	check.CallerGone:  {Platform, Platform, "platform sees its caller gone", place{}},
	check.Done:        {Platform, Caller, "", place{}},
	check.HungUp:      {Device, Broker, "device hangs up", place{}},
	check.Fault:       {Device, Device, "", place{}},
	check.Lost:        {Device, Device, "connection lost", place{}},
	check.Offline:     {Platform, Platform, "device is offline", place{}},
	check.Online:      {Device, Platform, "device is online", place{}},
	check.Connected:   {Device, Device, "connected", place{}},
	check.Refused:     {Device, Broker, "connection refused", place{}},
}

// steps are the facts of a command as steps, with the deadline that counted and with what happened to its device: the
// facts of those indexes, of which some are left out in their middle.
func (t *Trace) steps(list, of []check.Fact, asides []int, left int) []Step {
	due := list[0].At
	steps := t.own(list, due)
	if s, ok := deadlineOf(list, due); ok {
		steps = append(steps, s)
	}
	for nth, i := range asides {
		s := t.aside(of, i, due)
		if s.Aside = true; nth == mostAsides/2 {
			s.Left = left
		}
		steps = append(steps, s)
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.turn(), b.turn())) })
	for i := range steps {
		steps[i].Online = online(of, steps[i].At+due)
		steps[i].Cut = steps[i].Online && absent(t.links(deviceOf(list)), steps[i].At+due).cutOff()
		steps[i].Down = t.down(steps[i].At + due)
	}
	steps = merge(steps)
	hand(steps)
	return steps
}

// own are the facts of the command itself as steps.
func (t *Trace) own(list []check.Fact, due time.Duration) []Step {
	var steps []Step
	failed, queued, published := false, false, false
	for _, f := range list {
		if f.Kind == check.CallerGone && hangsUp(list, f.At) {
			continue // its caller's own step says it
		}
		s := t.step(f, due)
		if queued, published = queued || f.Kind == check.Queued, published || f.Kind == check.Published; f.Kind == check.Ended && !published {
			s.Text = unsentText(f, queued)
		}
		if f.Kind == check.Done && f.Text == "transport" && t.restart(list[0].At) != nil && !slices.ContainsFunc(list, isAccepted) {
			s.Text = unreachable
		}
		if failed = failed || f.Kind == check.Ended && f.State != platform.Succeeded; failed && f.Kind == check.Done && f.Outcome == platform.OK {
			s.Text += ": it confirms only that the call was taken"
		}
		steps = append(steps, s)
	}
	tellAnswers(steps)
	return steps
}

func isAccepted(f check.Fact) bool { return f.Kind == check.Accepted }

// restart is the restart of the platform that goes on at a moment, nil if it is up.
func (t *Trace) restart(at time.Duration) *link {
	for i := range t.all {
		if l := &t.all[i]; l.at <= at && at < l.until && check.FaultKind(l.fault) == "platform_restart" {
			return l
		}
	}
	return nil
}

// hangsUp tells whether the caller itself noted at a moment that it hung up.
func hangsUp(list []check.Fact, at time.Duration) bool {
	return slices.ContainsFunc(list, func(f check.Fact) bool { return f.Kind == check.Done && f.Text == "hung_up" && f.At == at })
}

// tellAnswers numbers the answers that came, and says which of them the platform took without reading.
func tellAnswers(steps []Step) {
	sent, readable, right, came := 0, false, false, 0
	var unread *Step
	for i := range steps {
		switch s := &steps[i]; s.kind {
		case check.Answered:
			sent++
			right = right || s.Mark == ""
			if readable = readable || s.readable; !s.readable {
				unread = s
			}
		case check.Matched, check.Late, check.Duplicate:
			came++
			s.answer, s.copied = came, came > sent
			switch {
			case s.kind != check.Matched:
			case !readable && unread != nil:
				s.Text, unread.Mark, unread.readable = "answer taken, whatever it says", "", true
			case sent > 0 && !right:
				s.Mark = ""
			}
		}
	}
}

// turn is the place of a step among those of the same instant: cause before effect, as kinds are ordered.
func (s *Step) turn() int {
	switch {
	case s.kind == 0:
		return 2*int(check.Ended) - 1
	case s.kind == check.Fault && !s.Aside:
		return 2*int(check.Written) + 1 // it strikes the message on its way
	case s.kind > check.Fault && s.kind <= check.Offline:
		return 2 * int(check.Connected) // whether the device comes or goes first, the history knows
	}
	return 2 * int(s.kind)
}

// merge makes one step of equal ones in a row at the same instant.
func merge(steps []Step) []Step {
	var list []Step
	for _, s := range steps {
		last := len(list) - 1
		if last >= 0 && !s.Aside && s.kind != 0 && s.kind == list[last].kind && s.At == list[last].At && s.Text == list[last].Text {
			list[last].Times++
			list[last].copied = list[last].copied || s.copied
			continue
		}
		s.Times = 1
		list = append(list, s)
	}
	for i := range list {
		list[i].tellTimes()
	}
	return list
}

// online tells whether the device has a session at a moment, as far as is known; its facts are ordered by time.
func online(of []check.Fact, at time.Duration) bool {
	on := false
	for _, f := range of {
		switch {
		case f.At > at:
			return on
		case f.Kind == check.Online:
			on = true
		case f.Kind == check.Offline:
			on = false
		}
	}
	return on
}

// down is what the faults of the platform have taken away at a moment.
func (t *Trace) down(at time.Duration) (list []Lane) {
	for _, f := range t.faults {
		switch {
		case f.At > at || at >= f.At+f.For:
		case check.FaultKind(f.Text) == "platform_restart":
			return []Lane{Platform, Broker}
		case check.FaultKind(f.Text) == "broker_restart":
			list = []Lane{Broker}
		}
	}
	return list
}

func (t *Trace) step(f check.Fact, due time.Duration) Step {
	w := ways[f.Kind]
	s := Step{kind: f.Kind, Kind: f.Kind.String(), At: f.At - due, From: w.from, To: w.to, Text: w.text}
	switch f.Kind {
	case check.Queued:
		if s.cached = f.Cached; s.cached {
			s.Text = "rests in the cache"
		}
	case check.Published:
		if f.QoS > 0 {
			s.Text = "published at QoS 1"
		}
	case check.Answered:
		s.Text, s.Mark = answers[f.Answer].text, answers[f.Answer].mark
		s.readable = f.Answer == check.AnswerSuccess || f.Answer == check.AnswerFailure
	case check.Foreign:
		s.Text = t.device(f.Device) + " answers with its number"
	case check.Ended:
		s.Text, s.Mark = endedText(f), Bad
		if f.State == platform.Succeeded {
			s.Mark = Good
		}
	case check.Done:
		s.Text, s.Mark = doneText(f)
		if f.Outcome == platform.Broken && unheard[f.Text] != "" {
			s.From = Caller
		}
	case check.HungUp:
		if s.Mark = Bad; f.Load < 0 {
			s.Text, s.Mark = "device disconnects", ""
		}
	case check.Fault:
		s.Text, s.Mark = faultText(f), Struck
		s.From, s.To = placeOf(f)
	case check.Late, check.Dropped, check.Lost, check.Offline, check.LinkDropped, check.Refused, check.Garbled, check.Unknown:
		s.Mark = Bad
	case check.Matched:
		s.Mark = Good
	}
	return s
}

// placeOf is where a fault strikes: at a lane, or on the link between two.
func placeOf(f check.Fact) (from, to Lane) {
	switch kind := check.FaultKind(f.Text); {
	case kind == "broker_restart":
		return Broker, Broker
	case kind == "edge", kind == "stall":
		return Device, Device
	case f.Device != 0:
		return Broker, Device
	case kind == "caller_gone", kind == "receiver_down":
		return Caller, Caller
	}
	return Platform, Platform
}

const deadline = "deadline"

// deadlineOf is the limit that was in force when it passed. One that nobody reached is none.
func deadlineOf(list []check.Fact, due time.Duration) (Step, bool) {
	var set *check.Fact
	end := list[len(list)-1].At
	for i := range list {
		switch f := &list[i]; f.Kind {
		case check.Accepted, check.Recalled, check.Published, check.Received:
			set = f
		case check.Ended:
			end = f.At
		}
	}
	if set == nil || set.Limit == check.Never || set.Limit > end {
		return Step{}, false
	}
	return Step{Kind: deadline, At: set.Limit - due, From: Platform, To: Platform, Mark: Deadline, Text: deadlineText(set)}, true
}
