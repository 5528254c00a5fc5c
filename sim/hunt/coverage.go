package hunt

import (
	"fmt"
	"slices"
	"sync"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/sim/trace"
)

// Coverage notes what the commands of a run went through: the states and transitions of the platform's table, why they
// ended, in the platform's words and in those of explain, and the other things that a platform sees. Note may be called concurrently.
type Coverage struct {
	mu    sync.Mutex
	state map[platform.ID]platform.State
	seen  map[string]int
}

// NewCoverage makes one for a run.
func NewCoverage() *Coverage {
	return &Coverage{state: map[platform.ID]platform.State{}, seen: map[string]int{}}
}

// Note takes a fact of the platform; it is meant for platform.Config.Observe.
func (c *Coverage) Note(f *platform.Fact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Answered {
		c.seen["fact "+platform.Matched.String()]++
	}
	switch event, ok := eventOf(f); {
	case f.Kind == platform.Accepted:
		c.state[f.ID] = platform.Waiting
		c.seen[stateItem(platform.Waiting)]++
	case ok:
		c.stepLocked(f, event)
	default:
		c.seen["fact "+f.Kind.String()]++
	}
}

func (c *Coverage) stepLocked(f *platform.Fact, e platform.Event) {
	from := c.state[f.ID]
	to, ok := from.Next(e)
	if !ok {
		return // the invariants have a word for it
	}
	c.seen[transitionItem(from, e, to)]++
	if to != from {
		c.seen[stateItem(to)]++
	}
	c.state[f.ID] = to
	if f.Kind == platform.Ended {
		delete(c.state, f.ID)
		if f.Err != nil {
			c.seen["reason "+f.Err.Error()]++
		}
	}
}

// eventOf is the event that a fact tells of.
func eventOf(f *platform.Fact) (platform.Event, bool) {
	switch f.Kind {
	case platform.Published:
		return platform.Publish, true
	case platform.Resent:
		return platform.Repeat, true
	case platform.Recalled:
		return platform.Recall, true
	case platform.Received:
		return platform.Receive, true
	case platform.Ended:
		return endOf(f), true
	}
	return 0, false
}

func endOf(f *platform.Fact) platform.Event {
	switch f.State {
	case platform.Succeeded:
		return platform.Answer
	case platform.TimedOut:
		return platform.TimeOut
	case platform.Expired:
		return platform.Expire
	case platform.Canceled:
		return platform.Cancel
	}
	if f.Err == platform.ErrNotSent {
		return platform.TimeOut
	}
	return platform.Refuse
}

func stateItem(s platform.State) string { return "state " + s.String() }

func transitionItem(from platform.State, e platform.Event, to platform.State) string {
	return fmt.Sprintf("transition %s, %s: %s", from, e, to)
}

// Seen is how often each item was seen.
func (c *Coverage) Seen() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

// Items is everything that can be seen, by kind. What a scenario can never show, because its dialect or its calls have
// no such thing, is in it too.
func Items() []string {
	var list []string
	for s := platform.Waiting; s <= platform.Expired; s++ {
		list = append(list, stateItem(s))
	}
	for from := platform.Waiting; from <= platform.Expired; from++ {
		for e := platform.Publish; e <= platform.Cancel; e++ {
			if to, ok := from.Next(e); ok {
				list = append(list, transitionItem(from, e, to))
			}
		}
	}
	for _, c := range trace.Causes {
		list = append(list, "cause "+string(c))
	}
	for _, err := range reasons {
		list = append(list, "reason "+err.Error())
	}
	for k := platform.Accepted; k <= platform.CallerGone; k++ {
		if _, ok := eventOf(&platform.Fact{Kind: k}); !ok && k != platform.Accepted {
			list = append(list, "fact "+k.String())
		}
	}
	return list
}

// reasons are the platform's words for why a command of a drill ended without success. ErrClosed is not among them: a drill
// waits.
var reasons = []error{platform.ErrDevice, platform.ErrUnanswered, platform.ErrUnreceived, platform.ErrNotSent, platform.ErrOffline,
	platform.ErrInactive, platform.ErrExpired, platform.ErrCacheFull, platform.ErrReplaced, platform.ErrUnsubscribed,
	platform.ErrEncoding, platform.ErrCanceled}

// Unseen is the part of Items that is not in seen.
func Unseen(seen map[string]int) []string {
	return slices.DeleteFunc(Items(), func(item string) bool { return seen[item] > 0 })
}

// Ended notes how commands ended, in the words of explain.
func (c *Coverage) Ended(loads []report.Load) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range loads {
		for cause, n := range l.Causes {
			c.seen["cause "+cause] += int(n)
		}
	}
}
