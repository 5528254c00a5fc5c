package check

import (
	"fmt"

	"fleetdrill/platform"
)

// ending is one way in which a command can end.
type ending struct {
	state platform.State
	cause error
	out   bool                // it was published, and not recalled since
	only  func(*command) bool // nil: any command
}

// endings are the ways there are. A command that is out may be delivered; what can happen to it is then the same, but
// that it cannot be unreceived.
var endings = []ending{
	{platform.Succeeded, nil, true, awaitsAnswer},
	{platform.Succeeded, nil, true, (*command).delivered},
	{platform.Failed, platform.ErrDevice, true, awaitsAnswer},
	{platform.TimedOut, platform.ErrUnanswered, true, awaitsAnswer},
	{platform.TimedOut, platform.ErrUnreceived, true, unreceived},
	{platform.Failed, platform.ErrNotSent, false, instant},
	{platform.Failed, platform.ErrOffline, false, instant},
	{platform.Failed, platform.ErrOffline, true, endlessMessage},
	{platform.Failed, platform.ErrInactive, false, instant},
	{platform.Expired, platform.ErrExpired, false, inCache},
	{platform.Failed, platform.ErrCacheFull, false, inCache},
	{platform.Failed, platform.ErrReplaced, false, inCache},
	{platform.Failed, platform.ErrUnsubscribed, false, nil},
	{platform.Failed, platform.ErrEncoding, false, nil},
	{platform.Canceled, platform.ErrCanceled, false, nil},
	{platform.Canceled, platform.ErrClosed, false, nil},
	{platform.Failed, platform.ErrClosed, true, nil},
	{platform.Canceled, platform.ErrCrashed, false, volatile},
	{platform.Failed, platform.ErrCrashed, true, crashed},
	{platform.Failed, platform.ErrUnknownDevice, false, nil},
	{platform.Failed, platform.ErrUnknownDevice, true, nil},
}

func awaitsAnswer(c *command) bool { return !c.oneWay() }
func unreceived(c *command) bool   { return !c.has(Received) }

// endlessMessage tells whether it is a message whose time cannot run out: it fails when its session is gone.
func endlessMessage(c *command) bool {
	return c.oneWay() && unreceived(c) && c.endless()
}

// fits tells whether a command with that state and cause can have ended so.
func (e ending) fits(c *command, s platform.State, cause string) bool {
	if e.state != s || e.out != c.out() || e.only != nil && !e.only(c) {
		return false
	}
	return e.cause == nil && cause == "" || e.cause != nil && e.cause.Error() == cause
}

func knownEnding(c *command) error {
	last, cause := c.first(Ended), c.cause()
	for i := range c.facts {
		if f := &c.facts[i]; (f.kind == Published || f.kind == Resent) && f.at > last.at {
			return fmt.Errorf("it was %s %v after it had ended", f.kind, offset(f.at-last.at))
		}
	}
	for _, e := range endings {
		if e.fits(c, last.state(), cause) {
			return nil
		}
	}
	return fmt.Errorf("no %s, %s, ends as %s, because: %s", c.noun(), c.standing(), last.state(), reason(cause))
}

// noun is what kind of command it is.
func (c *command) noun() string {
	mode := platform.Instant
	if c.cached() {
		mode = platform.Cached
	}
	if c.oneWay() {
		return mode.String() + " message"
	}
	return mode.String() + " command"
}

// standing is how far it had come.
func (c *command) standing() string {
	switch {
	case !c.has(Published):
		return "unsent"
	case !c.out():
		return "recalled"
	case c.has(Received):
		return "received"
	}
	return "published"
}
