package platform

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Registration is a device as it is made known to the platform.
type Registration struct {
	Address
	Alias        string   // a second name that the API may use: assetId, IotId, device_id; two devices of one dialect have different ones
	Secret       string   // without one it cannot connect by itself
	SecondSecret string   // where a vendor has a primary and a secondary one
	Parent       *Address // its gateway, if it has no connection of its own; a gateway has none
	Activated    bool     // it has been online before
	Disabled     bool
}

// AddDevice registers a device. Numbers are given in the order of the calls, from 1.
func (s *Service) AddDevice(r Registration) (*Device, error) {
	d, err := s.register(r)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", r.Address, err)
	}
	if d.Parent != nil {
		s.adopt(d.Parent, d)
	}
	return d, nil
}

func (s *Service) register(r Registration) (*Device, error) {
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	p := s.reg.products[r.Product]
	switch {
	case p == nil:
		return nil, fmt.Errorf("no product %q", r.Product)
	case s.reg.devices[r.Address] != nil:
		return nil, errors.New("registered already")
	}
	d := &Device{Address: r.Address, Alias: r.Alias, Model: p, Number: len(s.reg.numbers) + 1, dialect: s.dialect(p.Dialect),
		secret: r.Secret, second: r.SecondSecret, disabled: r.Disabled, activated: r.Activated, since: time.Now()}
	for _, n := range d.names() {
		if other := s.reg.names[n]; other != nil {
			return nil, fmt.Errorf("%q is the name of %s already", n.text, other.Address)
		}
	}
	if err := d.setParent(r.Parent, s.reg.devices); err != nil {
		return nil, err
	}
	d.watcher, _ = d.dialect.(Watcher)
	d.lanes = s.newLanes(d.dialect)
	s.reg.numbers = append(s.reg.numbers, d)
	s.reg.devices[r.Address] = d
	for _, n := range d.names() {
		s.reg.names[n] = d
	}
	return d, nil
}

// names are what the device's dialect calls it.
func (d *Device) names() (all []name) {
	if d.Alias != "" {
		all = append(all, name{d.dialect.Name(), d.Alias})
	}
	if namer, ok := d.dialect.(Namer); ok {
		all = append(all, name{d.dialect.Name(), namer.NameOf(d.Address)})
	}
	return all
}

// newLanes makes the queues of a device. What they are is the same for all.
func (s *Service) newLanes(d Dialect) []lane {
	kinds := s.lanes[d.Name()]
	lanes := make([]lane, len(kinds))
	for i := range lanes {
		lanes[i].Lane = &kinds[i]
	}
	return lanes
}

func (d *Device) setParent(a *Address, devices map[Address]*Device) error {
	if a == nil {
		return nil
	}
	switch d.Parent = devices[*a]; {
	case d.Parent == nil:
		return fmt.Errorf("its gateway %s is not registered", *a)
	case d.Parent.Parent != nil:
		return fmt.Errorf("its gateway %s has a gateway itself", *a)
	case d.Parent.Model.Dialect != d.Model.Dialect:
		return fmt.Errorf("its gateway %s is of another dialect", *a)
	}
	return nil
}

// adopt lets a device be online as its gateway is.
func (s *Service) adopt(head, d *Device) {
	head.presence.Lock()
	defer head.presence.Unlock()
	head.children = append(head.children, d)
	head.mu.Lock()
	ses := head.session
	head.mu.Unlock()
	if ses != nil {
		s.attach(d, ses)
	}
}

// RemoveDevice forgets a device. Its commands end with ErrUnknownDevice, and its connection is closed. A gateway that
// still has devices behind it is not removed.
func (s *Service) RemoveDevice(a Address) error {
	d := s.Device(a)
	if d == nil {
		return ErrUnknownDevice
	}
	if err := d.head().release(d); err != nil {
		return fmt.Errorf("device %s: %w", a, err)
	}
	s.strike(d)
	d.mu.Lock()
	ses := d.session
	d.removed = true
	now := time.Now()
	for _, p := range d.allLocked() {
		s.endLocked(d, p, Refuse, Change{Err: ErrUnknownDevice}, now)
	}
	d.mu.Unlock()
	switch {
	case ses == nil:
	case d.Parent == nil:
		ses.Close("device removed")
	default:
		s.detach(d, ses)
	}
	return nil
}

// release takes d out of the family that head is the head of.
func (head *Device) release(d *Device) error {
	head.presence.Lock()
	defer head.presence.Unlock()
	if head == d && len(d.children) > 0 {
		return fmt.Errorf("%d devices are behind it", len(d.children))
	}
	head.children = slices.DeleteFunc(head.children, func(c *Device) bool { return c == d })
	return nil
}

func (s *Service) strike(d *Device) {
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	s.reg.numbers[d.Number-1] = nil
	if s.reg.devices[d.Address] == d {
		delete(s.reg.devices, d.Address)
	}
	for _, n := range d.names() {
		if s.reg.names[n] == d {
			delete(s.reg.names, n)
		}
	}
}

// UpdateDevice changes a device's secrets, and whether it is disabled; disabling closes its connection. Nothing else of
// the registration can change.
func (s *Service) UpdateDevice(a Address, change func(*Registration)) error {
	d := s.Device(a)
	if d == nil {
		return ErrUnknownDevice
	}
	d.mu.Lock()
	old := Registration{Address: d.Address, Alias: d.Alias, Secret: d.secret, SecondSecret: d.second,
		Activated: d.activated, Disabled: d.disabled}
	if d.Parent != nil {
		old.Parent = &d.Parent.Address
	}
	r := old
	change(&r)
	if r.Address != old.Address || r.Alias != old.Alias || r.Parent != old.Parent || r.Activated != old.Activated {
		d.mu.Unlock()
		return fmt.Errorf("device %s: only its secrets and whether it is disabled can change", a)
	}
	d.secret, d.second = r.Secret, r.SecondSecret
	if d.disabled != r.Disabled {
		d.disabled, d.since = r.Disabled, time.Now()
	}
	ses := d.session
	d.mu.Unlock()
	if r.Disabled && ses != nil && d.Parent == nil {
		ses.Close("device disabled")
	}
	return nil
}
