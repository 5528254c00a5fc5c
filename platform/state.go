package platform

// State is where a command stands.
//
//	           Publish        Answer      Fail
//	Waiting ───────────▶ Sent ──────▶ Succeeded
//	  │ │ │ │             │ │
//	  │ │ │ │             │ └─ Refuse ─▶ Failed   (the device answered that it failed)
//	  │ │ │ │             └─── TimeOut ─▶ TimedOut
//	  │ │ │ └─ Cancel ──▶ Canceled
//	  │ │ └─── Expire ──▶ Expired     (a cached command's lifetime passed unsent)
//	  │ └───── TimeOut ─▶ Failed      (an instant command was not sent in time)
//	  └─────── Refuse ──▶ Failed      (its device is away)
type State uint8

const (
	Waiting State = iota + 1
	Sent
	Succeeded
	Failed
	TimedOut
	Canceled
	Expired
)

var stateNames = [...]string{"", "waiting", "sent", "succeeded", "failed", "timed_out", "canceled", "expired"}

func (s State) String() string { return stateNames[s] }

// Final tells whether nothing can follow.
func (s State) Final() bool { return s >= Succeeded }

// Event is what can happen to a command.
type Event uint8

const (
	Publish Event = iota + 1 // handed to the device's session
	Answer                   // the device answered success
	Refuse                   // the device answered failure, or cannot be reached at all
	TimeOut                  // its time is over
	Expire                   // its lifetime in the cache is over
	Cancel                   // somebody took it back
)

var eventNames = [...]string{"", "publish", "answer", "refuse", "time_out", "expire", "cancel"}

func (e Event) String() string { return eventNames[e] }

// transitions is the one table of what may follow what. What is not in it does not happen.
var transitions = map[State]map[Event]State{
	Waiting: {Publish: Sent, Refuse: Failed, TimeOut: Failed, Expire: Expired, Cancel: Canceled},
	Sent:    {Answer: Succeeded, Refuse: Failed, TimeOut: TimedOut},
}

// Next returns the state after e, and false with s itself where e cannot happen in s.
func (s State) Next(e Event) (State, bool) {
	next, ok := transitions[s][e]
	if !ok {
		return s, false
	}
	return next, true
}
