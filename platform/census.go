package platform

import "fleetdrill/platform/broker"

// Devices returns the devices that are registered now, in the order of their numbers.
func (s *Service) Devices() []*Device { return s.all() }

// Open is how many commands wait for the device or its answer.
func (d *Device) Open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.allLocked())
}

// Denied is called by a dialect with what it found when somebody had to prove who calls: an error is counted. It returns
// it as it is.
func (s *Service) Denied(err error) error {
	if err != nil {
		s.denied.Add(1)
	}
	return err
}

// DeniedCalls is how many calls proved nothing, since the start.
func (s *Service) DeniedCalls() uint64 { return s.denied.Load() }

// Census is how many devices a dialect has, and how many commands they have.
type Census struct{ Registered, Online, Open, Waiting int } // Waiting: cached commands at rest, which are open, too

// Census counts now, by dialect. It goes through all devices.
func (s *Service) Census() map[string]Census {
	all := map[string]Census{}
	for _, d := range s.all() {
		c := all[d.Model.Dialect]
		c.Registered++
		d.mu.Lock()
		if d.session != nil {
			c.Online++
		}
		for i := range d.lanes {
			c.Open += len(d.lanes[i].queue) + len(d.lanes[i].open)
			c.Waiting += d.lanes[i].waiting
		}
		d.mu.Unlock()
		all[d.Model.Dialect] = c
	}
	return all
}

// Traffic counts what devices' connections came to.
func (p *Platform) Traffic() broker.Stats { return p.broker.Stats() }
