package check

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
)

// Schema is the version of what WriteJSONL writes. ReadJSONL reads no other.
const Schema = 2

// WriteJSONL writes a header and every fact as a line, in one order whatever ran in parallel: by time, then facts of
// devices alone, then those of commands by load, number and kind. The header has
//
//	schema   Schema
//	began    what the wall clock showed at Begin; missing on a virtual clock
//	facts    how many lines follow
//	loads, devices   their names, in the order of the scenario
//
// The keys of a fact, of which all but the first and fact may be missing:
//
//	at_us    microseconds since Begin, with up to three decimals
//	load, n  the command: the load's name and the number of its call, from 0
//	device   whose it is; for a foreign reply, whose command it names stands in load and n
//	fact     what happened
//	mode     due, accepted: cached
//	at_once  due: the call is over when its command is accepted
//	lane, order, one_way  accepted: the lane if it is not 0; "all" or "none" if its commands do not go in the usual
//	         order; it is a message
//	qos      published: 1
//	limit_us accepted, recalled, published, received: the time until the lifetime or deadline that begins; missing if
//	         it never ends
//	code     done: the vendor's
//	outcome  done: its class
//	state    ended: the final state
//	cause    ended: why it ended without success
//	over_us  ended by a timer: how long after its limit
//	answer   answered: failure, garbled or foreign, if it is no success; done: whether the answer that the caller got
//	         named its own command or another
//	fault, for_us  fault: which, and how long it acts
//
// IDs and numbers on the wire are left out: they may differ between runs that are otherwise the same.
func (h *History) WriteJSONL(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	e := encoder{h: h, names: quoted(h.loads), devices: quoted(h.devices), words: quoted(h.words.all())}
	moments := h.inTime()
	if _, err := b.Write(e.header(len(moments))); err != nil {
		return fmt.Errorf("writing history: %w", err)
	}
	for _, m := range moments {
		if _, err := b.Write(e.line(h.at(m.place))); err != nil {
			return fmt.Errorf("writing history: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing history: %w", err)
	}
	return nil
}

type moment struct {
	at    int64
	rank  uint32 // in byCommand, but with the facts of no command first
	place uint32
}

func (h *History) inTime() []moment {
	list := make([]moment, len(h.byCommand))
	alone := int(h.commands[h.slots()]) // where the facts of no command begin
	for i, place := range h.byCommand {
		rank := i + len(h.byCommand)
		if i >= alone {
			rank = i
		}
		list[i] = moment{h.at(place).at, uint32(rank), place}
	}
	slices.SortFunc(list, func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank))
	})
	return list
}

func quoted(names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = quote(n)
	}
	return list
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}

// encoder builds lines by hand: a history has millions.
type encoder struct {
	h              *History
	names, devices []string // in quotes, and so are words
	words          []string
	buf            []byte
}

func (e *encoder) header(facts int) []byte {
	began := ""
	if !e.h.wall.IsZero() {
		began = `"began":"` + e.h.wall.Format(time.RFC3339Nano) + `",`
	}
	return fmt.Appendf(nil, `{"schema":%d,%s"facts":%d,"loads":[%s],"devices":[%s]}`+"\n", Schema, began, facts,
		strings.Join(e.names, ","), strings.Join(e.devices, ","))
}

func (e *encoder) line(f *fact) []byte {
	e.buf = append(e.buf[:0], `{"at_us":`...)
	e.micros(f.at)
	if load, seq, ok := e.h.loadOf(int(f.cmd) - 1); ok {
		e.buf = append(append(e.buf, `,"load":`...), e.names[load]...)
		e.buf = strconv.AppendUint(append(e.buf, `,"n":`...), seq, 10)
	}
	if d := int(f.device); d >= 1 && d <= len(e.devices) {
		e.buf = append(append(e.buf, `,"device":`...), e.devices[d-1]...)
	}
	e.plain("fact", f.kind.String())
	e.details(f)
	return append(e.buf, "}\n"...)
}

func (e *encoder) details(f *fact) {
	switch f.kind {
	case Accepted, Recalled, Published, Received:
		if f.kind == Accepted {
			e.accepted(f)
		}
		if f.kind == Published && f.detail&qos1 != 0 {
			e.number("qos", 1)
		}
		if f.limit != never {
			e.buf = append(e.buf, `,"limit_us":`...)
			e.micros(f.limit - f.at)
		}
	case Due:
		if f.isCached() {
			e.plain("mode", "cached")
		}
		if f.isAtOnce() {
			e.yes("at_once")
		}
	case Answered:
		if a := AnswerKind(f.detail); a != AnswerSuccess {
			e.plain("answer", a.String())
		}
	case Fault:
		e.word("fault", f.word)
		if f.limit != 0 {
			e.key("for_us")
			e.micros(f.limit)
		}
	case Done:
		e.word("code", f.word)
		e.plain("outcome", f.outcome().String())
		switch {
		case f.wire == 0:
		case e.h.answersOwn(f):
			e.plain("answer", "own")
		default:
			e.plain("answer", "other")
		}
	case Ended:
		e.plain("state", f.state().String())
		e.word("cause", f.word)
		if f.limit != 0 {
			e.buf = append(e.buf, `,"over_us":`...)
			e.micros(f.limit)
		}
	}
}

func (e *encoder) accepted(f *fact) {
	if f.isCached() {
		e.plain("mode", "cached")
	}
	if f.lane() > 0 {
		e.number("lane", f.lane())
	}
	if f.order() != 0 {
		e.plain("order", orders[f.order()])
	}
	if f.isOneWay() {
		e.yes("one_way")
	}
}

var orders = [...]string{platform.SerializeAll: "all", platform.SerializeNone: "none"}

func (e *encoder) number(key string, n int) {
	e.key(key)
	e.buf = strconv.AppendInt(e.buf, int64(n), 10)
}

func (e *encoder) yes(key string) {
	e.key(key)
	e.buf = append(e.buf, "true"...)
}

// plain appends a value that needs no escapes.
func (e *encoder) plain(key, value string) {
	e.key(key)
	e.buf = append(append(append(e.buf, '"'), value...), '"')
}

// word appends a key unless its text is empty.
func (e *encoder) word(key string, n uint16) {
	if n != 0 {
		e.key(key)
		e.buf = append(e.buf, e.words[n]...)
	}
}

func (e *encoder) key(key string) {
	e.buf = append(append(append(e.buf, `,"`...), key...), `":`...)
}

func (e *encoder) micros(ns int64) {
	if ns < 0 {
		e.buf = append(e.buf, '-')
		ns = -ns
	}
	e.buf = strconv.AppendInt(e.buf, ns/int64(time.Microsecond), 10)
	rest := ns % int64(time.Microsecond)
	if rest == 0 {
		return
	}
	e.buf = append(e.buf, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	for e.buf[len(e.buf)-1] == '0' {
		e.buf = e.buf[:len(e.buf)-1]
	}
}
