package scenarios

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Parse reads and checks a scenario. file is its name in messages; each element of set is an override of the form
// load.reboot.timeout=3s, applied in order before the checks. The error is a Mistakes with everything that is wrong.
func Parse(file string, text []byte, set []string) (*Scenario, error) {
	root, err := readTree(file, text)
	if err != nil {
		return nil, err
	}
	c := &checker{file: file, nodes: map[string]*yaml.Node{"": root}, keys: map[string]*yaml.Node{}, bad: map[string]bool{}, within: map[string]bool{}}
	for _, s := range set {
		c.override(root, s)
	}
	s := &Scenario{File: file, Text: text}
	object(scenarioFields(s)).read(c, root, "")
	c.relations(s)
	if len(c.mistakes) > 0 {
		c.mistakes.sort()
		return nil, c.mistakes
	}
	if len(set) > 0 {
		s.Text = writeTree(root)
	}
	return s, nil
}

// writeTree is the text of a tree. An empty value is written out: the encoder would make it an empty text.
func writeTree(root *yaml.Node) []byte {
	writeNulls(root)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		panic(err) // a tree of plain values has been read from YAML, and a buffer takes everything
	}
	return b.Bytes()
}

func writeNulls(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		n.Value = "null"
	}
	for _, c := range n.Content {
		writeNulls(c)
	}
}

//go:embed *.yaml zoo/*.yaml
var builtIns embed.FS

// BuiltIn is a scenario that comes with the program.
type BuiltIn struct {
	Name, About string
}

// BuiltIns lists the scenarios that come with the program, by name.
func BuiltIns() []BuiltIn {
	var list []BuiltIn
	for _, name := range builtInNames() {
		s, err := Open(name, nil)
		if err != nil {
			panic(err) // a test parses each of them
		}
		list = append(list, BuiltIn{Name: name, About: s.About})
	}
	return list
}

func builtInNames() []string { return named("*.yaml") }

// Zoo lists the names of the scenarios of real timeout bugs, such as zoo/stale-route.
func Zoo() []string { return named("zoo/*.yaml") }

func named(pattern string) []string {
	files, _ := fs.Glob(builtIns, pattern) // the pattern is right
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files
}

// zoo is how the names of Zoo begin.
const zoo = "zoo/"

// Open parses a file, or a built-in scenario by its name. What ends in .yaml or .yml, exists, or contains a slash and is
// no name in the zoo, is a file. The error is a Mistakes, or says why there is nothing to read.
func Open(fileOrName string, set []string) (*Scenario, error) {
	if isFile(fileOrName) {
		text, err := readFile(fileOrName)
		if err != nil {
			return nil, fmt.Errorf("scenario: %w", err)
		}
		return Parse(fileOrName, text, set)
	}
	text, err := builtIns.ReadFile(fileOrName + ".yaml")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		known := builtInNames()
		if strings.HasPrefix(fileOrName, zoo) {
			known = Zoo()
		}
		fix := "built in: " + strings.Join(known, ", ")
		if best, ok := nearest(fileOrName, known); ok {
			fix = "did you mean " + best + "? " + fix
		}
		return nil, fmt.Errorf("no file and no built-in scenario is called %s; %s", short(fileOrName), fix)
	}
	return Parse(fileOrName+".yaml", text, set)
}

func isFile(name string) bool {
	if path.Ext(name) == ".yaml" || path.Ext(name) == ".yml" {
		return true
	}
	if strings.Contains(name, "/") && !strings.HasPrefix(name, zoo) {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// readFile reads no more than Parse can refuse.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

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
	place, problem, fix := find(root, strings.Split(path, "."), mark)
	if problem != "" {
		fail(problem, fix)
		return
	}
	*place = *value
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

// find goes along a path and gives the value at its end. Keys that are not there are made: the checks that follow
// know which keys there can be.
func find(n *yaml.Node, path []string, mark int) (place *yaml.Node, problem, fix string) {
	for i, part := range path {
		done := strings.Join(path[:i], ".")
		switch n.Kind {
		case yaml.MappingNode:
			n = child(n, part, mark)
		case yaml.SequenceNode:
			item, fix := element(n, part)
			if item == nil {
				return nil, fmt.Sprintf("%s has no element %s", done, short(part)), fix
			}
			n = item
		default:
			return nil, fmt.Sprintf("%s is a single value: it has no %s", done, short(part)), "set " + done + " as a whole"
		}
	}
	return n, "", ""
}

func child(n *yaml.Node, key string, mark int) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: mark}
	v := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: mark}
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
