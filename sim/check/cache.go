package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

// The rules about what waits.

func cacheOrder(q *queue, f *fact, _ Limits) error {
	if f.kind != Published {
		return nil
	}
	cmd, l := f.cmd, q.line(f)
	if err := q.inTheWay(l, f); err != nil {
		return err
	}
	if !f.isCached() {
		if order := l.behind[cmd]; order > 0 && len(l.waiting) > 0 && l.waiting[0].order < order {
			return fmt.Errorf("it passed %s, which was waiting before it", q.h.called(l.waiting[0].cmd))
		}
		return nil
	}
	switch {
	case place(l.waiting, cmd) < 0:
		return errors.New("it was published and was not waiting")
	case l.waiting[0].cmd != cmd:
		return fmt.Errorf("it was published before %s, which was accepted earlier", q.h.called(l.waiting[0].cmd))
	}
	return nil
}

// inTheWay looks for a command of the lane whose end a publishing should have waited for.
func (q *queue) inTheWay(l *line, f *fact) error {
	switch {
	case f.order() == platform.SerializeNone:
		return nil
	case len(l.open) > 0 && f.isCached():
		return fmt.Errorf("it was published before the end of %s", q.h.called(l.open[0].cmd))
	case len(l.open) > 0:
		return fmt.Errorf("it was published before the end of %s, which is cached", q.h.called(l.open[0].cmd))
	case len(l.alone) > 0:
		return fmt.Errorf("it was published before the end of %s, which goes alone", q.h.called(l.alone[0]))
	}
	return nil
}

// cacheLimit lets a command beyond the limit be accepted, since a refusal follows acceptance, but not be queued.
func cacheLimit(q *queue, f *fact, l Limits) error {
	limit := l.of(q.device, f.lane())
	if limit == 0 || !f.isCached() {
		return nil
	}
	waiting := q.line(f).waiting
	at := place(waiting, f.cmd)
	if at < 0 {
		return nil
	}
	switch others := len(waiting) - 1; {
	case q.h.refusedAsFull(f) && others < limit:
		return fmt.Errorf("it was refused for a full cache, and %d of %d were waiting", others, limit)
	case f.kind == Queued && at >= limit:
		return fmt.Errorf("it was number %d to wait, and the limit is %d", at+1, limit)
	}
	return nil
}

// Window is how many messages may surely be on their way to a device. Whether more have left is not in a history.
const Window = 128

// idleQueue looks at the commands that ran out of time unsent. One whose time was over when the lane became free had to
// wait, and so had one for whose message there may have been no room. One that was never queued had its turn when it came,
// and on a machine that stood still it was over by then; and so it was with one that had its turn in the same breath in
// which it was made free. A device that has left is not there, whoever has seen that.
func idleQueue(q *queue, f *fact, limits Limits) error {
	if f.kind != Ended || !q.online || q.full || q.sent >= Window {
		return nil
	}
	cause := q.h.words.text(f.word)
	if cause != platform.ErrExpired.Error() && cause != platform.ErrNotSent.Error() {
		return nil
	}
	l, from := q.line(f), q.waitsSince(f.cmd)
	over := f.at - f.limit // Ended: limit is the overshoot
	if from == never || l.blocked() {
		return nil
	}
	from = max(from, q.since, l.free)
	if over-from <= int64(limits.Slack) || from >= q.cause && q.inTurn(f) {
		return nil
	}
	err := fmt.Errorf("it waited %v until its time was over, with its device there and nothing in its way", offset(over-from))
	if min(over, q.left)-from <= farewell {
		return unlessGoing{err}
	}
	return err
}

func cacheLifetime(c *command) error {
	limit := c.first(Accepted).limit
	for i := range c.facts {
		if f := &c.facts[i]; f.kind == Published && f.at >= limit {
			return fmt.Errorf("it was published %v after its lifetime", offset(f.at-limit))
		}
	}
	if f := c.first(Ended); f != nil && f.state() == platform.Expired {
		if f.at < limit && limit == never {
			return errors.New("it expired, and its lifetime was endless")
		}
		if f.at < limit {
			return fmt.Errorf("it expired %v before its lifetime was over", offset(limit-f.at))
		}
		if c.number(Published) > c.number(Recalled) {
			return errors.New("it expired and had been published")
		}
	}
	return nil
}
