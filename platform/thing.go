package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParamKind is what a value must look like as JSON text.
type ParamKind string

// The kinds. The first five say nothing but what JSON says; the others are those of thing models with types.
const (
	KindString ParamKind = "string"
	KindNumber ParamKind = "number"
	KindBool   ParamKind = "bool"   // true or false
	KindArray  ParamKind = "array"  // Item says of what, MaxLength how many
	KindObject ParamKind = "object" // any members

	KindInt32  ParamKind = "int32"  // digits only: 10, not 10.0 and not 1e1; Min, Max
	KindFloat  ParamKind = "float"  // with a decimal place: 10.0, not 10; Min, Max
	KindDouble ParamKind = "double" // as float, 64 bits
	KindText   ParamKind = "text"   // a string of at most MaxLength bytes of UTF-8
	KindFlag   ParamKind = "flag"   // 0 or 1
	KindEnum   ParamKind = "enum"   // one of Values
	KindDate   ParamKind = "date"   // a string of decimal digits: milliseconds since 1970, UTC
	KindStruct ParamKind = "struct" // an object with Members
)

// Param is what a thing model says of one value.
type Param struct {
	Kind      ParamKind
	Required  bool
	Min, Max  *float64         // of a number, both included; nil: no limit but that of its bits
	MaxLength int              // bytes of a text, elements of an array; 0: no limit
	Values    []int32          // of an enum
	Item      *Param           // of each element of an array; nil: any
	Members   map[string]Param // of a struct
}

// Model is what a thing model says of one service.
type Model struct {
	Name   string           // for people
	Async  bool             // a call returns at once; otherwise it waits for the device. Only some vendors ask
	Input  map[string]Param // nil: any
	Output map[string]Param // nil: any
}

// What is wrong with a value, beside not having its kind.
var (
	ErrParamUnknown = errors.New("no such parameter")
	ErrParamMissing = errors.New("is missing")
	errNoObject     = errors.New("not an object")
)

// ParamError names a value that does not fit its thing model: "speed", "route[3].x"; Path is empty for the whole input.
type ParamError struct {
	Path string
	Err  error
}

func (e *ParamError) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

func (e *ParamError) Unwrap() error { return e.Err }

// CheckInput checks a service's input on its JSON text, in which 10 and 10.0 differ. The error is a *ParamError about
// the first value that does not fit.
func (m Model) CheckInput(input json.RawMessage) error { return checkMembers("", input, m.Input) }

// CheckOutput checks what a device answered, in the same way.
func (m Model) CheckOutput(output json.RawMessage) error { return checkMembers("", output, m.Output) }

// Check checks one value, which must be well-formed JSON.
func (p Param) Check(value json.RawMessage) error { return p.check("", bytes.TrimSpace(value)) }

func checkMembers(path string, doc json.RawMessage, params map[string]Param) error {
	if params == nil {
		return nil
	}
	seen, err := eachMember(doc, func(name string, value json.RawMessage) error {
		at := strings.TrimPrefix(path+"."+name, ".")
		p, ok := params[name]
		if !ok {
			return &ParamError{at, ErrParamUnknown}
		}
		return p.check(at, value)
	})
	if errors.Is(err, errNoObject) {
		return &ParamError{path, err}
	}
	if err != nil {
		return err
	}
	var missing []string
	for name, p := range params {
		if p.Required && !slices.Contains(seen, name) {
			missing = append(missing, strings.TrimPrefix(path+"."+name, "."))
		}
	}
	if missing != nil {
		return &ParamError{slices.Min(missing), ErrParamMissing}
	}
	return nil
}

// eachMember calls do with every member in the order of the text, repeated ones too, and returns their names.
func eachMember(doc json.RawMessage, do func(name string, value json.RawMessage) error) (seen []string, err error) {
	in := json.NewDecoder(bytes.NewReader(doc))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, errNoObject
	}
	for in.More() {
		name, err := in.Token()
		var value json.RawMessage
		if err != nil || in.Decode(&value) != nil {
			return nil, errNoObject
		}
		if err := do(name.(string), value); err != nil {
			return nil, err
		}
		seen = append(seen, name.(string))
	}
	if _, err := in.Token(); err != nil { // the closing brace
		return nil, errNoObject
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errNoObject
	}
	return seen, nil
}

func (p Param) check(path string, v json.RawMessage) error {
	if got, want := jsonKind(v), p.json(); got != want {
		return &ParamError{path, fmt.Errorf("is a %s, the thing model wants a %s", got, want)}
	}
	switch p.Kind {
	case KindArray:
		return p.checkArray(path, v)
	case KindStruct:
		return checkMembers(path, v, p.Members)
	}
	if err := p.checkScalar(v); err != nil {
		return &ParamError{path, err}
	}
	return nil
}

// json is the kind as JSON has it.
func (p Param) json() string {
	switch p.Kind {
	case KindInt32, KindFloat, KindDouble, KindFlag, KindEnum:
		return string(KindNumber)
	case KindText, KindDate:
		return string(KindString)
	case KindStruct:
		return string(KindObject)
	}
	return string(p.Kind)
}

func (p Param) checkArray(path string, v json.RawMessage) error {
	var items []json.RawMessage
	if err := json.Unmarshal(v, &items); err != nil {
		return &ParamError{path, err}
	}
	if p.MaxLength > 0 && len(items) > p.MaxLength {
		return &ParamError{path, fmt.Errorf("has %d elements, the thing model wants at most %d", len(items), p.MaxLength)}
	}
	if p.Item == nil {
		return nil
	}
	for i, item := range items {
		if err := p.Item.check(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
			return err
		}
	}
	return nil
}

func (p Param) checkScalar(v json.RawMessage) error {
	text := string(v)
	switch p.Kind {
	case KindInt32, KindEnum, KindFlag:
		return p.checkInteger(text)
	case KindFloat, KindDouble:
		return p.checkDecimal(text)
	case KindText, KindDate:
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return err
		}
		return p.checkString(s)
	}
	return nil
}

func (p Param) checkInteger(text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return fmt.Errorf("%s is not an integer of 32 bits", clip(text))
	case p.Kind == KindFlag && text != "0" && text != "1":
		return fmt.Errorf("%s is neither 0 nor 1", text)
	case p.Kind == KindEnum && !slices.Contains(p.Values, int32(n)):
		return fmt.Errorf("%s is not a value of the enumeration", text)
	}
	return p.checkRange(float64(n), text)
}

// checkDecimal wants a decimal place to be written, so that a device's parser takes the number for what it is.
func (p Param) checkDecimal(text string) error {
	bits := 64
	if p.Kind == KindFloat {
		bits = 32
	}
	f, err := strconv.ParseFloat(text, bits)
	switch {
	case !strings.Contains(text, "."):
		return fmt.Errorf("%s has no decimal place, a %s needs one", clip(text), p.Kind)
	case err != nil || math.IsInf(f, 0):
		return fmt.Errorf("%s is not a %s", clip(text), p.Kind)
	}
	if bits == 32 { // a limit such as 0.1 is compared as it was written, not as its nearest float
		f, _ = strconv.ParseFloat(text, 64)
	}
	return p.checkRange(f, text)
}

func (p Param) checkRange(n float64, text string) error {
	switch {
	case p.Min != nil && n < *p.Min:
		return fmt.Errorf("%s is below %v", clip(text), *p.Min)
	case p.Max != nil && n > *p.Max:
		return fmt.Errorf("%s is above %v", clip(text), *p.Max)
	}
	return nil
}

func (p Param) checkString(s string) error {
	if p.Kind == KindDate {
		if _, err := strconv.ParseUint(s, 10, 63); err != nil {
			return fmt.Errorf("%q is not a time in milliseconds", clip(s))
		}
		return nil
	}
	if p.MaxLength > 0 && len(s) > p.MaxLength {
		return fmt.Errorf("has %d bytes, the thing model wants at most %d", len(s), p.MaxLength)
	}
	return nil
}

// clip shortens what came from outside for a message about it.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
