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

// Traffic counts what devices' connections came to.
func (p *Platform) Traffic() broker.Stats { return p.broker.Stats() }
