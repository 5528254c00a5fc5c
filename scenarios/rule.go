package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// field is one key of a mapping. The tables of fields (fields.go) drive the parser, the schema and the help in
// mistakes, so that these three cannot differ.
type field struct {
	key  string
	doc  string
	must bool
	def  string // read when the key is absent: a scalar's text, or {} for a mapping of defaults
	rule rule
}

// rule is what a value has to be. It is made with the place that its value goes to.
type rule struct {
	want   string // the right thing, as the end of "write …"
	unit   string // scalars with a unit: the one to propose where it is missing
	kind   string // scalars: their type in JSON
	schema func() map[string]any
	read   func(c *checker, n *yaml.Node, path string)
}

// key checks a key of a mapping: plain, and the first of its name.
func (c *checker) key(key *yaml.Node, path string, first map[string]*yaml.Node) (at string, ok bool) {
	if key.Kind != yaml.ScalarNode {
		c.mistake(key, path, "a key must be a word", "")
		return "", false
	}
	at = join(path, key.Value)
	if before := first[key.Value]; before != nil {
		fix := "keep one"
		if before.Line > 0 {
			fix = fmt.Sprintf("the first stands in line %d", before.Line)
		}
		c.mistake(key, at, fmt.Sprintf("key %s is there twice", short(key.Value)), fix)
		return "", false
	}
	first[key.Value] = key
	return at, true
}

func mappingOf(fields []field) string {
	if len(fields) == 0 {
		return "{}, for it has no keys"
	}
	return "a mapping with the keys " + strings.Join(keysOf(fields), ", ")
}

// object is a mapping with the given keys, and exactly one of those in oneOf if there are any.
func object(fields []field, oneOf ...string) rule {
	return rule{
		want:   "a mapping",
		schema: func() map[string]any { return objectSchema(fields, oneOf) },
		read: func(c *checker, n *yaml.Node, path string) {
			if n.Kind != yaml.MappingNode {
				c.wrongType(n, path, mappingOf(fields))
				return
			}
			meant := c.readKeys(n, path, fields)
			if len(oneOf) > 0 {
				c.exactlyOne(n, path, oneOf, meant)
			}
			for _, f := range fields {
				if !slices.Contains(meant, f.key) {
					c.readField(n, path, f)
				}
			}
		},
	}
}

// later is an object that is made when it is needed: of many kinds of an entry one is written.
func later(of func() rule) rule {
	return rule{want: "a mapping", schema: func() map[string]any { return of().schema() },
		read: func(c *checker, n *yaml.Node, path string) { of().read(c, n, path) }}
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// readKeys notes where the values of a mapping stand, and complains about keys that nobody knows. meant are the keys
// that those seem to be: a misspelt key is not missing too.
func (c *checker) readKeys(n *yaml.Node, path string, fields []field) (meant []string) {
	known := keysOf(fields)
	first := make(map[string]*yaml.Node, len(known))
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at, ok := c.key(key, path, first)
		switch {
		case !ok:
		case slices.Contains(known, key.Value):
			c.nodes[at], c.keys[at] = value, key
		case len(known) == 0:
			c.mistake(key, at, fmt.Sprintf("unknown key %s", short(key.Value)), "there are none here: write {}")
		default:
			c.mistake(key, at, fmt.Sprintf("unknown key %s", short(key.Value)), suggest(key.Value, known))
			if best, ok := nearest(key.Value, known); ok {
				meant = append(meant, best)
			}
		}
	}
	meant = slices.DeleteFunc(meant, func(key string) bool { return c.has(join(path, key)) })
	for _, key := range meant {
		c.bad[join(path, key)] = true
	}
	return meant
}

func (c *checker) readField(n *yaml.Node, path string, f field) {
	at := join(path, f.key)
	switch value := c.nodes[at]; {
	case value != nil:
		f.rule.read(c, value, at)
	case f.must:
		c.mistake(n, at, "it is missing", "write "+f.rule.want)
	case f.def == "{}":
		f.rule.read(c, &yaml.Node{Kind: yaml.MappingNode}, at)
	case f.def != "":
		f.rule.read(c, &yaml.Node{Kind: yaml.ScalarNode, Tag: tags[f.rule.kind][0], Value: f.def}, at)
	}
}

func (c *checker) exactlyOne(n *yaml.Node, path string, oneOf, meant []string) {
	var found []*yaml.Node
	for i := 0; i < len(n.Content); i += 2 {
		if key := n.Content[i]; slices.Contains(oneOf, key.Value) && c.keys[join(path, key.Value)] == key {
			found = append(found, key)
		}
	}
	switch {
	case len(found) == 0 && !slices.ContainsFunc(meant, func(key string) bool { return slices.Contains(oneOf, key) }):
		c.mistake(n, path, "it does not say what", "write one of "+strings.Join(oneOf, ", "))
	case len(found) > 1:
		c.mistake(found[1], join(path, found[1].Value),
			fmt.Sprintf("%s and %s cannot stand together", found[0].Value, found[1].Value), "write one of them")
	}
}

// maxItems bounds every list.
const maxItems = 1000

// list is a list of mappings with the keys that fields gives for a new element. It needs one element at least.
func list[T any](out *[]T, element func(*T) rule) rule {
	return rule{
		want: "a list",
		schema: func() map[string]any {
			return listSchema(element(new(T)).schema())
		},
		read: func(c *checker, n *yaml.Node, path string) {
			if !c.isList(n, path) {
				return
			}
			for i, item := range n.Content {
				v, at := new(T), index(path, i)
				c.nodes[at] = item
				element(v).read(c, item, at)
				*out = append(*out, *v)
			}
		},
	}
}

func (c *checker) isList(n *yaml.Node, path string) bool {
	switch {
	case n.Kind != yaml.SequenceNode:
		c.wrongType(n, path, "a list: each element begins with a dash")
	case len(n.Content) == 0:
		c.mistake(n, path, "the list is empty", "write an element, or leave the key out")
	case len(n.Content) > maxItems:
		c.mistake(n, path, fmt.Sprintf("the list has %d elements", len(n.Content)), fmt.Sprintf("%d are the most", maxItems))
	default:
		return true
	}
	return false
}

// tags are the YAML types that a JSON type accepts.
var tags = map[string][]string{
	"string":  {"!!str"},
	"integer": {"!!int"},
	"number":  {"!!int", "!!float"},
	"boolean": {"!!bool"},
}

// advice is an error that knows what would be right.
type advice struct{ problem, fix string }

func (a advice) Error() string { return a.problem }

// scalar is a single value. set takes its text and says what is wrong with it; a fix of its own comes as an advice.
func scalar(kind, want, unit string, schema map[string]any, set func(text string) error) rule {
	full := func() map[string]any {
		all := map[string]any{"type": kind}
		maps.Copy(all, schema)
		return all
	}
	return rule{kind: kind, want: want, unit: unit, schema: full, read: func(c *checker, n *yaml.Node, path string) {
		isNumber := n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float")
		switch {
		case isNumber && unit != "":
			c.mistake(n, path, n.Value+" has no unit", "write "+withUnit(n.Value, unit, want, set))
		case isNumber && kind == "integer" && n.Tag == "!!float":
			c.mistake(n, path, n.Value+" is not a whole number, or too large", "write "+want)
		case n.Kind != yaml.ScalarNode || !slices.Contains(tags[kind], n.Tag):
			c.wrongType(n, path, want)
		default:
			var better advice
			if err := set(n.Value); errors.As(err, &better) {
				c.mistake(n, path, better.problem, better.fix)
			} else if err != nil {
				c.mistake(n, path, err.Error(), "write "+want)
			}
		}
	}}
}

// withUnit proposes the same number with its unit, where that makes sense.
func withUnit(number, unit, want string, set func(text string) error) string {
	share, err := strconv.ParseFloat(number, 64)
	switch {
	case set(number+unit) != nil || err != nil:
		return want
	case unit == "%" && share <= 1:
		return fmt.Sprintf("%s%% or %g%%", number, share*100)
	}
	return number + unit
}

// chosen notes in out that this key of several was written.
func chosen(out *string, key string, of rule) rule {
	read := of.read
	of.read = func(c *checker, n *yaml.Node, path string) {
		*out = key
		read(c, n, path)
	}
	return of
}

// jsonObject is any mapping, kept as JSON.
func jsonObject(out *json.RawMessage) rule {
	const want = "a mapping, which becomes a JSON object"
	schema := func() map[string]any { return map[string]any{"type": "object"} }
	return rule{want: want, schema: schema, read: func(c *checker, n *yaml.Node, path string) {
		if n.Kind != yaml.MappingNode {
			c.wrongType(n, path, want)
			return
		}
		var b bytes.Buffer
		c.toJSON(&b, n, path)
		*out = b.Bytes()
	}}
}
