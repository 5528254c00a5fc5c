package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A matrix is several scenarios in one file: each of its keys names a cell, which is the rest of the file with the
// values that stand under it put in their places, as overrides are:
//
//	matrix:
//	  strict: {platform.dialects.enos.auth: strict}
//	  open: {platform.dialects.enos.auth: "off"}
//
// A cell's scenario has the file's name with the cell's behind it. The override matrix=CELL picks one.

const matrixKey = "matrix"

// cell is one key of a matrix. Without a matrix there is one, with no name.
type cell struct {
	name   string
	values *yaml.Node // path to value
}

// cells reads a matrix and takes it out of the tree.
func (c *checker) cells(root *yaml.Node) []cell {
	i := matrixAt(root)
	if i < 0 {
		return []cell{{}}
	}
	n := root.Content[i+1]
	root.Content = slices.Delete(root.Content, i, i+2)
	switch {
	case n.Kind != yaml.MappingNode:
		c.wrongType(n, matrixKey, matrixWant)
		return nil
	case len(n.Content) == 0:
		c.mistake(n, matrixKey, "it is empty", "write "+matrixWant)
		return nil
	}
	var all []cell
	first := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key, values := n.Content[i], n.Content[i+1]
		at, ok := c.key(key, matrixKey, first)
		switch {
		case !ok:
		case !scenarioName.re.MatchString(key.Value):
			c.mistake(key, at, short(key.Value)+" does not fit", "write "+scenarioName.want)
		case values.Kind != yaml.MappingNode:
			c.wrongType(values, at, "a mapping of paths to values, such as devices.*.dialect: huawei")
		default:
			all = append(all, cell{key.Value, values})
		}
	}
	return all
}

const matrixWant = "a mapping: each key names a cell, and has a mapping of paths to values"

func matrixAt(root *yaml.Node) int {
	for i := 0; i+1 < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
		if root.Content[i].Value == matrixKey {
			return i
		}
	}
	return -1
}

// pick keeps the cell that an override names, and takes that override away.
func (c *checker) pick(cells []cell, set []string) ([]cell, []string) {
	at := slices.IndexFunc(set, func(s string) bool { return strings.HasPrefix(s, matrixKey+"=") })
	if at < 0 {
		return cells, set
	}
	var names []string
	want := strings.TrimPrefix(set[at], matrixKey+"=")
	for _, one := range cells {
		if one.name == want && want != "" {
			return []cell{one}, slices.Delete(slices.Clone(set), at, at+1)
		}
		names = append(names, one.name)
	}
	problem, fix := "the matrix has no cell "+short(want), suggest(want, names)
	if len(names) == 1 && names[0] == "" {
		problem, fix = "the file has no matrix", "leave it out"
	}
	c.mistakes = append(c.mistakes, Mistake{File: "--set " + matrixKey, Problem: problem, Fix: fix})
	return nil, nil
}

// fill puts a cell's values into the tree, and its name behind the scenario's.
func (c *checker) fill(root *yaml.Node, in cell) {
	if in.name == "" {
		return
	}
	first := map[string]*yaml.Node{}
	for i := 0; i < len(in.values.Content); i += 2 {
		key, value := in.values.Content[i], in.values.Content[i+1]
		at, ok := c.key(key, join(matrixKey, in.name), first)
		if !ok {
			continue
		}
		if top, _, _ := strings.Cut(key.Value, "."); top == matrixKey {
			c.mistake(key, at, "a cell has no cells", "write its values as cells of their own")
			continue
		}
		places, problem, fix := find(root, strings.Split(key.Value, "."), key)
		if problem != "" {
			c.mistake(key, at, problem, fix)
			continue
		}
		for _, place := range places {
			*place = *copied(value)
		}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "name" && root.Content[i+1].Kind == yaml.ScalarNode {
			root.Content[i+1].Value += "-" + in.name
		}
	}
}

// inCells merges the mistakes of all cells: what is wrong in each of them is wrong once, what is wrong in some names them.
func inCells(cells []cell, of []Mistakes) Mistakes {
	var all Mistakes
	for i, list := range of {
		for _, m := range list {
			everywhere := !slices.ContainsFunc(of, func(other Mistakes) bool { return !slices.Contains(other, m) })
			if !everywhere {
				m.Problem = fmt.Sprintf("in matrix.%s: %s", cells[i].name, m.Problem)
			}
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	all.sort()
	return all
}

// matrixRule is for the schema: where it would be read there is none any more.
func matrixRule() rule {
	return rule{want: matrixWant, read: func(*checker, *yaml.Node, string) {}, schema: func() map[string]any {
		return map[string]any{"type": "object", "minProperties": 1, "propertyNames": map[string]any{"pattern": scenarioName.re.String()},
			"additionalProperties": map[string]any{"type": "object"}}
	}}
}
