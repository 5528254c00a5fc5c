package enos

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
)

// A search expression:
//
//	expression = [ clause { "and" clause } ]
//	clause     = "state" "=" number
//	           | "commandName." locale "like" text
//	           | "createTime" ( ">" | "=" | "<" ) text       yyyy-MM-dd HH:mm:ss, to the second
//	text       = "'" { any but "'" | "''" } "'"
//
// Words are taken in any case, as in SQL; field names are not.

// condition tells whether a command is meant.
type condition func(*platform.Record) bool

// parseExpression returns the clauses of an expression; all of them have to hold.
func parseExpression(text string) ([]condition, error) {
	p := parser{rest: text}
	p.next()
	if p.kind == endToken {
		return nil, nil
	}
	var all []condition
	for {
		cond, err := p.clause()
		if err != nil {
			return nil, err
		}
		all = append(all, cond)
		if p.kind == endToken {
			return all, nil
		}
		if p.kind != wordToken || !strings.EqualFold(p.text, "and") {
			return nil, p.unexpected("and, or the end")
		}
		p.next()
	}
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	wordToken
	signToken
	quotedToken
	brokenToken
)

// parser holds the present token and what follows it.
type parser struct {
	rest string
	kind tokenKind
	text string
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func (p *parser) next() {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	switch {
	case p.rest == "":
		p.kind, p.text = endToken, ""
	case p.rest[0] == '\'':
		p.quoted()
	case isWord(p.rest[0]):
		n := 1
		for n < len(p.rest) && isWord(p.rest[n]) {
			n++
		}
		p.take(wordToken, n)
	default:
		p.take(signToken, 1)
	}
}

func (p *parser) take(kind tokenKind, n int) {
	p.kind, p.text, p.rest = kind, p.rest[:n], p.rest[n:]
}

// quoted reads a text; two quotes in it are one.
func (p *parser) quoted() {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch {
		case p.rest[i] != '\'':
			b.WriteByte(p.rest[i])
		case i+1 < len(p.rest) && p.rest[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			p.kind, p.text, p.rest = quotedToken, b.String(), p.rest[i+1:]
			return
		}
	}
	p.take(brokenToken, len(p.rest))
}

func (p *parser) unexpected(want string) error {
	switch p.kind {
	case endToken:
		return invalid("expression", "ends where %s should be", want)
	case brokenToken:
		return invalid("expression", "%s has no closing quote", clip(p.text))
	}
	return invalid("expression", "%q stands where %s should be", clip(p.text), want)
}

// expect returns the text of the present token, which must be of that kind, and goes on.
func (p *parser) expect(kind tokenKind, want string) (string, error) {
	if p.kind != kind {
		return "", p.unexpected(want)
	}
	text := p.text
	p.next()
	return text, nil
}

const fields = "state, commandName.<locale> or createTime"

func (p *parser) clause() (condition, error) {
	field := p
	switch name := p.text; {
	case field.kind != wordToken:
		return nil, p.unexpected(fields)
	case name == "state":
		p.next()
		return p.stateClause()
	case name == "createTime":
		p.next()
		return p.timeClause()
	case strings.HasPrefix(name, "commandName.") && len(name) > len("commandName."):
		p.next()
		return p.nameClause()
	case name == "commandName" || name == "commandName.":
		return nil, invalid("expression", "commandName needs a locale, as in commandName.en_US or commandName.default")
	}
	return nil, p.unexpected(fields)
}

func (p *parser) stateClause() (condition, error) {
	if _, err := p.sign("="); err != nil {
		return nil, err
	}
	text, err := p.expect(wordToken, "a state, 1 to 7,")
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 7 {
		return nil, invalid("expression", "%q is not a state, 1 to 7", clip(text))
	}
	return func(r *platform.Record) bool { return states[r.State] == n }, nil
}

// nameClause takes a name that contains the text. Names are the same in all locales here.
func (p *parser) nameClause() (condition, error) {
	like, err := p.expect(wordToken, "like")
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(like, "like") {
		return nil, invalid("expression", "%q stands where like should be", clip(like))
	}
	text, err := p.expect(quotedToken, "a text in quotes")
	if err != nil {
		return nil, err
	}
	text = strings.Trim(text, "%")
	return func(r *platform.Record) bool {
		name, _ := target(r)
		return strings.Contains(name, text)
	}, nil
}

func (p *parser) timeClause() (condition, error) {
	sign, err := p.sign(">=<")
	if err != nil {
		return nil, err
	}
	text, err := p.expect(quotedToken, "a time in quotes")
	if err != nil {
		return nil, err
	}
	when, err := time.Parse(localTime, text)
	if err != nil {
		return nil, invalid("expression", "%q is not a time of the form yyyy-MM-dd HH:mm:ss", clip(text))
	}
	want := map[string]int{">": 1, "=": 0, "<": -1}[sign]
	return func(r *platform.Record) bool { return cmp.Compare(r.Created.Unix(), when.Unix()) == want }, nil
}

func (p *parser) sign(allowed string) (string, error) {
	if p.kind != signToken || !strings.Contains(allowed, p.text) {
		return "", p.unexpected("one of " + allowed)
	}
	return p.expect(signToken, "")
}
