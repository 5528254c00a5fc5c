package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

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
	case matched == nil && c.answered():
		return fmt.Errorf("it ended as %s without having taken an answer", ended.state())
	}
	for i := range c.facts {
		if err := c.strayReply(&c.facts[i], matched, ended, sent); err != nil {
			return err
		}
	}
	return nil
}

// answered tells whether its ending is a device's answer.
func (c *command) answered() bool {
	return c.endedAs(platform.Succeeded) || c.cause() == platform.ErrDevice.Error()
}

// strayReply checks that a late reply came after the deadline or the ending, and a duplicate after an answer.
func (c *command) strayReply(f, matched, ended, sent *fact) error {
	switch {
	case f.kind == Late && sent != nil && f.at <= sent.limit && (ended == nil || f.at < ended.at):
		return errors.New("an answer in time was taken for a late one")
	case f.kind == Duplicate && (matched == nil || f.at < matched.at):
		return errors.New("an answer was taken for a duplicate and is the first")
	}
	return nil
}

func rightAnswer(c *command) error {
	done := c.first(Done)
	if done.wire != 0 {
		sent := c.first(Published)
		if sent == nil || sent.wire != done.wire {
			return errors.New("its caller got the answer to another command")
		}
	}
	if err := c.refusedInTruth(done.outcome()); err != nil {
		return err
	}
	if done.isCached() || c.cached() {
		return nil // its caller was answered when it was accepted
	}
	return c.heardTheTruth(done.outcome())
}

// refusedInTruth compares what a caller was told of a refusal with the ending. A command that was not accepted has none.
func (c *command) refusedInTruth(o platform.Kind) error {
	if !c.has(Accepted) {
		return nil
	}
	cause := c.cause()
	full := cause == platform.ErrCacheFull.Error()
	away := cause == platform.ErrOffline.Error() || cause == platform.ErrInactive.Error()
	switch {
	case o == platform.OK && full:
		return errors.New("its caller was told that it is in the cache, and it was refused")
	case o == platform.Rejected && !full && cause != platform.ErrEncoding.Error():
		return fmt.Errorf("its caller was told that it was rejected, and it was not: %s", c.story())
	case o == platform.Offline && c.has(Published):
		return errors.New("its caller was told that the device is away, and it had been published")
	case o == platform.Offline && !away:
		return fmt.Errorf("its caller was told that the device is away, and that was not its ending: %s", c.story())
	}
	return nil
}

// story says in a few words how a command ended.
func (c *command) story() string {
	f := c.first(Ended)
	switch {
	case f == nil:
		return "it has no ending"
	case f.word == 0:
		return "it " + f.state().String()
	}
	return c.cause()
}

// heardTheTruth compares an instant call's outcome with the command's ending. A broken call may hide any.
func (c *command) heardTheTruth(o platform.Kind) error {
	switch {
	case o == platform.OK && !c.has(Matched):
		return errors.New("its caller got a success and no device answered")
	case o == platform.OK && !c.answered():
		return fmt.Errorf("its caller got a success and it ended otherwise: %s", c.story())
	case o == platform.Timeout && c.answered():
		return errors.New("its caller got a timeout and the device's answer had been taken")
	case o == platform.DeviceError && !c.has(Matched):
		return errors.New("its caller got a device's error and no device answered")
	case o == platform.DeviceError && c.cause() != platform.ErrDevice.Error():
		return fmt.Errorf("its caller got a device's error and it ended otherwise: %s", c.story())
	case o == platform.Timeout && c.has(Ended) && !c.timeLike():
		return fmt.Errorf("its caller got a timeout and it ended otherwise: %s", c.story())
	}
	return nil
}

// timeLike tells whether a vendor may call its ending a timeout: its time was over, or it was taken back before.
func (c *command) timeLike() bool {
	switch c.cause() {
	case platform.ErrCanceled.Error(), platform.ErrExpired.Error(), platform.ErrClosed.Error():
		return true
	}
	return c.timerFired()
}
