package trace

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/sim/check"
)

// way is how a kind of fact looks in a drawing: where it comes from and arrives, what it is in words, and where the
// command is then, until the next step.
type way struct {
	from, to Lane
	text     string
	then     string // what the next step has waited for
}

var ways = map[check.Kind]way{
	check.Due:         {Caller, Caller, "due", "before it was sent"},
	check.Sent:        {Caller, Caller, "sent", "to the platform"},
	check.Dropped:     {Caller, Caller, "dropped: no free slot", ""},
	check.Accepted:    {Caller, Platform, "accepted", "in the platform"},
	check.Queued:      {Platform, Platform, "queued", "in the queue"},
	check.Recalled:    {Broker, Platform, "taken back: not acknowledged", "in the queue"},
	check.Dequeued:    {Platform, Platform, "has its turn", "in the platform"},
	check.LinkDropped: {Platform, Broker, "no room in the connection", "waiting for room"},
	check.Published:   {Platform, Broker, "published", "in the broker"},
	check.Resent:      {Platform, Broker, "published again", "in the broker"},
	check.Written:     {Broker, Broker, "written", "to the device"},
	check.Seen:        {Broker, Device, "device has it", "at the device"},
	check.Acked:       {Device, Broker, "acknowledged", "waiting for the answer"},
	check.Received:    {Broker, Platform, "delivered", "waiting for the answer"},
	check.Answered:    {Device, Device, "device answers", "back to the platform"},
	check.Matched:     {Device, Platform, "answer taken", "in the platform"},
	check.Ended:       {Platform, Platform, "", "to the caller"},
	check.Late:        {Device, Platform, "answer comes too late", ""},
	check.Duplicate:   {Device, Platform, "a second answer", ""},
	check.Foreign:     {Device, Platform, "", ""},
	check.Unknown:     {Device, Platform, "number of no command", ""},
	check.Garbled:     {Device, Platform, "cannot be read", ""},
	check.CallerGone:  {Caller, Platform, "caller is gone", ""},
	check.Done:        {Platform, Caller, "", ""},
	check.HungUp:      {Device, Broker, "device hangs up", "waiting, nobody answers"},
	check.Fault:       {Device, Device, "", ""},
	check.Lost:        {Device, Broker, "connection lost", ""},
	check.Offline:     {Broker, Platform, "device is offline", ""},
	check.Online:      {Broker, Platform, "device is online", ""},
	check.Connected:   {Device, Device, "connected", ""},
	check.Refused:     {Device, Broker, "connection refused", ""},
}

// steps are the facts of a command as steps, with the deadline that counted and with what happened to its device.
func (t *Trace) steps(list, of []check.Fact) []Step {
	due := list[0].At
	var steps []Step
	for _, f := range list {
		steps = append(steps, t.step(f, due))
	}
	if s, ok := deadlineOf(list, due); ok {
		steps = append(steps, s)
	}
	for _, f := range asides(of, list) {
		s := t.step(f, due)
		s.Aside = true
		steps = append(steps, s)
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.turn(), b.turn())) })
	for i := range steps {
		steps[i].Online = online(of, steps[i].At+due)
	}
	hand(steps)
	return steps
}

// turn is the place of a step among those of the same instant: cause before effect, as kinds are ordered.
func (s *Step) turn() int {
	if s.kind == 0 {
		return 2*int(check.Ended) - 1
	}
	return 2 * int(s.kind)
}

// place is where a command is.
type place struct {
	lane Lane
	wait string
}

// hand says of each step how long after the one before it came, and where the command was meanwhile.
func hand(steps []Step) {
	var h holder
	last := steps[0].At
	for i := range steps {
		s := &steps[i]
		s.Took, s.Holder, s.Wait = s.At-last, h.at.lane, h.at.wait
		last = s.At
		h.step(s)
	}
}

// holder follows a command from hand to hand.
type holder struct {
	at          place
	out         place // where its message or the answer is, whatever the platform does meanwhile; empty: nowhere
	ended, done bool
}

func (h *holder) step(s *Step) {
	next := place{ways[s.kind].to, ways[s.kind].then}
	switch {
	case s.Aside, s.kind == 0:
		return
	case s.kind == check.Ended || s.kind == check.Done || s.kind == check.Dropped:
		h.ended, h.done = h.ended || s.kind == check.Ended, h.done || s.kind != check.Ended
		if h.ended && h.done {
			next = h.out
		} else if h.done {
			return
		}
	case s.kind == check.Queued && s.cached:
		next.wait = "in the cache"
	case s.kind == check.Answered && !s.readable, s.kind == check.HungUp:
		next = place{Platform, "waiting for a right answer"}
		if s.kind == check.HungUp {
			next.wait = ways[s.kind].then
		}
		h.out = place{}
	case s.kind == check.Published || s.kind == check.Written || s.kind == check.Seen || s.kind == check.Answered:
		h.out = next
	case s.kind == check.Acked && h.out.lane == Broker:
		next.lane = Platform
	case s.kind == check.Matched || s.kind == check.Late || s.kind == check.Recalled:
		h.out = place{}
	case next.wait == "" || s.kind == check.Acked:
		return
	}
	if h.ended && h.done {
		next = h.out
	}
	h.at = next
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
			s.Text = "published, QoS 1"
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
	case check.HungUp:
		if s.Mark = Bad; f.Load < 0 {
			s.Text, s.Mark = "device disconnects", ""
		}
	case check.Fault:
		s.Text, s.Mark = faultText(f), Bad
		if f.Device == 0 {
			s.From = placeOf(f.Text)
			s.To = s.From
		}
	case check.Late, check.Dropped, check.Lost, check.Offline, check.CallerGone, check.LinkDropped, check.Refused,
		check.Garbled, check.Unknown:
		s.Mark = Bad
	case check.Matched:
		s.Mark = Good
	}
	return s
}

var answers = map[check.AnswerKind]struct {
	text string
	mark Mark
}{
	check.AnswerSuccess: {"device answers", ""},
	check.AnswerFailure: {"device answers: failure", Bad},
	check.AnswerGarbled: {"device answers: garbage", Bad},
	check.AnswerForeign: {"device answers with another's number", Bad},
}

func endedText(f check.Fact) string {
	switch f.State {
	case platform.Succeeded:
		return "succeeded"
	case platform.TimedOut:
		return "timed out"
	case platform.Expired:
		return "expired"
	case platform.Canceled:
		return "cancelled: " + f.Text
	}
	return "failed: " + f.Text
}

func doneText(f check.Fact) (string, Mark) {
	text := "caller: " + f.Outcome.String()
	if f.Text != "" {
		text += " (" + f.Text + ")"
	}
	if f.Outcome == platform.OK {
		return text, Good
	}
	return text, Bad
}

// placeOf is where a fault strikes that strikes no device alone: its text ends with its kind, or with that and a load.
func placeOf(fault string) Lane {
	switch {
	case strings.HasSuffix(fault, "broker_restart"):
		return Broker
	case strings.Contains(fault, " caller_gone"), strings.HasSuffix(fault, "receiver_down"):
		return Caller
	}
	return Platform
}

func faultText(f check.Fact) string {
	text := "fault: " + f.Text
	if f.For > 0 {
		text += " for " + report.FormatDuration(f.For)
	}
	return text
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

func deadlineText(set *check.Fact) string {
	took := report.FormatDuration(set.Limit - set.At)
	switch waits := set.Kind == check.Accepted || set.Kind == check.Recalled; {
	case waits && set.Cached:
		return "end of its " + took + " lifetime"
	case waits:
		return "deadline: " + took + " to be sent"
	case set.OneWay:
		return "deadline: " + took + " to arrive"
	}
	return "deadline: " + took + " to answer"
}
