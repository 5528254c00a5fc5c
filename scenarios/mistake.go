package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Mistake is one thing that is wrong with a scenario.
type Mistake struct {
	File      string // the file, or "--set PATH" for a mistake in an override
	Line, Col int    // of the key or value, from 1; 0 in an override or where the file as a whole is meant
	Path      string // load[0].timeout; empty for the file as a whole
	Problem   string
	Fix       string // what would be right; empty where the problem says it already
}

func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Col)
	}
	b.WriteString(": ")
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Problem)
	if m.Fix != "" {
		b.WriteString("; " + m.Fix)
	}
	return b.String()
}

// Mistakes is everything that is wrong with a scenario, in order of position; those of overrides come last.
type Mistakes []Mistake

// Error gives each mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

func (ms Mistakes) sort() {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

func rank(m Mistake) int {
	if m.Line == 0 {
		return 1
	}
	return 0
}

// suggest says which of the known words was meant, or else lists them all.
func suggest(wrong string, known []string) string {
	if best, ok := nearest(wrong, known); ok {
		return fmt.Sprintf("did you mean %s?", best)
	}
	if len(known) == 0 {
		return ""
	}
	return "known: " + strings.Join(known, ", ")
}

// nearest finds the known word within two edits of the wrong one. A short word may differ in no more than half its
// letters, or everything would resemble everything.
func nearest(wrong string, known []string) (string, bool) {
	best, least := "", 3
	for _, k := range known {
		if d := edits(wrong, k); d < least && 2*d <= max(len(wrong), len(k)) {
			best, least = k, d
		}
	}
	return best, best != ""
}

// edits counts the insertions, deletions, replacements and swaps of neighbours that turn a into b, up to 3.
func edits(a, b string) int {
	const many = 3
	if len(a)-len(b) >= many || len(b)-len(a) >= many {
		return many
	}
	prev, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			if a[i-1] == b[j-1] {
				next[j] = row[j-1]
				continue
			}
			next[j] = 1 + min(row[j-1], row[j], next[j-1])
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], 1+prev[j-2])
			}
		}
		prev, row, next = row, next, prev
	}
	return min(row[len(b)], many)
}

// checker collects the mistakes of a scenario and remembers where its values stand.
type checker struct {
	file     string
	sets     []string // paths of the overrides; the values of number i have line -1-i
	mistakes Mistakes
	nodes    map[string]*yaml.Node // value by path, defaults not among them
	keys     map[string]*yaml.Node
	bad      map[string]bool // paths with a mistake
	within   map[string]bool // paths with a mistake at them or below
}

func (c *checker) mistake(n *yaml.Node, path, problem, fix string) {
	m := Mistake{File: c.file, Line: n.Line, Col: n.Column, Path: path, Problem: problem, Fix: fix}
	if n.Line < 0 {
		m.File, m.Line, m.Col = "--set "+c.sets[-1-n.Line], 0, 0
	}
	if m.Line > 0 {
		m.Col = max(m.Col, 1) // what a matrix added has the line of its path
	}
	c.bad[path] = true
	for at := path; at != ""; at = parent(at) {
		c.within[at] = true
	}
	c.mistakes = append(c.mistakes, m)
}

// wrong is a mistake about the value at a path, or about the nearest mapping or list around it that was written.
func (c *checker) wrong(path, problem, fix string) {
	at := path
	for at != "" && c.nodes[at] == nil {
		at = parent(at)
	}
	c.mistake(c.nodes[at], path, problem, fix)
}

// wrongKey is a mistake about a key that should not be there.
func (c *checker) wrongKey(path, problem, fix string) { c.mistake(c.keys[path], path, problem, fix) }

// has tells whether a value was written, right or wrong.
func (c *checker) has(path string) bool { return c.nodes[path] != nil }

// good tells whether a value was written, and as far as is known rightly.
func (c *checker) good(path string) bool { return c.has(path) && !c.bad[path] }

func (c *checker) wrongType(n *yaml.Node, path, want string) {
	fix := "write " + want
	switch {
	case n.Kind == yaml.MappingNode:
		c.mistake(n, path, "a mapping stands here", fix)
	case n.Kind == yaml.SequenceNode:
		c.mistake(n, path, "a list stands here", fix)
	case n.Tag == "!!null":
		c.mistake(n, path, "there is no value", fix)
	case n.Tag == "!!str":
		c.mistake(n, path, short(n.Value)+" is text", fix)
	default:
		c.mistake(n, path, n.Value+" is "+tagNames[n.Tag], fix)
	}
}

var tagNames = map[string]string{"!!int": "a number", "!!float": "a number", "!!bool": "a boolean", "!!timestamp": "a date"}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// parent cuts the last key or number off a path.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }
