// Package members reads the members of a JSON object one after another, in place: what it returns is part of the
// document. For the small documents of devices and calls it takes a third of the time of encoding/json, which is left
// to what nobody measures.
//
//	in, err := members.Parse(payload) // checks the whole document
//	for err == nil && in.Next() {
//		switch string(in.Key) {
//		case "id":
//			id = members.Plain(in.Value)
//
// A name that comes twice comes twice: the caller's last assignment counts, as in encoding/json.
package members

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// Object is a well-formed JSON object whose members are read by Next. The zero value has none.
type Object struct {
	rest []byte
	// Key is without quotes and escapes, Value without blanks around it. They are the document's own bytes.
	Key, Value []byte
}

var errNotObject = errors.New("not a JSON object")

// Parse checks that the document is an object and nothing else. The error says where a mistake is.
func Parse(doc []byte) (Object, error) {
	if !json.Valid(doc) {
		var v json.RawMessage
		return Object{}, json.Unmarshal(doc, &v)
	}
	return Of(bytes.TrimLeft(doc, blanks))
}

// Of takes a value that is known to be well-formed, as a Value is. The error says that it is no object.
func Of(value []byte) (Object, error) {
	if len(value) == 0 || value[0] != '{' {
		return Object{}, errNotObject
	}
	return Object{rest: value[1:]}, nil
}

const blanks = " \t\r\n"

// Next goes to the next member; false is the end.
func (o *Object) Next() bool {
	o.skip()
	if len(o.rest) == 0 || o.rest[0] == '}' {
		return false
	}
	if o.rest[0] == ',' {
		o.rest = o.rest[1:]
		o.skip()
	}
	key := o.take()
	o.skip()
	o.rest = o.rest[1:] // the colon
	o.skip()
	o.Key, o.Value = key[1:len(key)-1], o.take()
	if bytes.IndexByte(o.Key, '\\') >= 0 {
		var plain string
		json.Unmarshal(key, &plain)
		o.Key = []byte(plain)
	}
	return true
}

func (o *Object) skip() {
	n := 0
	for n < len(o.rest) && (o.rest[n] == ' ' || o.rest[n] == '\n' || o.rest[n] == '\r' || o.rest[n] == '\t') {
		n++
	}
	o.rest = o.rest[n:]
}

// take returns the value that comes next.
func (o *Object) take() []byte {
	n := valueLen(o.rest)
	v := o.rest[:n:n]
	o.rest = o.rest[n:]
	return v
}

// valueLen is how long the well-formed value is that b begins with.
func valueLen(b []byte) int {
	depth := 0
	for n := 0; n < len(b); n++ {
		switch b[n] {
		case '"':
			n += stringLen(b[n:]) - 1
			if depth == 0 {
				return n + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // the end of what a number or a word stands in
				return n
			}
			if depth--; depth == 0 {
				return n + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return n
			}
		}
	}
	return len(b)
}

// stringLen counts both quotes.
func stringLen(b []byte) int {
	for n := 1; n < len(b); n++ {
		switch b[n] {
		case '\\':
			n++
		case '"':
			return n + 1
		}
	}
	return len(b)
}

// Plain returns the text of a JSON number or of a string without escapes, "" for anything else.
func Plain(v []byte) string {
	switch {
	case len(v) == 0:
		return ""
	case v[0] == '"':
		return string(v[1 : len(v)-1])
	case v[0] == '-' || '0' <= v[0] && v[0] <= '9':
		return string(v)
	}
	return ""
}

// Text returns a JSON string's text, "" for anything else. As in encoding/json a sign stands for what is not UTF-8.
func Text(v []byte) string {
	if len(v) == 0 || v[0] != '"' {
		return ""
	}
	if utf8.Valid(v) {
		if text, ok := unescaped(v[1 : len(v)-1]); ok {
			return text
		}
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// unescaped is what stands in a string whose only escapes are those of quotes and backslashes, which is what a JSON text
// within another has.
func unescaped(b []byte) (text string, ok bool) {
	escape := bytes.IndexByte(b, '\\')
	if escape < 0 {
		return string(b), true
	}
	var out strings.Builder
	out.Grow(len(b))
	for ; escape >= 0; escape = bytes.IndexByte(b, '\\') {
		if escape++; escape == len(b) || b[escape] != '"' && b[escape] != '\\' {
			return "", false
		}
		out.Write(b[:escape-1])
		out.WriteByte(b[escape])
		b = b[escape+1:]
	}
	out.Write(b)
	return out.String(), true
}
