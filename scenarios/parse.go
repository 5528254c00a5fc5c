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
	"strings"

	"gopkg.in/yaml.v3"
)

// Parse reads and checks a scenario. file is its name in messages; each element of set is an override of the form
// load.reboot.timeout=3s, applied in order before the checks. The error is a Mistakes with everything that is wrong. A
// file with a matrix is refused unless one of the overrides, matrix=CELL, picks a cell.
func Parse(file string, text []byte, set []string) (*Scenario, error) {
	return one(ParseAll(file, text, set))
}

// one is the only scenario of a file.
func one(all []*Scenario, err error) (*Scenario, error) {
	switch {
	case err != nil:
		return nil, err
	case all[0].Cell == "":
		return all[0], nil
	}
	var names []string
	for _, s := range all {
		names = append(names, s.Cell)
	}
	return nil, Mistakes{{File: all[0].File, Path: matrixKey, Problem: "there are several scenarios in this file, and one is wanted",
		Fix: "add --set matrix=CELL, with " + strings.Join(names, " or ")}}
}

// ParseAll is Parse for files that may have a matrix: it returns the scenario of each cell, in the order of the file, or
// the only one.
func ParseAll(file string, text []byte, set []string) ([]*Scenario, error) {
	root, err := readTree(file, text)
	if err != nil {
		return nil, err
	}
	c := newChecker(file, root)
	cells, rest := c.pick(c.cells(root), set)
	if len(c.mistakes) > 0 {
		c.mistakes.sort()
		return nil, c.mistakes
	}
	all, wrong, bad := make([]*Scenario, len(cells)), make([]Mistakes, len(cells)), false
	for i, of := range cells {
		all[i], wrong[i] = parseCell(file, text, copied(root), of, rest)
		bad = bad || len(wrong[i]) > 0
	}
	switch {
	case bad:
		return nil, inCells(cells, wrong)
	case len(rest) < len(set): // one was picked
		all[0].Cell = ""
	}
	return all, nil
}

func newChecker(file string, root *yaml.Node) *checker {
	return &checker{file: file, nodes: map[string]*yaml.Node{"": root}, keys: map[string]*yaml.Node{}, bad: map[string]bool{}, within: map[string]bool{}}
}

// parseCell checks the scenario of one cell. The tree becomes its own.
func parseCell(file string, text []byte, root *yaml.Node, of cell, set []string) (*Scenario, Mistakes) {
	c := newChecker(file, root)
	c.fill(root, of)
	for _, s := range set {
		c.override(root, s)
	}
	s := &Scenario{File: file, Text: text, Cell: of.name}
	object(scenarioFields(s)).read(c, root, "")
	c.relations(s)
	if len(c.mistakes) == 0 && (len(set) > 0 || of.name != "") {
		s.Text = writeTree(root)
	}
	return s, c.mistakes
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
		all, err := OpenAll(name, nil)
		if err != nil {
			panic(err) // a test parses each of them
		}
		list = append(list, BuiltIn{Name: name, About: all[0].About})
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
func Open(fileOrName string, set []string) (*Scenario, error) { return one(OpenAll(fileOrName, set)) }

// OpenAll is Open for files that may have a matrix, as ParseAll is Parse for them.
func OpenAll(fileOrName string, set []string) ([]*Scenario, error) {
	if isFile(fileOrName) {
		text, err := readFile(fileOrName)
		if err != nil {
			return nil, fmt.Errorf("scenario: %w", err)
		}
		return ParseAll(fileOrName, text, set)
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
	return ParseAll(fileOrName+".yaml", text, set)
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
