package huawei

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Characters that a field may have besides letters and digits of ASCII.
const (
	idMarks    = "_-"
	nameMarks  = "_?'#().,&%@!-"
	topicMarks = "_-?=$#+/"
)

// field is a rule about a text: at most so many characters, of these. Without marks any character is good; with Han,
// Chinese ones are good too.
type field struct {
	name  string
	most  int
	marks string
	han   bool
}

// check returns nil for a text that the rule allows.
func (f field) check(text string) error {
	if n := utf8.RuneCountInString(text); n > f.most {
		return invalid(f.name, "has %d characters, %d are allowed", n, f.most)
	}
	if f.marks == "" {
		return nil
	}
	for _, r := range text {
		if !f.allows(r) {
			return invalid(f.name, "%q is not allowed in it", r)
		}
	}
	return nil
}

func (f field) allows(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(f.marks, r) ||
		f.han && unicode.Is(unicode.Han, r)
}

// rule is a field with the text that it is about.
type rule struct {
	field
	text *string // nil: absent
}

// checkAll returns the first mistake.
func checkAll(rules ...rule) error {
	for _, r := range rules {
		if r.text == nil {
			continue
		}
		if err := r.check(*r.text); err != nil {
			return err
		}
	}
	return nil
}

// page is what a list call asks for.
type page struct {
	limit, offset int
	before        uint64 // only rows with a lower number
}

// Paging limits.
const (
	maxLimit, defaultLimit = 50, 10
	maxOffset              = 500
)

// page reads limit, offset and marker.
func (c *call) page() (p page, err error) {
	q := c.r.URL.Query()
	p = page{limit: defaultLimit, before: 1<<64 - 1}
	if text := q.Get("limit"); text != "" {
		if p.limit, err = strconv.Atoi(text); err != nil || p.limit < 1 || p.limit > maxLimit {
			return p, errLimit
		}
	}
	if text := q.Get("offset"); text != "" {
		if p.offset, err = strconv.Atoi(text); err != nil || p.offset < 0 || p.offset > maxOffset {
			return p, invalid("offset", "is out of range, 0 to %d", maxOffset)
		}
	}
	text := q.Get("marker")
	if text == "" || text == strings.Repeat("f", 24) {
		return p, nil
	}
	high, text := text[:max(0, len(text)-16)], text[max(0, len(text)-16):]
	if p.before, err = strconv.ParseUint(text, 16, 64); err != nil || len(high) != 8 || strings.Trim(high, "0") != "" {
		return p, invalid("marker", "is not the marker of an earlier answer")
	}
	return p, nil
}

// marker is how a row's number is written.
func marker(number uint64) string {
	text := strconv.FormatUint(number, 16)
	return strings.Repeat("0", 24-len(text)) + text
}

// cut returns the rows of the page and the marker of its last one; all has the newest first, numbered by number. An
// empty page's marker is that of the beginning.
func cut[T any](p page, all []T, number func(T) uint64) (rows []T, last string) {
	rows = []T{}
	last = strings.Repeat("f", 24)
	skip := p.offset
	for _, row := range all {
		n := number(row)
		if n >= p.before {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(rows) == p.limit {
			break
		}
		rows, last = append(rows, row), marker(n)
	}
	return rows, last
}

// span is a range of times; a zero end is open.
type span struct{ from, to time.Time }

// span reads start_time and end_time.
func (c *call) span() (s span, err error) {
	q := c.r.URL.Query()
	for name, to := range map[string]*time.Time{"start_time": &s.from, "end_time": &s.to} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if *to, err = time.Parse(shortTime, text); err != nil {
			return s, errTimeFormat
		}
	}
	if !s.from.IsZero() && !s.to.IsZero() && !s.from.Before(s.to) {
		return s, errTimeOrder
	}
	return s, nil
}

// holds tells whether a time is within, both ends included. A time that has not come yet is in no span with an end.
func (s span) holds(at time.Time) bool {
	if s.from.IsZero() && s.to.IsZero() {
		return true
	}
	if at.IsZero() {
		return false
	}
	at = at.Truncate(time.Second) // as the answers have it
	return !at.Before(s.from) && (s.to.IsZero() || !at.After(s.to))
}

// stamp writes a time as nearly all of the API does; "" if there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(shortTime)
}
