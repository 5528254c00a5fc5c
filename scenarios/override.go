package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// override applies one --set to the tree. What it adds or replaces is marked as its own, so that the checks that
// follow name the override instead of a position.
func (c *checker) override(root *yaml.Node, set string) {
	path, text, ok := strings.Cut(set, "=")
	c.sets = append(c.sets, path)
	mark := -len(c.sets)
	fail := func(problem, fix string) {
		c.mistakes = append(c.mistakes, Mistake{File: "--set " + path, Problem: problem, Fix: fix})
	}
	if !ok || path == "" {
		fail("it sets nothing", "write path=value, such as load.reboot.timeout=3s")
		return
	}
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	if strings.TrimSpace(text) != "" {
		var err error
		if value, err = readTree("--set "+path, []byte(text)); err != nil {
			c.mistakes = append(c.mistakes, withoutPlace(err.(Mistakes))...)
			return
		}
	}
	claim(value, mark)
	places, problem, fix := find(root, strings.Split(path, "."), &yaml.Node{Line: mark})
	if problem != "" {
		fail(problem, fix)
		return
	}
	for _, place := range places {
		*place = *copied(value)
	}
}

func withoutPlace(ms Mistakes) Mistakes {
	for i := range ms {
		ms[i].Line, ms[i].Col = 0, 0
	}
	return ms
}

func claim(n *yaml.Node, mark int) {
	n.Line, n.Column = mark, 0
	for _, child := range n.Content {
		claim(child, mark)
	}
}

// find goes along a path and gives the values at its end: several where the path has a * for each element of a list.
// Keys that are not there are made, in the place of by: the checks that follow know which keys there can be.
func find(root *yaml.Node, path []string, by *yaml.Node) (places []*yaml.Node, problem, fix string) {
	places = []*yaml.Node{root}
	for i, part := range path {
		var next []*yaml.Node
		for _, n := range places {
			inside, problem, fix := step(n, strings.Join(path[:i], "."), part, by)
			if problem != "" {
				return nil, problem, fix
			}
			next = append(next, inside...)
		}
		places = next
	}
	return places, "", ""
}

// step goes from n, which is at a path, to what part of it stands for.
func step(n *yaml.Node, at, part string, by *yaml.Node) (places []*yaml.Node, problem, fix string) {
	switch {
	case n.Kind == yaml.MappingNode:
		return []*yaml.Node{child(n, part, by)}, "", ""
	case n.Kind != yaml.SequenceNode:
		return nil, fmt.Sprintf("%s is a single value: it has no %s", at, short(part)), "set " + at + " as a whole"
	case part == "*":
		return n.Content, "", ""
	}
	item, fix := element(n, part)
	if item == nil {
		return nil, fmt.Sprintf("%s has no element %s", at, short(part)), fix
	}
	return []*yaml.Node{item}, "", ""
}

func child(n *yaml.Node, key string, by *yaml.Node) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: by.Line, Column: by.Column}
	v := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: by.Line, Column: by.Column}
	n.Content = append(n.Content, k, v)
	return v
}

// element finds an element of a list by its number, or by its name or group.
func element(n *yaml.Node, part string) (item *yaml.Node, fix string) {
	if i, err := strconv.Atoi(part); err == nil {
		if i >= 0 && i < len(n.Content) {
			return n.Content[i], ""
		}
		return nil, fmt.Sprintf("it has %d, counted from 0", len(n.Content))
	}
	var names []string
	for _, item := range n.Content {
		for i := 0; i+1 < len(item.Content) && item.Kind == yaml.MappingNode; i += 2 {
			key, value := item.Content[i].Value, item.Content[i+1].Value
			if key != "name" && key != "group" {
				continue
			}
			if value == part {
				return item, ""
			}
			names = append(names, value)
		}
	}
	return nil, suggest(part, names)
}
