package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fleetdrill/platform"
)

// parsed is one line of a history.
type parsed struct {
	at      int64 // nanoseconds
	kind    Kind
	load    int // -1: none
	seq     uint64
	device  int
	limit   int64 // limit_us, over_us or for_us: nanoseconds, as they stand
	limited bool  // there is one
	detail  uint8
	answer  platform.Wire // of done
	text    string
}

// Numbers on the wire that stand for an answer to the own command, and to another.
const ownAnswer, otherAnswer platform.Wire = 1, 2

// gap is how far a command's number may be ahead of its line's: in a run it is behind.
const gap = 1 << 16

// parse reads a line: an object whose values are texts, numbers or true. It does so by hand: a history has millions.
func (rd *reader) parse(text []byte, e *parsed) error {
	e.load = -1
	rest, ok := bytes.CutPrefix(bytes.TrimRight(text, "\r\n"), []byte("{"))
	var numbered, named bool
	for more := ok; more; {
		var key, value []byte
		if key, value, rest, ok = pair(rest); !ok {
			break
		}
		if err := rd.take(e, key, value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		numbered, named = numbered || string(key) == "n", named || string(key) == "load"
		if len(rest) > 0 && rest[0] == ',' {
			rest = rest[1:]
			continue
		}
		more = false
	}
	switch {
	case !ok || string(rest) != "}":
		return errors.New("this is no fact: it is not an object as fleetdrill writes it")
	case numbered != named:
		return errors.New("a command needs both load and n")
	case numbered && e.seq >= uint64(rd.number)+gap:
		return fmt.Errorf("n: there cannot be so many commands by line %d", rd.number)
	}
	return nil
}

// pair cuts a key and its value off. A text keeps its quotes.
func pair(b []byte) (key, value, rest []byte, ok bool) {
	if key, rest, ok = quotedText(b); !ok || len(rest) < 2 || rest[0] != ':' {
		return nil, nil, nil, false
	}
	key, rest = key[1:len(key)-1], rest[1:]
	if rest[0] == '"' {
		value, rest, ok = quotedText(rest)
		return key, value, rest, ok
	}
	n := bytes.IndexAny(rest, ",}")
	if n < 1 {
		return nil, nil, nil, false
	}
	return key, rest[:n], rest[n:], true
}

func quotedText(b []byte) (text, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[:i+1], b[i+1:], true
		}
	}
	return nil, nil, false
}

func (rd *reader) take(e *parsed, key, value []byte) (err error) {
	var n int64
	switch string(key) {
	case "at_us":
		e.at, err = nanos(value)
	case "limit_us", "over_us", "for_us":
		e.limit, err = nanos(value)
		e.limited = true
	case "n":
		n, err = whole(value)
		e.seq = uint64(n)
	case "load":
		e.load, err = lookUp(rd.loads, value)
	case "device":
		n, err := lookUp(rd.devices, value)
		e.device = n + 1
		return err
	case "fact":
		e.kind, err = lookUp(kindOf, value)
	case "code", "cause", "fault":
		err = json.Unmarshal(value, &e.text)
	default:
		return e.takeDetail(key, value)
	}
	return err
}

func (e *parsed) takeDetail(key, value []byte) (err error) {
	var bits uint8
	switch string(key) {
	case "mode":
		bits, err = lookUp(map[string]uint8{"cached": cached}, value)
	case "at_once":
		bits, err = isTrue(value, atOnce)
	case "one_way":
		bits, err = isTrue(value, oneWay)
	case "qos":
		bits = qos1
	case "lane":
		n, err := whole(value)
		e.detail |= uint8(n<<laneBits) & lanes
		return err
	case "order":
		bits, err = lookUp(orderOf, value)
	case "outcome":
		bits, err = lookUp(outcomeOf, value)
	case "state":
		bits, err = lookUp(stateOf, value)
	case "answer":
		if e.kind == Done {
			e.answer, err = lookUp(map[string]platform.Wire{"own": ownAnswer, "other": otherAnswer}, value)
		} else {
			bits, err = lookUp(answerOf, value)
		}
	default:
		err = errors.New("no such key")
	}
	e.detail |= bits
	return err
}

var (
	kindOf    = namesOf[Kind](kindNames[:])
	stateOf   = namesOf[uint8](allStates())
	outcomeOf = namesOf[uint8](allOutcomes())
	answerOf  = namesOf[uint8](answerNames[:])
	orderOf   = namesOf[uint8](orders[:])
)

func namesOf[T ~uint8](names []string) map[string]T {
	m := map[string]T{}
	for i, n := range names {
		if n != "" {
			m[n] = T(i)
		}
	}
	return m
}

func allStates() (names []string) {
	for s := platform.State(0); s <= platform.Expired; s++ {
		names = append(names, s.String())
	}
	return names
}

func allOutcomes() (names []string) {
	for k := platform.Kind(0); k <= platform.Broken; k++ {
		names = append(names, k.String())
	}
	return names
}

func lookUp[T any](names map[string]T, value []byte) (T, error) {
	if len(value) >= 2 && value[0] == '"' {
		if v, ok := names[string(value[1:len(value)-1])]; ok {
			return v, nil
		}
		var text string
		if json.Unmarshal(value, &text) == nil {
			if v, ok := names[text]; ok {
				return v, nil
			}
		}
	}
	var none T
	return none, fmt.Errorf("%s is not known", value)
}

func isTrue(value []byte, bit uint8) (uint8, error) {
	if string(value) != "true" {
		return 0, fmt.Errorf("%s is not true", value)
	}
	return bit, nil
}

// whole reads a number from 0 on.
func whole(value []byte) (int64, error) {
	n, ok := digits(value, 18)
	if !ok {
		return 0, fmt.Errorf("%s is not a whole number", value)
	}
	return n, nil
}

// nanos reads microseconds with up to three decimals.
func nanos(value []byte) (int64, error) {
	text, negative := bytes.CutPrefix(value, []byte("-"))
	micros, rest, point := bytes.Cut(text, []byte("."))
	n, ok := digits(micros, 15)
	part := int64(0)
	if point && ok {
		part, ok = digits([]byte((string(rest) + strings.Repeat("0", max(0, 3-len(rest))))), 3)
	}
	if !ok {
		return 0, fmt.Errorf("%s is not a number of microseconds with up to three decimals", value)
	}
	if n = n*int64(time.Microsecond) + part; negative {
		n = -n
	}
	return n, nil
}

func digits(text []byte, most int) (n int64, ok bool) {
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = n*10 + int64(b-'0')
	}
	return n, len(text) > 0 && len(text) <= most
}
