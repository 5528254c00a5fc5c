package check

import (
	"errors"
	"fmt"
	"time"

	"fleetdrill/platform"
)

// The rule about timeouts.

func timedOut(c *command) bool {
	if f := c.first(Done); f != nil && f.outcome() == platform.Timeout {
		return true
	}
	return c.timerFired()
}

// timerFired tells whether the platform ended it because its time was over; expiry is another matter.
func (c *command) timerFired() bool {
	switch c.cause() {
	case platform.ErrUnanswered.Error(), platform.ErrUnreceived.Error(), platform.ErrNotSent.Error():
		return true
	}
	return c.endedAs(platform.TimedOut)
}

func honestTimeout(c *command) error {
	if err := c.rightTimeout(); err != nil {
		return err
	}
	limit := c.deadline()
	if limit == nil {
		return nil
	}
	if asked := c.asked(); limit.kind == Published && asked > 0 && limit.limit-limit.at < int64(asked) {
		return fmt.Errorf("it was given %v for its answer, and its caller asked for %v", offset(limit.limit-limit.at), asked)
	}
	if f := c.first(Ended); f != nil && c.timerFired() {
		over := f.at - limit.limit
		if limit.limit == never {
			return errors.New("the platform ended it, and it had no deadline")
		}
		if over < 0 {
			return fmt.Errorf("the platform ended it %v before its deadline", -offset(over))
		}
		if f.limit != over {
			return fmt.Errorf("its overshoot is said to be %v and is %v", offset(f.limit), offset(over))
		}
	}
	return c.heardInTime(limit)
}

// asked is how much time for its answer its caller asked for; 0 if that is not known, or no answer is awaited.
func (c *command) asked() time.Duration {
	load, _, ok := c.h.call(c.ref)
	if !ok || c.limits.Timeout == nil || c.oneWay() {
		return 0
	}
	return c.limits.Timeout(load)
}

// rightTimeout compares the kind of a timeout with what went before it.
func (c *command) rightTimeout() error {
	cause, done := c.cause(), c.first(Done)
	unanswered, unreceived := cause == platform.ErrUnanswered.Error(), cause == platform.ErrUnreceived.Error()
	switch {
	case (unanswered || unreceived) != c.endedAs(platform.TimedOut):
		return fmt.Errorf("it ended as %s, because: %s", c.first(Ended).state(), reason(cause))
	case (unanswered || unreceived) && !c.has(Published):
		return errors.New("it ended for want of an answer, and had never been published")
	case (unanswered || unreceived) && !c.out():
		return errors.New("it ended for want of an answer, and had been recalled")
	case unreceived && c.has(Received):
		return errors.New("it ended for want of a receipt, and had one")
	case cause == platform.ErrNotSent.Error() && c.has(Published):
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
	if early := limit.limit - done.at; early > 0 && limit.limit != never {
		return fmt.Errorf("its caller heard of the timeout %v before its deadline", offset(early))
	}
	return nil
}

// deadline is the fact that set the last limit of a command: its publishing or its receipt, or else the acceptance of an
// instant one. The acceptance of a cached one sets a lifetime, which is no deadline.
func (c *command) deadline() *fact {
	if f := c.last(Published, Received); f != nil {
		return f
	}
	if f := c.first(Accepted); f != nil && !f.isCached() {
		return f
	}
	return nil
}
