package huawei

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"fleetdrill/platform"
)

// productBody is a product as an application writes it.
type productBody struct {
	ProductID    *string      `json:"product_id,omitempty"`
	Name         *string      `json:"name"`
	DeviceType   *string      `json:"device_type"`
	Protocol     *string      `json:"protocol_type"`
	DataFormat   *string      `json:"data_format"`
	Capabilities []capability `json:"service_capabilities"`
	Manufacturer *string      `json:"manufacturer_name,omitempty"`
	Industry     *string      `json:"industry,omitempty"`
	Description  *string      `json:"description,omitempty"`
	AppID        *string      `json:"app_id,omitempty"`
}

// capability is a service of the product model.
type capability struct {
	ServiceID   string            `json:"service_id"`
	ServiceType string            `json:"service_type"`
	Commands    []commandModel    `json:"commands,omitempty"`
	Properties  []json.RawMessage `json:"properties,omitempty"`
	Events      []json.RawMessage `json:"events,omitempty"`
	Description *string           `json:"description,omitempty"`
	Option      *string           `json:"option,omitempty"`
}

type commandModel struct {
	CommandName string            `json:"command_name"`
	Paras       []paraModel       `json:"paras,omitempty"`
	Responses   []json.RawMessage `json:"responses,omitempty"`
}

type paraModel struct {
	ParaName string `json:"para_name"`
	DataType string `json:"data_type"`
	Required *bool  `json:"required,omitempty"`
}

// maxCapabilities is how many services a product may have.
const maxCapabilities = 500

func (in *productBody) check() error {
	for name, text := range map[string]*string{"name": in.Name, "device_type": in.DeviceType,
		"protocol_type": in.Protocol, "data_format": in.DataFormat} {
		if value(text) == "" {
			return invalid(name, "is missing")
		}
	}
	switch {
	case in.Capabilities == nil:
		return invalid("service_capabilities", "is missing")
	case len(in.Capabilities) > maxCapabilities:
		return invalid("service_capabilities", "has %d items, %d are allowed", len(in.Capabilities), maxCapabilities)
	case *in.DataFormat != "json" && *in.DataFormat != "binary":
		return invalid("data_format", "is %q, not json or binary", clip(*in.DataFormat))
	}
	for i := range in.Capabilities {
		if err := in.Capabilities[i].check(); err != nil {
			return err
		}
	}
	return checkAll(rule{field{name: "product_id", most: 36, marks: idMarks}, in.ProductID}, rule{field{name: "name", most: 64}, in.Name},
		rule{field{name: "device_type", most: 32}, in.DeviceType})
}

func (s *capability) check() error {
	rules := []rule{{field{name: "service_id", most: 64}, &s.ServiceID}, {field{name: "service_type", most: 64}, &s.ServiceType}}
	for i := range s.Commands {
		rules = append(rules, rule{field{name: "commands.command_name", most: 64}, &s.Commands[i].CommandName})
		for j := range s.Commands[i].Paras {
			rules = append(rules, rule{field{name: "paras.para_name", most: 32}, &s.Commands[i].Paras[j].ParaName})
		}
	}
	if s.ServiceID == "" {
		return invalid("service_id", "is missing")
	}
	return checkAll(rules...)
}

// catalog are the products that applications made.
type catalog struct {
	mu   sync.RWMutex
	byID map[string]*product
}

type product struct {
	productBody
	created time.Time
}

// name is what people call a product.
func (k *catalog) name(id string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if p := k.byID[id]; p != nil {
		return *p.Name
	}
	return id
}

// check compares a command with the product model, if there is one: a command with a service_id must be one of that
// service's, and its parameters must have names that the command knows.
func (k *catalog) check(id string, in *commandRequest) error {
	k.mu.RLock()
	p := k.byID[id]
	k.mu.RUnlock()
	if p == nil || in.ServiceID == nil {
		return nil
	}
	for _, s := range p.Capabilities {
		if s.ServiceID == *in.ServiceID {
			return s.takes(in)
		}
	}
	return invalid("service_id", "the product has no service %q", *in.ServiceID)
}

func (s *capability) takes(in *commandRequest) error {
	for _, c := range s.Commands {
		if c.CommandName == value(in.CommandName) {
			return c.takes(in.Paras)
		}
	}
	return invalid("command_name", "service %s has no command %q", s.ServiceID, value(in.CommandName))
}

func (m *commandModel) takes(paras json.RawMessage) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(paras, &given); err != nil {
		return invalid("paras", "is not an object")
	}
	for _, p := range m.Paras {
		if _, ok := given[p.ParaName]; !ok && p.Required != nil && *p.Required {
			return invalid("paras", "%s is missing", p.ParaName)
		}
		delete(given, p.ParaName)
	}
	for name := range given {
		return invalid("paras", "command %s has no parameter %q", m.CommandName, clip(name))
	}
	return nil
}

// productRow is a product as the API tells it.
type productRow struct {
	productBody
	AppName string `json:"app_name"`
	Created string `json:"create_time"`
}

func (a *api) createProduct(c *call) error {
	p := &product{created: time.Now()}
	if err := c.read(&p.productBody); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	if p.ProductID == nil {
		id := a.ids.next()
		p.ProductID = &id
	}
	err := a.svc.AddProduct(platform.Product{Key: *p.ProductID, Dialect: Name, Org: c.org})
	if err != nil {
		return invalid("product_id", "%v", err)
	}
	a.catalog.mu.Lock()
	defer a.catalog.mu.Unlock()
	a.catalog.byID[*p.ProductID] = p
	return c.answer(http.StatusCreated, productRow{productBody: p.productBody, Created: stamp(p.created)})
}
