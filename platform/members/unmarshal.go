package members

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// Unmarshal reads a document as json.Unmarshal does, but takes a member for a field only where it is spelt as the field's
// tag is: json.Unmarshal does not mind capitals.
func Unmarshal(doc []byte, v any) error {
	if json.Valid(doc) {
		doc = appendExact(nil, bytes.TrimLeft(doc, blanks), reflect.TypeOf(v))
	}
	return json.Unmarshal(doc, v)
}

// appendExact appends a well-formed value as far as it is the type's: objects without the members that no field has.
func appendExact(b, value []byte, t reflect.Type) []byte {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct && value[0] == '{':
		return appendFields(b, value, t)
	case t.Kind() == reflect.Slice && value[0] == '[' && t != rawMessage:
		var items []json.RawMessage
		json.Unmarshal(value, &items)
		for i, item := range items {
			b = appendExact(append(b, "[,"[min(i, 1)]), item, t.Elem())
		}
		if len(items) > 0 {
			return append(b, ']')
		}
	}
	return append(b, value...)
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

func appendFields(b, object []byte, t reflect.Type) []byte {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = f.Type
	}
	sep := byte('{')
	in, _ := Of(object)
	for in.Next() {
		if f, ok := fields[string(in.Key)]; ok && len(in.Key) > 0 {
			b = append(append(append(b, sep, '"'), in.Key...), `":`...)
			b = appendExact(b, in.Value, f)
			sep = ','
		}
	}
	if sep == '{' {
		b = append(b, sep)
	}
	return append(b, '}')
}
