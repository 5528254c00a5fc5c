package check

import (
	"errors"
	"fmt"

	"fleetdrill/platform"
)

func cacheOrder(q *queue, f *fact, _ Limits) error {
	if f.kind != Published {
		return nil
	}
	cmd := int32(f.cmd)
	if !f.isCached() {
		if q.open != 0 {
			return fmt.Errorf("it was published before the end of %s, which is cached", q.h.name(int(q.open)-1))
		}
		if order := q.behind[cmd]; order > 0 && len(q.waiting) > 0 && q.waiting[0].order < order {
			return fmt.Errorf("it passed %s, which was waiting before it", q.h.name(int(q.waiting[0].cmd)-1))
		}
		return nil
	}
	switch {
	case q.open != 0:
		return fmt.Errorf("it was published before the end of %s", q.h.name(int(q.open)-1))
	case q.position(cmd) < 0:
		return errors.New("it was published and was not waiting")
	case q.waiting[0].cmd != cmd:
		return fmt.Errorf("it was published before %s, which was accepted earlier", q.h.name(int(q.waiting[0].cmd)-1))
	}
	return nil
}

// cacheLimit lets a command beyond the limit be accepted, since a refusal follows acceptance, but not be queued.
func cacheLimit(q *queue, f *fact, l Limits) error {
	if l.CachedPerDevice == 0 || !f.isCached() {
		return nil
	}
	at := q.position(int32(f.cmd))
	if at < 0 {
		return nil
	}
	switch others := len(q.waiting) - 1; {
	case q.h.refusedAsFull(f) && others < l.CachedPerDevice:
		return fmt.Errorf("it was refused for a full cache, and %d of %d were waiting", others, l.CachedPerDevice)
	case f.kind == Queued && at >= l.CachedPerDevice:
		return fmt.Errorf("it was number %d to wait, and the limit is %d", at+1, l.CachedPerDevice)
	}
	return nil
}

func cacheLifetime(c *command) error {
	limit := c.first(Accepted).limit
	if f := c.first(Published); f != nil && f.at >= limit {
		return fmt.Errorf("it was published %v after its lifetime", offset(f.at-limit))
	}
	if f := c.first(Ended); f != nil && f.state() == platform.Expired {
		if f.at < limit {
			return fmt.Errorf("it expired %v before its lifetime was over", offset(limit-f.at))
		}
		if c.has(Published) {
			return errors.New("it expired and had been published")
		}
	}
	return nil
}

// offlineIsTrue looks at the endings of instant commands. What is not registered as active is not told to the ledger:
// before a device's first session both causes are good, after it only one.
func offlineIsTrue(q *queue, f *fact, _ Limits) error {
	if f.kind != Ended || f.isCached() {
		return nil
	}
	cause := q.h.words.text(f.word)
	away, inactive := cause == platform.ErrOffline.Error(), cause == platform.ErrInactive.Error()
	at, absent := q.absent[int32(f.cmd)]
	switch {
	case absent && !away && !inactive:
		return fmt.Errorf("it was accepted while its device was away, and ended as %s, because: %s", f.state(), reason(cause))
	case absent && f.at != at:
		return fmt.Errorf("it was accepted while its device was away, and failed %v later", offset(f.at-at))
	case away && q.online && !q.goingAway(f.at):
		return errors.New("it failed because its device was away, and the device was online")
	case inactive && q.born:
		return errors.New("it failed because its device was not activated, and the device had been online")
	}
	return nil
}

func oneCopy(c *command) error {
	sent := c.first(Published)
	for i := range c.facts {
		if f := &c.facts[i]; f.kind == Seen && sent != nil && f.device != sent.device {
			return fmt.Errorf("it was for %s, and %s saw it", c.h.device(sent.device), c.h.device(f.device))
		}
	}
	if seen, published := c.number(Seen), c.number(Published); seen > published {
		return fmt.Errorf("its device saw it %d times, and it was published %d times", seen, published)
	}
	return nil
}

// ghost finds a command at a device that the platform never published.
func ghost(f *fact) error {
	if f.kind == Seen && f.wire != 0 {
		return errors.New("the device saw a command that was not published")
	}
	return nil
}
