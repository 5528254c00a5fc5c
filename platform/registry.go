package platform

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Product is a kind of device.
type Product struct {
	Key     string
	Secret  string // of the product, where a vendor has it
	Org     string // the organisation it belongs to
	Dialect string
	Custom  bool // its wire has a format of its own; without a script for it every command ends with ErrEncoding
	// Services are the thing model. Nil takes any service with any input.
	Services map[string]Model
}

// Model is what a thing model says of a service: the JSON kind of each input parameter ("string", "number", "array",
// "object", "bool").
type Model struct {
	Input map[string]string
}

// Account is an application that may call the API.
type Account struct {
	Key, Secret string
	Orgs        []string // whose devices it may command
}

// May tells whether the account may command the organisation's devices.
func (a Account) May(org string) bool { return slices.Contains(a.Orgs, org) }

// Registration is a device as it is made known to the platform.
type Registration struct {
	Address
	Alias     string // a second name that the API may use: assetId, IotId, device_id
	Secret    string
	Activated bool // it has been online before
	Disabled  bool
}

// registry knows who exists. Reading it is on every call's path, writing is rare.
type registry struct {
	mu       sync.RWMutex
	accounts map[string]Account
	products map[string]*Product
	devices  map[Address]*Device
	aliases  map[string]*Device
	numbers  []*Device // by Device.Number-1
}

// AddAccount makes an application known, or replaces it.
func (s *Service) AddAccount(a Account) {
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	s.reg.accounts[a.Key] = a
}

// Account returns the application with that key.
func (s *Service) Account(key string) (Account, bool) {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	a, ok := s.reg.accounts[key]
	return a, ok
}

// AddProduct makes a product known. Its dialect must be one of the Service's.
func (s *Service) AddProduct(p Product) error {
	if s.dialects[p.Dialect] == nil {
		return fmt.Errorf("product %s: no dialect %q here", p.Key, p.Dialect)
	}
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	if s.reg.products[p.Key] != nil {
		return fmt.Errorf("product %s: exists already", p.Key)
	}
	s.reg.products[p.Key] = &p
	return nil
}

// Product returns the product with that key, not to be changed, or nil.
func (s *Service) Product(key string) *Product {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.products[key]
}

// AddDevice registers a device. Numbers are given in the order of the calls, from 1.
func (s *Service) AddDevice(r Registration) (*Device, error) {
	s.reg.mu.Lock()
	defer s.reg.mu.Unlock()
	p := s.reg.products[r.Product]
	switch {
	case p == nil:
		return nil, fmt.Errorf("device %s: no product %q", r.Address, r.Product)
	case s.reg.devices[r.Address] != nil:
		return nil, fmt.Errorf("device %s: registered already", r.Address)
	case r.Alias != "" && s.reg.aliases[r.Alias] != nil:
		return nil, fmt.Errorf("device %s: %q is the name of %s already", r.Address, r.Alias, s.reg.aliases[r.Alias].Address)
	}
	d := &Device{Registration: r, Model: p, Number: len(s.reg.numbers) + 1, activated: r.Activated, dialect: s.dialects[p.Dialect],
		policy: s.policies[p.Dialect]}
	s.reg.numbers = append(s.reg.numbers, d)
	s.reg.devices[r.Address] = d
	if r.Alias != "" {
		s.reg.aliases[r.Alias] = d
	}
	return d, nil
}

// Device returns a device by its address, or nil.
func (s *Service) Device(a Address) *Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.devices[a]
}

// DeviceByAlias returns a device by its second name, or nil.
func (s *Service) DeviceByAlias(alias string) *Device {
	s.reg.mu.RLock()
	defer s.reg.mu.RUnlock()
	return s.reg.aliases[alias]
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
	return slices.Clone(s.reg.numbers)
}

// Takes checks a command's service and input against the product's thing model and says what is wrong.
func (p *Product) Takes(service string, input json.RawMessage) error {
	if p.Services == nil {
		return nil
	}
	m, ok := p.Services[service]
	if !ok {
		return fmt.Errorf("serviceId: the product has no service %q", service)
	}
	var params map[string]json.RawMessage
	if err := json.Unmarshal(input, &params); err != nil {
		return fmt.Errorf("inputData: not an object")
	}
	for name, value := range params {
		want, ok := m.Input[name]
		if !ok {
			return fmt.Errorf("%s: service %s has no such parameter", name, service)
		}
		if got := jsonKind(value); got != want {
			return fmt.Errorf("%s: is a %s, the thing model wants a %s", name, got, want)
		}
	}
	return nil
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
