package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Draft is the text of a scenario as a tree of values, for programs that search among scenarios: they copy it, change
// it piece by piece, write it and let Parse judge. Paths are those of overrides, such as load.0.timeout; comments are
// lost. A draft need not be a valid scenario.
type Draft struct{ root *yaml.Node }

// NewDraft reads text that is YAML; the error is a Mistakes.
func NewDraft(text []byte) (*Draft, error) {
	root, err := readTree("scenario", text)
	if err != nil {
		return nil, err
	}
	return &Draft{root}, nil
}

// Copy is a draft of its own with the same values.
func (d *Draft) Copy() *Draft { return &Draft{copied(d.root)} }

func copied(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = copied(child)
	}
	return &c
}

// Text is the draft as a file.
func (d *Draft) Text() []byte { return writeTree(copied(d.root)) }

// Set puts a value, in YAML, where path leads. Keys on the way that are not there are made; elements of lists are not.
func (d *Draft) Set(path, value string) error {
	v, err := readTree(path, []byte(value))
	if err != nil {
		return err
	}
	places, problem, fix := find(d.root, strings.Split(path, "."), &yaml.Node{})
	if problem != "" {
		return fmt.Errorf("%s: %s; %s", path, problem, fix)
	}
	for _, place := range places {
		*place = *copied(v)
	}
	return nil
}

// Append adds an element, in YAML, to the list where path leads. Where there is nothing, a list begins.
func (d *Draft) Append(path, value string) error {
	v, err := readTree(path, []byte(value))
	if err != nil {
		return err
	}
	list := d.at(path)
	if list == nil {
		return d.Set(path, "["+strings.TrimSpace(value)+"]")
	}
	if list.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s: it is no list", path)
	}
	list.Content = append(list.Content, v)
	return nil
}

// Drop takes out the key or the element where path leads. It is false where there is none.
func (d *Draft) Drop(path string) bool {
	outer, last, ok := cutLast(path)
	parent := d.root
	if ok {
		parent = d.at(outer)
	}
	i := position(parent, last)
	if i < 0 {
		return false
	}
	if parent.Kind == yaml.MappingNode {
		parent.Content = slices.Delete(parent.Content, i-1, i+1)
		return true
	}
	parent.Content = slices.Delete(parent.Content, i, i+1)
	return true
}

// Tidy puts the outermost keys into the order in which people think.
func (d *Draft) Tidy() {
	var order []*yaml.Node
	for _, f := range scenarioFields(&Scenario{}) {
		if i := position(d.root, f.key); i > 0 {
			order = append(order, d.root.Content[i-1], d.root.Content[i])
		}
	}
	if len(order) == len(d.root.Content) {
		d.root.Content = order
	}
}

// Value is the text of the single value where path leads.
func (d *Draft) Value(path string) (text string, ok bool) {
	n := d.at(path)
	if n == nil || n.Kind != yaml.ScalarNode {
		return "", false
	}
	return n.Value, true
}

// Len is how many elements the list where path leads has; 0 where there is none.
func (d *Draft) Len(path string) int {
	if n := d.at(path); n != nil && n.Kind == yaml.SequenceNode {
		return len(n.Content)
	}
	return 0
}

// Paths are those of all keys and elements, outer ones before what they hold.
func (d *Draft) Paths() []string { return paths(nil, d.root, "") }

func paths(list []string, n *yaml.Node, prefix string) []string {
	for i, child := range n.Content {
		key := strconv.Itoa(i)
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = n.Content[i-1].Value
		}
		at := join(prefix, key)
		list = paths(append(list, at), child, at)
	}
	return list
}

func (d *Draft) at(path string) *yaml.Node {
	n := d.root
	for part := range strings.SplitSeq(path, ".") {
		i := position(n, part)
		if i < 0 {
			return nil
		}
		n = n.Content[i]
	}
	return n
}

// position is where in n's content the value of a key or number is; -1: nowhere.
func position(n *yaml.Node, part string) int {
	switch {
	case n == nil:
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return i + 1
			}
		}
	case n.Kind == yaml.SequenceNode:
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.Content) {
			return i
		}
	}
	return -1
}

func cutLast(path string) (outer, last string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}
