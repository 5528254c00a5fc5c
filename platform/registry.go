package platform

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Product is a kind of device.
type Product struct {
	Key     string // one platform's products have different ones, whatever their dialects: an Address names no dialect
	Secret  string // of the product, where a vendor has it
	Org     string // the organisation it belongs to
	Dialect string
	Custom  bool // its wire has a format of its own; without a script for it every command ends with ErrEncoding
	// Services are the thing model. Nil takes any service with any input.
	Services map[string]Model
}

// Account is an application that may call the API. One without a Secret can prove nothing by it, and neither can a device.
type Account struct {
	Key, Secret string
	Orgs        []string // whose devices it may command
}

// May tells whether the account may command the organisation's devices.
func (a Account) May(org string) bool { return slices.Contains(a.Orgs, org) }

// registry knows who exists. Reading it is on every call's path, writing is rare.
type registry struct {
	mu       sync.RWMutex
	accounts map[string]Account
	products map[string]*Product
	devices  map[Address]*Device
	names    map[name]*Device // aliases, and what a Namer calls them
	orgs     map[string]bool
	numbers  []*Device // by Device.Number-1; nil for one that was removed
}

// AddAccount makes an application known, or replaces it.
func (s *Service) AddAccount(a Account) {
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	s.reg.accounts[a.Key] = a
	for _, org := range a.Orgs {
		s.reg.orgs[org] = true
	}
}

// HasOrg tells whether any account or product is of that organisation.
func (s *Service) HasOrg(name string) bool {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.orgs[name]
}

// Account returns the application with that key.
func (s *Service) Account(key string) (Account, bool) {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	a, ok := s.reg.accounts[key]
	return a, ok
}

// AddProduct makes a product known. Its dialect must be one of the Service's, and take it.
func (s *Service) AddProduct(p Product) error {
	d := s.dialect(p.Dialect)
	if d == nil {
		return fmt.Errorf("product %s: no dialect %q here", p.Key, p.Dialect)
	}
	if taker, ok := d.(ProductTaker); ok {
		if err := taker.Takes(p); err != nil {
			return fmt.Errorf("product %s: %w", p.Key, err)
		}
	}
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	if s.reg.products[p.Key] != nil {
		return fmt.Errorf("product %s: exists already", p.Key)
	}
	s.reg.products[p.Key] = &p
	if p.Org != "" {
		s.reg.orgs[p.Org] = true
	}
	return nil
}

// Product returns the product with that key, not to be changed, or nil.
func (s *Service) Product(key string) *Product {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.products[key]
}

// Device returns a device by its address, or nil.
func (s *Service) Device(a Address) *Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.devices[a]
}

// name is what a dialect calls a device. What devices of another dialect are called does not matter.
type name struct{ dialect, text string }

// DeviceByName returns the dialect's device that has that alias, or that name if the dialect is a Namer, or nil.
func (s *Service) DeviceByName(dialect, text string) *Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.names[name{dialect, text}]
}

// numbered returns a device by its number, or nil.
func (s *Service) numbered(n int) *Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	if n < 1 || n > len(s.reg.numbers) {
		return nil
	}
	return s.reg.numbers[n-1]
}

// all returns the devices in the order of their numbers.
func (s *Service) all() []*Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(s.reg.numbers), func(d *Device) bool { return d == nil })
}

// Takes checks a command's service and input against the product's thing model: the error is ErrUnknownService or a
// *ParamError.
func (p *Product) Takes(service string, input json.RawMessage) error {
	if p.Services == nil {
		return nil
	}
	m, ok := p.Services[service]
	if !ok {
		return fmt.Errorf("%w %q", ErrUnknownService, service)
	}
	return m.CheckInput(input)
}

func jsonKind(v json.RawMessage) string {
	switch v[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}
