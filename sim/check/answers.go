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

// strayReply checks that a late reply came after the deadline or the ending, or while its command waited anew, and a
// duplicate after an answer.
func (c *command) strayReply(i int, matched, ended *fact) error {
	switch f := &c.facts[i]; f.kind {
	case Late:
		sent := c.awaited(i)
		if sent != nil && f.at <= sent.limit && (ended == nil || f.at < ended.at) {
			return errors.New("an answer in time was taken for a late one")
		}
	case Duplicate:
		if matched == nil || f.at < matched.at {
			return errors.New("an answer was taken for a duplicate and is the first")
		}
	}
	return nil
}

// awaited is the fact that set the deadline of the answer that was awaited before fact i; nil if there was none.
func (c *command) awaited(i int) *fact {
	var sent *fact
	out := 0
	for j := range c.facts[:i] {
		switch f := &c.facts[j]; f.kind {
		case Published:
			sent = f
			out++
		case Received:
			sent = f
		case Recalled:
			out--
		}
	}
	if out <= 0 {
		return nil
	}
	return sent
}

func rightAnswer(c *command) error {
	done := c.first(Done)
	if done.wire != 0 {
		sent, accepted := c.first(Published), c.first(Accepted)
		if sent == nil || sent.wire != done.wire && (accepted == nil || accepted.wire != done.wire) {
			return errors.New("its caller got the answer to another command")
		}
	}
	if err := c.refusedInTruth(done); err != nil {
		return err
	}
	if done.isCached() || done.isAtOnce() || c.cached() {
		return nil // its caller was answered when it was accepted
	}
	return c.heardTheTruth(done.outcome())
}

// refusedInTruth compares what a caller was told of a refusal with the ending. A command that was not accepted has none.
// Of a call that is over at once a vendor may not say why it failed: that its device is away is then a guess.
func (c *command) refusedInTruth(done *fact) error {
	if !c.has(Accepted) {
		return nil
	}
	o, cause := done.outcome(), c.cause()
	full := cause == platform.ErrCacheFull.Error()
	refused := full || cause == platform.ErrEncoding.Error() || cause == platform.ErrUnsubscribed.Error() ||
		cause == platform.ErrUnknownDevice.Error()
	away := cause == platform.ErrOffline.Error() || cause == platform.ErrInactive.Error()
	switch {
	case o == platform.OK && full:
		return errors.New("its caller was told that it is in the cache, and it was refused")
	case o == platform.Rejected && !refused:
		return fmt.Errorf("its caller was told that it was rejected, and it was not: %s", c.story())
	case o == platform.Offline && c.has(Published) && !(away && c.oneWay()):
		return errors.New("its caller was told that the device is away, and it had been published")
	case o == platform.Offline && !away && !(done.isAtOnce() && refused):
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
	case o == platform.OK && !c.has(Matched) && !c.delivered():
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
