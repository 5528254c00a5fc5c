package check

import (
	"strings"
	"sync"
)

// Crash ends the names of faults that make the platform lose what it has in memory: from the strike until it serves again
// commands may be lost, and at no other time.
const Crash = " platform_restart"

// crashes are the times of a run in which its platform was down.
type crashes struct {
	mu   sync.Mutex
	list []outage
}

type outage struct{ from, to int64 }

// slow is how late the platform's own clock may be read on a busy machine.
const slow = farewell

// note takes a fault.
func (c *crashes) note(f *fact, name string) {
	if !strings.HasSuffix(name, Crash) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, outage{f.at, f.at + f.limit + slow})
}

func (c *crashes) during(at int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.list {
		if o.from <= at && at <= o.to {
			return true
		}
	}
	return false
}

// crashed tells whether the platform went down when the command ended.
func crashed(c *command) bool {
	f := c.first(Ended)
	return f != nil && c.h.crashes != nil && c.h.crashes.during(f.at)
}

// volatile tells whether a command that was not on its way was in memory alone: what is cached is on disk.
func volatile(c *command) bool { return crashed(c) && !c.cached() }
