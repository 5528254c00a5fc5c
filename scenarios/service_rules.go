package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// secret is a text that no message repeats.
func secret(out *string) rule {
	const want = "a text of 1 to 256 characters, in quotes if it has digits alone"
	schema := func() map[string]any {
		return map[string]any{"type": "string", "minLength": 1, "maxLength": maxSecret}
	}
	return rule{want: want, kind: "string", schema: schema, read: func(c *checker, n *yaml.Node, path string) {
		switch {
		case n.Kind != yaml.ScalarNode || n.Tag != "!!str":
			c.mistake(n, path, "it is not a text", "write "+want)
		case n.Value == "" || len(n.Value) > maxSecret:
			c.mistake(n, path, fmt.Sprintf("it has %d characters", len(n.Value)), "write "+want)
		default:
			*out = n.Value
		}
	}}
}

// scalars is a list of single values.
func scalars[T any](out *[]T, element func(*T) rule) rule {
	schema := func() map[string]any { return listSchema(element(new(T)).schema()) }
	return rule{want: "a list", schema: schema, read: func(c *checker, n *yaml.Node, path string) {
		if !c.isList(n, path) {
			return
		}
		for i, item := range n.Content {
			var v T
			at := index(path, i)
			c.nodes[at] = item
			element(&v).read(c, item, at)
			*out = append(*out, v)
		}
	}}
}

func words(out *[]string, f form) rule {
	return scalars(out, func(s *string) rule { return text(s, f) })
}

func numbers(out *[]int) rule {
	const most = 1<<31 - 1
	return scalars(out, func(n *int) rule { return whole(n, -most-1, most) })
}

// serviceRelations checks what the tables of fields cannot: values against each other.
func (c *checker) serviceRelations(s *Service) {
	c.certificate(s)
	keys := map[string]int{}
	for i, a := range s.Accounts {
		c.unique(keys, a.Key, index("accounts", i)+".key", i)
	}
	for i, t := range s.Platform.Huawei.Tokens {
		c.known(keys, t.Account, index("dialects.huawei.tokens", i)+".account", "account")
	}
	keys, total := map[string]int{}, 0
	called := map[string]map[string]string{}
	for i := range s.Products {
		p, at := &s.Products[i], index("products", i)
		c.unique(keys, p.Key, at+".key", i)
		c.models(p, at+".services")
		total += c.registrations(p, at+".devices", called)
	}
	for i, t := range s.Platform.Huawei.Topics {
		c.known(keys, t.Product, index("dialects.huawei.topics", i)+".product", "product")
	}
	if total > maxDevices {
		c.wrong("products", fmt.Sprintf("there are %d devices", total), fmt.Sprintf("%d are the most", maxDevices))
	}
}

// known says when something names what is not there.
func (c *checker) known(keys map[string]int, key, at, what string) {
	if _, ok := keys[key]; !ok && c.good(at) {
		c.wrong(at, fmt.Sprintf("there is no %s %s", what, short(key)), suggest(key, slices.Sorted(maps.Keys(keys))))
	}
}

func (c *checker) certificate(s *Service) {
	for _, key := range []string{"cert", "key"} {
		at := "tls." + key
		switch {
		case s.Listen.Encrypted() && !c.has(at):
			c.wrong(at, "it is missing", "listen.https, listen.tls and listen.wss need tls.cert and tls.key")
		case !s.Listen.Encrypted() && c.has(at):
			c.wrongKey(at, "nothing is served over TLS", "write listen.https, listen.tls or listen.wss too")
		}
	}
}

func (c *checker) models(p *Product, at string) {
	d, _ := findDialect(p.Dialect)
	names := map[string]int{}
	for i, m := range p.Services {
		name := index(at, i) + ".name"
		c.unique(names, m.Name, name, i)
		if d.noSuffix != "" && strings.HasSuffix(m.Name, d.noSuffix) && c.good(name) {
			c.wrong(name, fmt.Sprintf("a service of %s must not end in %s", d.name, d.noSuffix), "its topic would be that of a reply")
		}
		c.params(m.Input, index(at, i)+".input")
	}
}

func (c *checker) params(list []Param, at string) {
	names := map[string]int{}
	for i := range list {
		c.unique(names, list[i].Name, index(at, i)+".name", i)
		c.param(&list[i], index(at, i))
	}
}

// fits says which types a setting of a parameter is for.
var fits = []struct {
	key   string
	types []string
}{
	{"min", []string{"int32", "float", "double"}},
	{"max", []string{"int32", "float", "double"}},
	{"length", []string{"text", "array"}},
	{"values", []string{"enum"}},
	{"item", []string{"array"}},
	{"members", []string{"struct"}},
}

func (c *checker) param(p *Param, at string) {
	if !c.good(at + ".type") {
		return
	}
	for _, f := range fits {
		if key := at + "." + f.key; c.has(key) && !slices.Contains(f.types, p.Type) {
			c.wrongKey(key, fmt.Sprintf("a value of type %s has no %s", p.Type, f.key), "it is for "+strings.Join(f.types, ", "))
		}
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		c.wrong(at+".max", fmt.Sprintf("%g is below min, %g", *p.Max, *p.Min), "write at least as much")
	}
	for _, key := range map[string][]string{"enum": {"values"}, "struct": {"members"}}[p.Type] {
		if !c.has(at + "." + key) {
			c.wrong(at+"."+key, "it is missing", fmt.Sprintf("a value of type %s needs it", p.Type))
		}
	}
	if p.Item != nil {
		c.param(p.Item, at+".item")
	}
	c.params(p.Members, at+".members")
}

// registrations checks a product's devices for names that two have. What a dialect calls its devices beside, with their
// places, it calls none of another product.
func (c *checker) registrations(p *Product, at string, called map[string]map[string]string) (total int) {
	names := map[string]string{}
	d, _ := findDialect(p.Dialect)
	if called[d.name] == nil {
		called[d.name] = map[string]string{}
	}
	for i, dev := range p.Devices {
		if total += max(dev.Count, 1); total > maxDevices {
			return total // to be refused: not to be looked at one by one
		}
		here := index(at, i)
		for _, one := range dev.Each() {
			c.once(names, one.Name, here, ".name", "")
			c.once(called[d.name], one.Alias, here, ".alias", "")
			if d.joins != "" && p.Key != "" && one.Name != "" {
				c.once(called[d.name], p.Key+d.joins+one.Name, here, ".name", ", as the API calls it,")
			}
		}
	}
	return total
}

// once says, once for each entry, that a name is taken. as is what the file's reader has to know about the name.
func (c *checker) once(taken map[string]string, name, here, key, as string) {
	at := here + key
	switch first, found := taken[name]; {
	case name == "" || c.bad[at]:
	case !found:
		taken[name] = here
	case first == here:
	default:
		c.wrong(at, fmt.Sprintf("%s%s is taken by %s", short(name), as, first), "write another name")
	}
}
