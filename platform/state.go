package platform

// State is where a command stands.
//
//	           Publish        Receive            Answer      Fail
//	Waiting ───────────▶ Sent ───────▶ Delivered ─────▶ Succeeded
//	  │ │ │ │  ◀──────────┘│ │ │            │ │
//	  │ │ │ │     Recall   │ │ │            │ └─ Refuse ─▶ Failed   (the device answered that it failed)
//	  │ │ │ │              │ │ │            └── TimeOut ─▶ TimedOut
//	  │ │ │ │              │ │ └─ Answer ──▶ Succeeded   (it has no receipt)
//	  │ │ │ │              │ └─── Refuse ──▶ Failed      (no receipt, or it cannot have left)
//	  │ │ │ │              └──── TimeOut ──▶ TimedOut
//	  │ │ │ └─ Cancel ──▶ Canceled
//	  │ │ └─── Expire ──▶ Expired     (a cached command's lifetime passed unsent)
//	  │ └───── TimeOut ─▶ Failed      (an instant command was not sent in time)
//	  └─────── Refuse ──▶ Failed      (its device is away, or newer commands took its place)
//
// Repeat leaves Sent as it is: the message went out once more.
type State uint8

const (
	Waiting State = iota + 1
	Sent
	Delivered
	Succeeded
	Failed
	TimedOut
	Canceled
	Expired
)

var stateNames = [...]string{"", "waiting", "sent", "delivered", "succeeded", "failed", "timed_out", "canceled", "expired"}

func (s State) String() string { return stateNames[s] }

// Final tells whether nothing can follow.
func (s State) Final() bool { return s >= Succeeded }

// Event is what can happen to a command.
type Event uint8

const (
	Publish Event = iota + 1 // handed to the device's session
	Repeat                   // handed to it again, for want of an acknowledgement
	Recall                   // its session is gone and it was not acknowledged: it waits again
	Receive                  // it has left, and that is worth a state
	Answer                   // the device answered success, or none is awaited and it has left
	Refuse                   // the device answered failure, or cannot be reached at all
	TimeOut                  // its time is over
	Expire                   // its lifetime in the cache is over
	Cancel                   // somebody took it back
)

var eventNames = [...]string{"", "publish", "repeat", "recall", "receive", "answer", "refuse", "time_out", "expire", "cancel"}

func (e Event) String() string { return eventNames[e] }

// transitions is the one table of what may follow what. What is not in it does not happen.
var transitions = map[State]map[Event]State{
	Waiting:   {Publish: Sent, Refuse: Failed, TimeOut: Failed, Expire: Expired, Cancel: Canceled},
	Sent:      {Repeat: Sent, Recall: Waiting, Receive: Delivered, Answer: Succeeded, Refuse: Failed, TimeOut: TimedOut},
	Delivered: {Answer: Succeeded, Refuse: Failed, TimeOut: TimedOut},
}

// Next returns the state after e, and false with s itself where e cannot happen in s.
func (s State) Next(e Event) (State, bool) {
	next, ok := transitions[s][e]
	if !ok {
		return s, false
	}
	return next, true
}
