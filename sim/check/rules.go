package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

// Rule is an invariant: it holds in every run, whatever was configured. It looks at commands one by one, or at the
// queue of a device before each of its facts.
type Rule struct {
	Name, Doc string
	About     func(*command) bool // which commands it is about
	Command   func(*command) error
	Queue     func(*queue, *fact, Limits) error
}

// Rules is all of them.
var Rules = []Rule{
	{Name: "one-ending", About: touched, Command: oneEnding,
		Doc: "An accepted command ends at most once, and a sent call is done exactly once. (That it ends at all is nothing-pending.)"},
	{Name: "published-once", About: accepted, Command: publishedOnce,
		Doc: "A command is published once, and once more for each time that it was recalled from a session that is gone."},
	{Name: "honest-timeout", About: timedOut, Command: honestTimeout,
		Doc: "No timeout before its limit: not on the platform, and not for the caller. The overshoot is what it is said to be."},
	{Name: "late-is-late", About: accepted, Command: lateIsLate,
		Doc: "A command takes one answer, while it is open. Later, repeated, foreign and unknown ones change nothing."},
	{Name: "right-answer", About: called, Command: rightAnswer,
		Doc: "A caller gets the answer to its own command, and hears of it what the platform decided."},
	{Name: "cache-order", About: inCache, Queue: cacheOrder,
		Doc: "Cached commands of a device are published in the order of acceptance, each after the end of the one before unless its lane has none wait; no instant command passes a waiting one."},
	{Name: "cache-limit", About: inCache, Queue: cacheLimit,
		Doc: "No device has more waiting cached commands than the limit, and none is refused for a full cache below it."},
	{Name: "cache-lifetime", About: inCache, Command: cacheLifetime,
		Doc: "A cached command is published before its lifetime is over, or never; and it does not expire earlier."},
	{Name: "conservation", About: arrival, Command: conservation,
		Doc: "An arrival is due once, and then either sent and done or dropped."},
	{Name: "nothing-pending", About: accepted, Command: nothingPending,
		Doc: "When the run is over every accepted command has its ending."},
}

func accepted(c *command) bool { return c.has(Accepted) }
func called(c *command) bool   { return c.h.watched && c.has(Done) }
func inCache(c *command) bool  { f := c.first(Accepted); return f != nil && f.isCached() }
func arrival(c *command) bool  { return c.has(Due) || c.has(Sent) || c.has(Done) || c.has(Dropped) }
func touched(c *command) bool  { return c.has(Accepted) || c.has(Sent) || c.has(Ended) || c.has(Done) }

func timedOut(c *command) bool {
	if f := c.first(Done); f != nil && f.outcome() == platform.Timeout {
		return true
	}
	return c.timerFired()
}

// timerFired tells whether the platform ended it because its time was over; expiry is another matter.
func (c *command) timerFired() bool {
	return c.endedAs(platform.TimedOut) || c.cause() == platform.ErrNotSent.Error()
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

func publishedOnce(c *command) error {
	if n, again := c.number(Published), c.number(Recalled); n > again+1 {
		return fmt.Errorf("it was published %d times and recalled %d times", n, again)
	}
	return nil
}

func honestTimeout(c *command) error {
	limit := c.deadline()
	if limit == nil {
		return nil
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
	for i := len(c.facts) - 1; i >= 0; i-- {
		if f := &c.facts[i]; f.kind == Published || f.kind == Received {
			return f
		}
	}
	if f := c.first(Accepted); f != nil && !f.isCached() {
		return f
	}
	return nil
}

func lateIsLate(c *command) error {
	if n := c.number(Matched); n > 1 {
		return fmt.Errorf("it took %d answers", n)
	}
	matched, ended, sent := c.first(Matched), c.first(Ended), c.first(Published)
	switch {
	case matched != nil && sent == nil:
		return errors.New("it took an answer without having been published")
	case matched != nil && ended != nil && matched.at > ended.at:
		return fmt.Errorf("it took an answer %v after it had ended", offset(matched.at-ended.at))
	case matched != nil && c.timerFired():
		return errors.New("it took an answer and timed out all the same")
	case matched == nil && c.answered() && !c.delivered():
		return fmt.Errorf("it ended as %s without having taken an answer", ended.state())
	}
	for i := range c.facts {
		if err := c.strayReply(i, matched, ended); err != nil {
			return err
		}
	}
	return nil
}

// answered tells whether its ending is a device's answer.
func (c *command) answered() bool {
	return c.endedAs(platform.Succeeded) || c.cause() == platform.ErrDevice.Error()
}

// delivered tells whether it is a message, whose ending is that it has left.
func (c *command) delivered() bool {
	f := c.first(Received)
	return f != nil && f.isOneWay()
}

// strayReply checks that a late reply came after the deadline or the ending, or while its command waited anew, and a
// duplicate after an answer.
func (c *command) strayReply(i int, matched, ended *fact) error {
	f, sent := &c.facts[i], c.awaited(i)
	switch {
	case f.kind == Late && sent != nil && f.at <= sent.limit && (ended == nil || f.at < ended.at):
		return errors.New("an answer in time was taken for a late one")
	case f.kind == Duplicate && (matched == nil || f.at < matched.at):
		return errors.New("an answer was taken for a duplicate and is the first")
	}
	return nil
}

// awaited is the fact that set the deadline of the answer that was awaited before fact i; nil if there was none.
func (c *command) awaited(i int) *fact {
	for i--; i >= 0; i-- {
		switch f := &c.facts[i]; f.kind {
		case Published, Received:
			return f
		case Recalled:
			return nil
		}
	}
	return nil
}

func rightAnswer(c *command) error {
	done := c.first(Done)
	if done.wire != 0 {
		sent, accepted := c.first(Published), c.first(Accepted)
		if sent == nil || sent.wire != done.wire && accepted.wire != done.wire {
			return errors.New("its caller got the answer to another command")
		}
	}
	if done.isCached() || done.isAtOnce() || c.cached() {
		return nil // its caller was answered when it was accepted
	}
	return c.heardTheTruth(done.outcome())
}

// heardTheTruth compares an instant call's outcome with the command's ending. A broken call may hide any.
func (c *command) heardTheTruth(o platform.Kind) error {
	switch {
	case o == platform.OK && !c.has(Matched):
		return errors.New("its caller got a success and no device answered")
	case o == platform.OK && !c.answered():
		return fmt.Errorf("its caller got a success and it ended otherwise: %s", c.cause())
	case o == platform.Timeout && c.answered():
		return errors.New("its caller got a timeout and the device's answer had been taken")
	case o == platform.DeviceError && !c.has(Matched):
		return errors.New("its caller got a device's error and no device answered")
	case o == platform.Offline && c.has(Published):
		return errors.New("its caller was told that the device is away, and it had been published")
	}
	return nil
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
	if !c.has(Ended) {
		return errors.New("it has no ending")
	}
	return nil
}
