package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// What a file may cost before it is refused. A scenario is a page of text; these are bounds on malice and accident.
const (
	maxBytes = 1 << 20
	maxDepth = 32
	maxAlias = 10_000 // nodes that all aliases together may expand to
)

// readTree turns text into a tree without aliases, anchors, tags and comments, so that nobody after it meets them.
// A mistake in it stops everything: there is nothing to check.
func readTree(file string, text []byte) (*yaml.Node, error) {
	whole := func(problem, fix string) error {
		return Mistakes{{File: file, Problem: problem, Fix: fix}}
	}
	switch {
	case len(text) > maxBytes:
		return nil, whole("the file is larger than 1 MiB", "a scenario is a page of text")
	case !utf8.Valid(text):
		return nil, whole("the file is not UTF-8 text", "save it as UTF-8")
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	doc, err := decodeOne(dec)
	switch {
	case errors.Is(err, io.EOF):
		return nil, whole("the file is empty", "write at least name and devices")
	case err != nil:
		return nil, Mistakes{syntaxMistake(file, text, err)}
	}
	if second, err := decodeOne(dec); err == nil {
		return nil, Mistakes{{File: file, Line: second.Line, Col: second.Column,
			Problem: "a second document begins here", Fix: "write one scenario a file"}}
	} else if !errors.Is(err, io.EOF) {
		return nil, Mistakes{syntaxMistake(file, text, err)}
	}
	t := tree{file: file}
	root := t.plain(doc.Content[0], 1, false)
	if t.mistakes != nil {
		return nil, t.mistakes
	}
	return root, nil
}

// decodeOne reads a document. The YAML package panics on some malformed input; here that is one more syntax error.
func decodeOne(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	doc = new(yaml.Node)
	err = dec.Decode(doc)
	return doc, err
}

var (
	yamlError     = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	// countsFromZero are the complaints whose lines the YAML package counts from 0; of all others it counts from 1.
	countsFromZero = regexp.MustCompile(`^did not find expected (<document start>|node content|key$|'-' indicator|',' or)`)
)

// syntaxMistake places a YAML error at the first character of the line that the YAML package names: it tells no column.
func syntaxMistake(file string, text []byte, err error) Mistake {
	m := Mistake{File: file, Line: 1, Col: 1, Problem: "not YAML: " + err.Error()}
	parts := yamlError.FindStringSubmatch(err.Error())
	if parts == nil {
		return m
	}
	m.Problem = "not YAML: " + parts[2]
	m.Line, _ = strconv.Atoi(parts[1])
	if countsFromZero.MatchString(parts[2]) {
		m.Line++
	}
	if name := unknownAnchor.FindStringSubmatch(parts[2]); name != nil {
		before, _, _ := bytes.Cut(text, []byte("*"+name[1]))
		m.Line = 1 + bytes.Count(before, []byte("\n"))
		m.Col = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		return m
	}
	lines := strings.Split(string(text), "\n")
	m.Line = min(max(m.Line, 1), len(lines))
	line := lines[m.Line-1]
	m.Col = 1 + len(line) - len(strings.TrimLeft(line, " \t"))
	if strings.Contains(line, "\t") && strings.Contains(parts[2], "cannot start any token") {
		m.Fix = "indent with blanks, not with tabs"
	}
	return m
}

// tree copies a YAML tree and bounds what it may hold.
type tree struct {
	file     string
	expanded int // nodes copied on behalf of aliases
	mistakes Mistakes
}

// plain copies n with its aliases replaced by what they stand for. A copy keeps the position of its original. After
// the first mistake it copies nothing more: a bomb must not go on.
func (t *tree) plain(n *yaml.Node, depth int, aliased bool) *yaml.Node {
	if aliased {
		t.expanded++
	}
	switch {
	case t.mistakes != nil:
		return n
	case depth > maxDepth:
		return t.refuse(n, fmt.Sprintf("nested deeper than %d levels", maxDepth), map[bool]string{true: "an alias must not contain itself"}[aliased])
	case t.expanded > maxAlias:
		return t.refuse(n, "aliases expand to more than 10,000 values", "write the values out, or fewer of them")
	case n.Kind == yaml.AliasNode:
		return t.plain(n.Alias, depth+1, true)
	case n.Tag == "!!merge":
		return t.refuse(n, "merge keys (<<) are not supported", "write the keys out")
	case n.Style&yaml.TaggedStyle != 0:
		return t.refuse(n, "tags such as "+short(n.Tag)+" are not supported", "write the value without it")
	}
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Line: n.Line, Column: n.Column, Style: style(n)}
	for _, child := range n.Content {
		c.Content = append(c.Content, t.plain(child, depth+1, aliased))
	}
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
		c.Content = rejoin(c.Content)
	}
	return c
}

var openLaw = regexp.MustCompile(`^[a-z]+\([^()]*$`)

// rejoin mends what a comma does to {after: uniform(10ms, 50ms)}: in a mapping in braces YAML sees the two keys
// "after" and "50ms)", the second without a value. Nothing else that a person writes looks like this.
func rejoin(content []*yaml.Node) []*yaml.Node {
	var mended []*yaml.Node
	for i := 0; i < len(content); i += 2 {
		key, value := content[i], content[i+1]
		if last := len(mended) - 1; last > 0 && value.Tag == "!!null" && value.Value == "" && key.Kind == yaml.ScalarNode &&
			key.Style == 0 && strings.HasSuffix(key.Value, ")") && mended[last].Style == 0 && openLaw.MatchString(mended[last].Value) {
			mended[last].Value += ", " + key.Value
			continue
		}
		mended = append(mended, key, value)
	}
	return mended
}

func (t *tree) refuse(n *yaml.Node, problem, fix string) *yaml.Node {
	t.mistakes = Mistakes{{File: t.file, Line: n.Line, Col: n.Column, Problem: problem, Fix: fix}}
	return n
}

// style keeps what has one way to be written again without loss: block scalars have not, and become quoted ones.
func style(n *yaml.Node) yaml.Style {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Kind == yaml.ScalarNode && (n.Style&quoted != 0 || strings.ContainsAny(n.Value, "\n\r\u0085\u2028\u2029")) {
		return yaml.DoubleQuotedStyle
	}
	return n.Style & yaml.FlowStyle
}

// short quotes a text of the file for a message.
func short(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return strconv.Quote(text)
}

// toJSON writes a tree as compact JSON: keys in their order, numbers as they are written.
func (c *checker) toJSON(b *bytes.Buffer, n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.MappingNode:
		c.objectJSON(b, n, path)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			c.toJSON(b, item, index(path, i))
		}
		b.WriteByte(']')
	default:
		c.scalarJSON(b, n, path)
	}
}

func (c *checker) objectJSON(b *bytes.Buffer, n *yaml.Node, path string) {
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	b.WriteByte('{')
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at, ok := c.key(key, path, first)
		if !ok {
			continue
		}
		if b.Bytes()[b.Len()-1] != '{' {
			b.WriteByte(',')
		}
		b.Write(quoteJSON(key.Value))
		b.WriteByte(':')
		c.toJSON(b, value, at)
	}
	b.WriteByte('}')
}

func (c *checker) scalarJSON(b *bytes.Buffer, n *yaml.Node, path string) {
	switch n.Tag {
	case "!!null":
		b.WriteString("null")
	case "!!bool":
		b.WriteString(strings.ToLower(n.Value))
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			c.mistake(n, path, fmt.Sprintf("%s is not a number in JSON", n.Value), "write it in decimal digits, or quote it as text")
			return
		}
		b.WriteString(n.Value)
	default:
		b.Write(quoteJSON(n.Value))
	}
}

func quoteJSON(text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
