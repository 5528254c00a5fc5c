package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

// Rule is an invariant: it holds in every run, whatever was configured. It looks at commands one by one when they have
// settled, at the queue of a device before each fact that changes it, or at the facts that belong to no command.
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
	{Name: "published-once", About: accepted, Command: publishedOnce,
		Doc: "A command is published once, and once more for each time that it was recalled from a session that is gone, under a number that no other has had."},
	{Name: "honest-timeout", About: timedOut, Command: honestTimeout,
		Doc: "No timeout before its limit: not on the platform, and not for the caller. None with less time for the answer than the caller asked for. The overshoot is what it is said to be, and so is what was timed out: an answer or a receipt after publishing, or the sending."},
	{Name: "known-ending", About: ended, Command: knownEnding,
		Doc: "A command ends in one of the ways there are, with the state and the cause of that way, and nothing is sent after it."},
	{Name: "late-is-late", About: accepted, Command: lateIsLate,
		Doc: "A command takes one answer, while it is open. Later, repeated, foreign and unknown ones change nothing."},
	{Name: "right-answer", About: called, Command: rightAnswer,
		Doc: "A caller gets the answer to its own command, and hears of it what the platform decided."},
	{Name: "cache-order", About: inOrder, Queue: cacheOrder,
		Doc: "Cached commands of a lane are published in the order of acceptance, each after the end of the one before unless the lane has none wait; no instant command passes a waiting one, or one on its way that others wait for."},
	{Name: "cache-limit", About: inCache, Queue: cacheLimit,
		Doc: "No lane of a device has more waiting cached commands than its limit, and none is refused for a full cache below it."},
	{Name: "cache-lifetime", About: inCache, Command: cacheLifetime,
		Doc: "A cached command is published before its lifetime is over, or never; and it does not expire earlier."},
	{Name: "idle-queue", About: accepted, Queue: idleQueue,
		Doc: "No command waits in a queue until its time is over while its device is there and nothing is in its way."},
	{Name: "offline-is-true", About: instant, Queue: offlineIsTrue,
		Doc: "A device is called away or inactive only while it is, and an instant command to one that is away fails in the same instant."},
	{Name: "one-copy", About: sentOrSeen, Command: oneCopy, Stray: ghost,
		Doc: "A device sees a command at most as often as it was published or sent again, and no device sees another's, or one that was not published."},
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

// inOrder is about instant commands, too, where each of its lane goes alone.
func inOrder(c *command) bool {
	f := c.first(Accepted)
	return f != nil && (f.isCached() || f.order() == platform.SerializeAll)
}

// sentOrSeen leaves out what devices saw of a platform that tells nothing.
func sentOrSeen(c *command) bool { return c.h.watched && (c.has(Published) || c.has(Seen)) }

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
