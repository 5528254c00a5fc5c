package alibaba

import (
	"encoding/json"
	"fmt"
	"strconv"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// Limits of a thing model.
const (
	maxParamsOfService = 100
	maxMembers         = 50
	maxElements        = 512
	maxEnumValues      = 100
	maxTextLength      = 10240
	defaultModule      = "Default"
)

// tsl is a thing model as the vendor exports it, the services of one module.
type tsl struct {
	FunctionBlockID string `json:"functionBlockId"`
	Services        []struct {
		Identifier string     `json:"identifier"`
		Name       string     `json:"name"`
		CallType   string     `json:"callType"`
		Input      []tslParam `json:"inputData"`
		Output     []tslParam `json:"outputData"`
	} `json:"services"`
	FunctionBlocks []tsl `json:"functionBlocks"` // some exports hold all modules
}

type tslParam struct {
	Identifier string   `json:"identifier"`
	Required   bool     `json:"required"` // not the vendor's for inputs: here it refuses calls without the parameter
	DataType   dataType `json:"dataType"`
}

type dataType struct {
	Type  string          `json:"type"`
	Specs json.RawMessage `json:"specs"`
}

// ParseTSL reads the vendor's thing models, one JSON document a module, into what platform.Product.Services takes. The
// services of a module other than the default one are named module:service. The error says where a model is wrong.
func ParseTSL(docs ...[]byte) (map[string]platform.Model, error) {
	all := map[string]platform.Model{}
	for i, doc := range docs {
		var t tsl
		if err := json.Unmarshal(doc, &t); err != nil {
			return nil, fmt.Errorf("thing model %d: %w", i+1, err)
		}
		for _, block := range append([]tsl{t}, t.FunctionBlocks...) {
			if err := block.addTo(all); err != nil {
				return nil, fmt.Errorf("thing model %d: %w", i+1, err)
			}
		}
	}
	return all, nil
}

func (t *tsl) addTo(all map[string]platform.Model) error {
	for _, s := range t.Services {
		name := s.Identifier
		if t.FunctionBlockID != "" && t.FunctionBlockID != defaultModule {
			name = t.FunctionBlockID + ":" + name
		}
		if s.CallType != Async && s.CallType != Sync {
			return fmt.Errorf("service %s: callType %q is neither async nor sync", name, s.CallType)
		}
		if _, ok := all[name]; ok {
			return fmt.Errorf("service %s: defined twice", name)
		}
		m := platform.Model{Name: s.Name, Async: s.CallType == Async}
		var err error
		if m.Input, err = paramsOf(s.Input, maxParamsOfService); err == nil {
			m.Output, err = paramsOf(s.Output, maxParamsOfService)
		}
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		all[name] = m
	}
	return nil
}

func paramsOf(list []tslParam, most int) (map[string]platform.Param, error) {
	if len(list) > most {
		return nil, fmt.Errorf("%d parameters, %d at most", len(list), most)
	}
	all := map[string]platform.Param{}
	for _, p := range list {
		got, err := p.DataType.param()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Identifier, err)
		}
		got.Required = p.Required
		all[p.Identifier] = got
	}
	return all, nil
}

// param reads a type. What it allows within an array or a struct is checked by its caller.
func (t dataType) param() (platform.Param, error) {
	switch t.Type {
	case "int", "int32":
		return t.number(platform.KindInt32)
	case "float":
		return t.number(platform.KindFloat)
	case "double":
		return t.number(platform.KindDouble)
	case "text":
		return t.text()
	case "bool":
		return platform.Param{Kind: platform.KindFlag}, nil
	case "date":
		return platform.Param{Kind: platform.KindDate}, nil
	case "enum":
		return t.enum()
	case "array":
		return t.array()
	case "struct":
		return t.members()
	}
	return platform.Param{}, fmt.Errorf("no type %q", t.Type)
}

// amount is a number that the vendor writes as a string, or as a number.
type amount struct{ *float64 }

func (a *amount) UnmarshalJSON(b []byte) error {
	if s := members.Plain(b); s != "" {
		f, err := strconv.ParseFloat(s, 64)
		a.float64 = &f
		return err
	}
	return nil
}

type specs struct {
	Min, Max, Length, Size amount
	Item                   dataType
}

func (t dataType) specs() (s specs, err error) {
	if len(t.Specs) > 0 {
		err = json.Unmarshal(t.Specs, &s)
	}
	return s, err
}

func (t dataType) number(k platform.ParamKind) (platform.Param, error) {
	s, err := t.specs()
	return platform.Param{Kind: k, Min: s.Min.float64, Max: s.Max.float64}, err
}

func (t dataType) text() (platform.Param, error) {
	s, err := t.specs()
	return platform.Param{Kind: platform.KindText, MaxLength: s.Length.atMost(maxTextLength)}, err
}

// atMost is the amount, or the vendor's limit where that is lower or there is none.
func (a amount) atMost(limit int) int {
	if a.float64 == nil || *a.float64 <= 0 || *a.float64 > float64(limit) {
		return limit
	}
	return int(*a.float64)
}

func (t dataType) enum() (platform.Param, error) {
	var names map[string]json.RawMessage
	if err := json.Unmarshal(t.Specs, &names); err != nil {
		return platform.Param{}, err
	}
	if len(names) > maxEnumValues {
		return platform.Param{}, fmt.Errorf("%d values, %d at most", len(names), maxEnumValues)
	}
	p := platform.Param{Kind: platform.KindEnum}
	for key := range names {
		n, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			return p, fmt.Errorf("value %q is not an integer", key)
		}
		p.Values = append(p.Values, int32(n))
	}
	return p, nil
}

func (t dataType) array() (platform.Param, error) {
	s, err := t.specs()
	if err != nil {
		return platform.Param{}, err
	}
	switch s.Item.Type {
	case "array", "bool", "enum", "date":
		return platform.Param{}, fmt.Errorf("an array has no elements of type %s", s.Item.Type)
	}
	item, err := s.Item.param()
	return platform.Param{Kind: platform.KindArray, MaxLength: s.Size.atMost(maxElements), Item: &item}, err
}

func (t dataType) members() (platform.Param, error) {
	var list []tslParam
	if err := json.Unmarshal(t.Specs, &list); err != nil {
		return platform.Param{}, err
	}
	for _, p := range list {
		if p.DataType.Type == "struct" || p.DataType.Type == "array" {
			return platform.Param{}, fmt.Errorf("%s: a struct has no member of type %s", p.Identifier, p.DataType.Type)
		}
	}
	members, err := paramsOf(list, maxMembers)
	return platform.Param{Kind: platform.KindStruct, Members: members}, err
}
