package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

// Rule is an invariant: it holds in every run, whatever was configured. It looks at commands one by one, at the queue of
// a device before each of its facts, or at the facts that belong to no command.
type Rule struct {
	Name, Doc string
	About     func(*command) bool // which commands it is about
	Command   func(*command) error
	Queue     func(*queue, *fact, Limits) error
	Stray     func(*fact) error
}

// Rules is all of them.
var Rules = []Rule{
	{Name: "one-ending", About: touched, Command: oneEnding,
		Doc: "An accepted command ends at most once, and a sent call is done exactly once. (That it ends at all is nothing-pending.)"},
	{Name: "honest-timeout", About: timedOut, Command: honestTimeout,
		Doc: "No timeout before its limit: not on the platform, and not for the caller. The overshoot is what it is said to be, and so is what was timed out: an answer after publishing, or the sending."},
	{Name: "known-ending", About: ended, Command: knownEnding,
		Doc: "A command ends in one of the ways there are, with the state and the cause of that way, and nothing is sent after it."},
	{Name: "late-is-late", About: accepted, Command: lateIsLate,
		Doc: "A command takes one answer, while it is open. Later, repeated, foreign and unknown ones change nothing."},
	{Name: "right-answer", About: called, Command: rightAnswer,
		Doc: "A caller gets the answer to its own command, and hears of it what the platform decided."},
	{Name: "cache-order", About: inCache, Queue: cacheOrder,
		Doc: "Cached commands of a device are published in the order of acceptance, each after the end of the one before; no instant command passes a waiting one, or one on its way."},
	{Name: "cache-limit", About: inCache, Queue: cacheLimit,
		Doc: "No device has more waiting cached commands than the limit, and none is refused for a full cache below it."},
	{Name: "cache-lifetime", About: inCache, Command: cacheLifetime,
		Doc: "A cached command is published before its lifetime is over, or never; and it does not expire earlier."},
	{Name: "offline-is-true", About: instant, Queue: offlineIsTrue,
		Doc: "A device is called away or inactive only while it is, and an instant command to one that is away fails in the same instant."},
	{Name: "one-copy", About: sentOrSeen, Command: oneCopy, Stray: ghost,
		Doc: "A device sees a command at most as often as it was published, and no device sees another's, or one that was not published."},
	{Name: "conservation", About: arrival, Command: conservation,
		Doc: "An arrival is due once, and then either sent and done or dropped."},
	{Name: "nothing-pending", About: accepted, Command: nothingPending,
		Doc: "When the run is over every accepted command has its ending. The platform's close is none for a command whose limit had passed."},
}

func accepted(c *command) bool { return c.has(Accepted) }
func called(c *command) bool   { return c.h.watched && c.has(Done) }
func inCache(c *command) bool  { f := c.first(Accepted); return f != nil && f.isCached() }
func instant(c *command) bool  { f := c.first(Accepted); return f != nil && !f.isCached() }
func ended(c *command) bool    { return c.has(Ended) }
func arrival(c *command) bool  { return c.has(Due) || c.has(Sent) || c.has(Done) || c.has(Dropped) }
func touched(c *command) bool  { return c.has(Accepted) || c.has(Sent) || c.has(Ended) || c.has(Done) }

func sentOrSeen(c *command) bool { return c.has(Published) || c.has(Seen) }

func timedOut(c *command) bool {
	if f := c.first(Done); f != nil && f.outcome() == platform.Timeout {
		return true
	}
	return c.timerFired()
}

// timerFired tells whether the platform ended it because its time was over; expiry is another matter.
func (c *command) timerFired() bool {
	switch c.cause() {
	case platform.ErrUnanswered.Error(), platform.ErrNotSent.Error():
		return true
	}
	return c.endedAs(platform.TimedOut)
}

func oneEnding(c *command) error {
	switch n := c.number(Ended); {
	case n > 1:
		return fmt.Errorf("it ended %d times", n)
	case n == 1 && !c.has(Accepted):
		return errors.New("it ended without having been accepted")
	case c.number(Accepted) > 1:
		return fmt.Errorf("it was accepted %d times", c.number(Accepted))
	}
	if sent, done := c.number(Sent), c.number(Done); done != sent {
		return fmt.Errorf("it was sent %d times and done %d times", sent, done)
	}
	return nil
}

func honestTimeout(c *command) error {
	if err := c.rightTimeout(); err != nil {
		return err
	}
	limit := c.deadline()
	if limit == nil {
		return nil
	}
	if f := c.first(Ended); f != nil && c.timerFired() {
		over := f.at - limit.limit
		if over < 0 {
			return fmt.Errorf("the platform ended it %v before its deadline", -offset(over))
		}
		if f.limit != over {
			return fmt.Errorf("its overshoot is said to be %v and is %v", offset(f.limit), offset(over))
		}
	}
	return c.heardInTime(limit)
}

// rightTimeout compares the kind of a timeout with what went before it.
func (c *command) rightTimeout() error {
	cause, sent := c.cause(), c.has(Published)
	unanswered := cause == platform.ErrUnanswered.Error()
	done := c.first(Done)
	switch {
	case unanswered != c.endedAs(platform.TimedOut):
		return fmt.Errorf("it ended as %s, because: %s", c.first(Ended).state(), reason(cause))
	case unanswered && !sent:
		return errors.New("it ended for want of an answer, and had never been published")
	case cause == platform.ErrNotSent.Error() && sent:
		return errors.New("it ended as not sent in time, and had been published")
	case c.h.watched && done != nil && done.outcome() == platform.Timeout && !c.has(Accepted):
		return errors.New("its caller heard of a timeout, and it was never accepted")
	}
	return nil
}

// reason is a cause in words.
func reason(cause string) string {
	if cause == "" {
		return "no cause"
	}
	return cause
}

// heardInTime tells whether the caller heard of a timeout no earlier than its limit. A command that was taken back, or
// lost its platform, may look like a timeout earlier.
func (c *command) heardInTime(limit *fact) error {
	done := c.first(Done)
	if done == nil || done.outcome() != platform.Timeout || c.has(Ended) && !c.timerFired() {
		return nil
	}
	if early := limit.limit - done.at; early > 0 {
		return fmt.Errorf("its caller heard of the timeout %v before its deadline", offset(early))
	}
	return nil
}

// deadline is the fact that set the present limit of a command: its publishing, or else the acceptance of an instant
// one. The acceptance of a cached one sets a lifetime, which is no deadline.
func (c *command) deadline() *fact {
	if f := c.first(Published); f != nil {
		return f
	}
	if f := c.first(Accepted); f != nil && !f.isCached() {
		return f
	}
	return nil
}

// ending is one way in which a command can end.
type ending struct {
	state platform.State
	cause error
	sent  bool // it had been published
	modes modes
}

type modes uint8

const (
	anyMode modes = iota
	onlyInstant
	onlyCached
)

// endings are the ways there are.
var endings = []ending{
	{platform.Succeeded, nil, true, anyMode},
	{platform.Failed, platform.ErrDevice, true, anyMode},
	{platform.TimedOut, platform.ErrUnanswered, true, anyMode},
	{platform.Failed, platform.ErrNotSent, false, onlyInstant},
	{platform.Failed, platform.ErrOffline, false, onlyInstant},
	{platform.Failed, platform.ErrInactive, false, onlyInstant},
	{platform.Expired, platform.ErrExpired, false, onlyCached},
	{platform.Failed, platform.ErrCacheFull, false, onlyCached},
	{platform.Failed, platform.ErrEncoding, false, anyMode},
	{platform.Canceled, platform.ErrCanceled, false, anyMode},
	{platform.Canceled, platform.ErrClosed, false, anyMode},
	{platform.Failed, platform.ErrClosed, true, anyMode},
}

// fits tells whether a command with that state and cause can have ended so.
func (e ending) fits(c *command, s platform.State, cause string) bool {
	if e.state != s || e.sent != c.has(Published) || e.modes != anyMode && (e.modes == onlyCached) != c.cached() {
		return false
	}
	return e.cause == nil && cause == "" || e.cause != nil && e.cause.Error() == cause
}

func knownEnding(c *command) error {
	last, cause := c.first(Ended), c.cause()
	if f := c.first(Published); f != nil && f.at > last.at {
		return fmt.Errorf("it was published %v after it had ended", offset(f.at-last.at))
	}
	for _, e := range endings {
		if e.fits(c, last.state(), cause) {
			return nil
		}
	}
	mode, sent := platform.Instant, "unsent"
	if c.cached() {
		mode = platform.Cached
	}
	if c.has(Published) {
		sent = "published"
	}
	return fmt.Errorf("no %s command, %s, ends as %s, because: %s", mode, sent, last.state(), reason(cause))
}

func conservation(c *command) error {
	due, sent, done, dropped := c.number(Due), c.number(Sent), c.number(Done), c.number(Dropped)
	switch {
	case due != 1:
		return fmt.Errorf("it was due %d times", due)
	case sent+dropped != 1:
		return fmt.Errorf("it was sent %d times and dropped %d times", sent, dropped)
	case done > sent:
		return errors.New("it was done without having been sent")
	case done < sent:
		return errors.New("it was sent and never done")
	}
	return nil
}

func nothingPending(c *command) error {
	switch {
	case !c.has(Ended):
		return errors.New("it has no ending")
	case c.pending():
		return fmt.Errorf("nothing ended it but the platform's close, %v after its limit", offset(c.overdue()))
	}
	return nil
}
