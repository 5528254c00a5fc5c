package sweep

import (
	"time"

	"fleetdrill/platform"
)

// model is one command as the contract sees it.
//
//	resting ── return before the expiry ──▶ sent ── ack ──▶ received      (a state of its own where the Call says so)
//	   ▲  └── expiry ──▶ over                │ │                │
//	   └── disconnect without ack ───────────┘ └── timeout or answer ──▶ over
//	       (where the Call is Kept)
//
// The first event that leads to over decides. What comes exactly at the end of a time for it is within that time; a
// lifetime is over when its end comes.
type model struct {
	*Call
	now    time.Duration // since the call
	state  state
	here   bool          // the device is connected
	got    bool          // the device knows the command
	fresh  bool          // it came on the present connection, and is not acknowledged
	acked  bool          // on any
	limit  time.Duration // when the present wait for an acknowledgement or answer is over; 0: never
	expiry time.Duration // when its lifetime is over; 0: never
	count  [events]int

	ending string
	heard  string
	why    string
}

type state uint8

const (
	resting state = iota
	sent
	received
	over
)

// What decides, in words.
const (
	whyAnswered      = "an answer in time"
	whyAnsweredSharp = "an answer in the instant of the timeout"
	whyRefused       = "a failure answered in time"
	whyRefusedSharp  = "a failure in the instant of the timeout"
	whyUnanswered    = "no answer until the timeout"
	whyReceived      = "received in time"
	whyReceivedSharp = "acknowledged in the instant of the timeout"
	whyUnreceived    = "no acknowledgement until the timeout"
	whyExpired       = "away until the expiry"
	whyExpiredSharp  = "a return in the instant of the expiry"
	whyTaken         = "taken back while it rests"
	whyTakenSharp    = "taken back in the instant of the expiry"
	whyAway          = "the device is away"
	whyOpen          = "never answered, and there is no timeout"
)

func newModel(c *Call, lifetime time.Duration) *model {
	m := &model{Call: c, here: !c.Away, expiry: lifetime}
	if !c.Waits {
		m.heard = c.Codes[accepted]
	}
	switch {
	case m.here:
		m.send()
	case !c.Cached:
		m.end(offline, whyAway)
	}
	return m
}

func (m *model) send() {
	m.state, m.got, m.fresh, m.limit = sent, true, true, 0
	switch {
	case m.OneWay:
		m.limit = m.expiry
	case m.Receipt:
		m.limit = m.now + m.AckTimeout
	case m.Timeout > 0:
		m.limit = m.now + m.Timeout
	}
	if m.QoS == 0 { // there is no acknowledgement: what is written is received
		m.receive(whyReceived)
	}
}

func (m *model) receive(why string) {
	m.fresh, m.acked = false, true
	switch {
	case m.state != sent:
	case m.OneWay:
		m.end(succeeded, why)
	case m.Receipt:
		m.state, m.limit = received, m.now+m.Timeout
	}
}

func (m *model) end(ending, why string) {
	m.state, m.ending, m.why, m.limit = over, ending, why, 0
	if m.Waits && m.heard == "" {
		m.heard = m.Codes[ending]
	}
}

// clock is the next event that time alone will bring, and when; ok is false if there is none.
func (m *model) clock() (e Event, at time.Duration, ok bool) {
	switch {
	case m.state == resting && m.expiry > 0:
		return Expiry, m.expiry, true
	case (m.state == sent || m.state == received) && m.limit > 0:
		return Timeout, m.limit, true
	}
	return 0, 0, false
}

// can tells whether an event that is not of a clock is possible now. Each comes once, but for answers, and the return of
// a device that was away from the beginning and may go and come again; and a device either goes or is taken over.
func (m *model) can(e Event) bool {
	most := 1
	if e == Answer || e == Return && m.Away {
		most = 2
	}
	if m.count[e] >= most {
		return false
	}
	switch e {
	case Answer:
		return m.here && m.got && !m.OneWay
	case Ack:
		return m.here && m.fresh && m.QoS > 0
	case Disconnect:
		return m.here && m.count[Takeover] == 0
	case Takeover:
		return m.here && m.count[Disconnect] == 0
	case Return:
		return !m.here
	case HangUp:
		return m.Waits && m.heard == ""
	case TakeBack:
		return m.TakesBack
	}
	return false
}

// happen lets an event come at m.now; sharp says that a clock runs out in the same instant.
func (m *model) happen(e Event, sharp bool) {
	m.count[e]++
	switch e {
	case Answer:
		m.answer(sharp)
	case Ack:
		m.receive(either(sharp, whyReceivedSharp, whyReceived))
	case Disconnect:
		m.leave()
	case Return:
		m.arrive()
	case Takeover:
		m.leave()
		m.arrive()
	case HangUp:
		m.heard = nothing
	case TakeBack:
		if m.state == resting {
			m.takeBack()
		}
	case Timeout:
		if m.state == sent && (m.OneWay || m.Receipt) {
			m.end(unreceived, whyUnreceived)
		} else {
			m.end(unanswered, whyUnanswered)
		}
	case Expiry:
		m.end(expired, whyExpired)
	}
}

// answer ends the command while it is open. Who answers has received.
func (m *model) answer(sharp bool) {
	switch {
	case m.state != sent && m.state != received:
	case m.Fails:
		m.acked = true
		m.end(refused, either(sharp, whyRefusedSharp, whyRefused))
	default:
		m.acked = true
		m.end(succeeded, either(sharp, whyAnsweredSharp, whyAnswered))
	}
}

func (m *model) leave() {
	m.here, m.fresh = false, false
	if m.state == sent && m.Kept && !m.acked {
		m.state, m.limit = resting, 0
	}
}

func (m *model) arrive() {
	m.here = true
	switch {
	case m.state != resting:
	case m.expiry > 0 && m.now >= m.expiry:
		m.end(expired, whyExpiredSharp)
	default:
		m.send()
	}
}

func (m *model) takeBack() {
	if m.expiry > 0 && m.now >= m.expiry {
		m.end(expired, whyTakenSharp)
		return
	}
	m.end(canceled, whyTaken)
}

// result is how it has ended, when nothing more will come.
func (m *model) result() (e Ending, why string) {
	if m.state != over {
		return Ending{open, m.heard}, whyOpen
	}
	return Ending{m.ending, m.heard}, m.why
}

// told is the state that the API tells.
func (m *model) told() string {
	switch m.state {
	case resting:
		return platform.Waiting.String()
	case sent:
		return platform.Sent.String()
	case received:
		return platform.Delivered.String()
	}
	return map[string]platform.State{succeeded: platform.Succeeded, unanswered: platform.TimedOut, unreceived: platform.TimedOut,
		expired: platform.Expired, canceled: platform.Canceled, offline: platform.Failed, refused: platform.Failed}[m.ending].String()
}

// promise says what has come of an event in the instant of a clock.
func (m *model) promise(s Step) string {
	clock, at, running := m.clock()
	switch {
	case m.state == over:
		return m.ending
	case running && at == s.At && clock == s.Clock:
		return m.after(clock) + ": the " + clock.String() + " comes all the same"
	case running && at == s.At:
		return m.after(clock) + ": the " + clock.String() + " comes instead"
	}
	return "goes on: the " + s.Event.String() + " counts, and the " + s.Clock.String() + " does not come"
}

// after is how it ends if a clock runs out now.
func (m *model) after(clock Event) string {
	next := *m
	next.happen(clock, false)
	return next.ending
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
