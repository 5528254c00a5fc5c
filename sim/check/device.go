package check

import (
	"errors"
	"fmt"
	"strings"

	"fleetdrill/platform"
)

// The rules about devices.

// offlineIsTrue looks at the endings of instant commands of any lane. What is not registered as active is not told to
// the ledger: before a device's first session both causes are good, after it only one. Nor is it told that a device was
// disabled or removed, so that a history in which somebody does that cannot be judged.
func offlineIsTrue(q *queue, f *fact, _ Limits) error {
	if f.kind != Ended || f.isCached() {
		return nil
	}
	cause := q.h.words.text(f.word)
	away, inactive := cause == platform.ErrOffline.Error(), cause == platform.ErrInactive.Error()
	at, absent := q.absent[f.cmd]
	switch {
	case absent && !away && !inactive:
		return fmt.Errorf("it was accepted while its device was away, and ended as %s, because: %s", f.state(), reason(cause))
	case absent && f.at != at:
		return fmt.Errorf("it was accepted while its device was away, and failed %v later", offset(f.at-at))
	case away && q.online:
		return unlessGoing{errors.New("it failed because its device was away, and the device was online")}
	case inactive && q.born:
		return errors.New("it failed because its device was not activated, and the device had been online")
	}
	return nil
}

// oneCopy allows one copy for each time that its message went out: it is published, published anew after it was
// recalled, or sent again, and for each that a fault made.
func oneCopy(c *command) error {
	sent := c.first(Published)
	for i := range c.facts {
		if f := &c.facts[i]; f.kind == Seen && sent != nil && f.device != sent.device {
			return fmt.Errorf("it was for %s, and %s saw it", c.h.device(sent.device), c.h.device(f.device))
		}
	}
	seen, published, again, copies := c.number(Seen), c.number(Published), c.number(Resent), c.copies()
	switch {
	case seen <= published+again+copies:
		return nil
	case copies > 0:
		return fmt.Errorf("its device saw it %d times, and it was published %d times, sent again %d times and copied by a fault %d times",
			seen, published, again, copies)
	case again > 0:
		return fmt.Errorf("its device saw it %d times, and it was published %d times and sent again %d times", seen, published, again)
	}
	return fmt.Errorf("its device saw it %d times, and it was published %d times", seen, published)
}

// copies is how many more of the command's message than were sent a fault has made on their way to the device.
func (c *command) copies() (n int) {
	for i := range c.facts {
		if f := &c.facts[i]; f.kind == Fault && strings.HasSuffix(c.h.words.text(f.word), Copied) {
			n++
		}
	}
	return n
}

// Copied ends the names of faults that make a second copy of a message on its way to a device.
const Copied = " copied a command"

// ghost finds a command at a device that the platform never published.
func ghost(f *fact) error {
	if f.kind == Seen && f.wire != 0 {
		return errors.New("the device saw a command that was not published")
	}
	return nil
}
