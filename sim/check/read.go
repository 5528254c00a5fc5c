package check

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"fleetdrill/platform"
)

// ReadJSONL reads what WriteJSONL wrote into a History that tells the same: written again it is the same bytes. Errors
// name the line. What is not in the file is lost: numbers on the wire are made up, and facts of one instant about one
// device are in the order of the file, so that Check, which asks what came first, is for the run itself.
func ReadJSONL(r io.Reader) (*History, error) {
	rd := reader{lines: bufio.NewReaderSize(r, 1<<16), number: 1}
	if err := rd.header(); err != nil {
		return nil, fmt.Errorf("history: line %d: %w", rd.number, err)
	}
	for rd.left = rd.head.Facts; ; rd.left-- {
		rd.number++
		text, err := rd.lines.ReadSlice('\n')
		if err == nil && rd.left > 0 {
			err = damaged(rd.fact(text))
		} else {
			err = rd.end(text, err)
		}
		switch {
		case err == io.EOF:
			return rd.ledger.Finish(), nil
		case err != nil:
			return nil, fmt.Errorf("history: line %d: %w", rd.number, err)
		}
	}
}

// reader turns lines back into facts. It gives the ledger a tag with every fact, so that nothing must be searched.
type reader struct {
	lines          *bufio.Reader
	number         int // of the present line, from 1
	left           int // facts that are still to come
	head           header
	ledger         *Ledger
	loads, devices map[string]int
	memos          [][]memo        // by load and number of the call
	counts         []platform.Wire // by device number: commands published
}

type header struct {
	Schema         int
	Began          time.Time
	Facts          int
	Loads, Devices []string
}

// memo is what the facts of a command have in common.
type memo struct {
	call, platform uint8 // details
	wire           platform.Wire
}

const maxFacts = 1 << 32 // beyond the places that there are

func (rd *reader) header() error {
	text, err := rd.lines.ReadBytes('\n')
	switch {
	case err != nil && err != io.EOF:
		return err
	case len(text) == 0:
		return damaged(errors.New("the file is empty"))
	case bytes.HasPrefix(text, []byte(`{"at_us":`)):
		return errors.New("no header: an older fleetdrill wrote this; run the scenario.yaml beside it again")
	case json.Unmarshal(text, &rd.head) != nil || rd.head.Schema == 0:
		if err == io.EOF && bytes.HasPrefix(text, []byte(`{"schema":`)) {
			return errCutOff
		}
		return errors.New("this is no history of fleetdrill: want a header such as {\"schema\":2,…}")
	case rd.head.Schema != Schema:
		return fmt.Errorf("its schema is %d, and this fleetdrill reads %d: use the one that wrote it, or run the scenario again", rd.head.Schema, Schema)
	case err == io.EOF:
		return errCutOff
	case rd.head.Began.UTC().Year() < 0 || rd.head.Began.UTC().Year() > 9999:
		return damaged(fmt.Errorf("began: %v is no time that a run begins", rd.head.Began))
	case rd.head.Facts < 0 || rd.head.Facts >= maxFacts:
		return damaged(fmt.Errorf("%d facts are not possible", rd.head.Facts))
	}
	rd.ledger = NewLedger(rd.head.Loads, rd.head.Devices)
	rd.ledger.Began(rd.head.Began)
	rd.loads, rd.devices = numbers(rd.head.Loads), numbers(rd.head.Devices)
	rd.memos, rd.counts = make([][]memo, len(rd.head.Loads)), make([]platform.Wire, len(rd.head.Devices)+1)
	return nil
}

var errCutOff = errors.New("it is cut off here: the results are not complete, run the scenario again")

// damaged adds what to do about a line that no run has written; nil is nil.
func damaged(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w; the file is damaged: put back what was written, or run the scenario again", err)
}

func numbers(names []string) map[string]int {
	m := make(map[string]int, len(names))
	for i, n := range names {
		m[n] = i
	}
	return m
}

// end says what is wrong where no line was read, or one too many; io.EOF is nothing.
func (rd *reader) end(text []byte, err error) error {
	switch {
	case err == nil:
		return damaged(fmt.Errorf("the header says that there are %d facts, and here is one more", rd.head.Facts))
	case err == bufio.ErrBufferFull:
		return damaged(errors.New("this is no fact: it is too long"))
	case err != io.EOF:
		return err
	case len(text) > 0:
		return errCutOff
	case rd.left > 0:
		return fmt.Errorf("%d of %d facts are missing: %w", rd.left, rd.head.Facts, errCutOff)
	}
	return io.EOF
}

// fact tells the ledger what a line tells.
func (rd *reader) fact(text []byte) error {
	var e parsed
	if err := rd.parse(text, &e); err != nil {
		return err
	}
	if e.kind == 0 {
		return errors.New("this is no fact: it has no key \"fact\"")
	}
	f := fact{at: e.at, kind: e.kind, device: int32(e.device), limit: never, word: rd.ledger.words.number(e.text), detail: e.detail}
	switch {
	case e.kind == Ended, e.kind == Fault:
		f.limit = e.limit
	case e.kind.hasLimit() && e.limited:
		f.limit = e.at + e.limit
	case !e.kind.hasLimit():
		f.limit = 0
	}
	if e.load >= 0 {
		f.cmd = uint64(rd.ledger.Tag(e.load, e.seq))
		rd.recall(&f, &e)
	}
	rd.ledger.add(&f, false)
	return nil
}

// recall gives a fact what its line leaves out, because an earlier one of its command has it.
func (rd *reader) recall(f *fact, e *parsed) {
	m := &rd.memos[e.load]
	for uint64(len(*m)) <= e.seq {
		*m = append(*m, memo{})
	}
	c := &(*m)[e.seq]
	switch f.kind {
	case Due:
		c.call = f.detail
	case Sent:
		f.detail = c.call
	case Done:
		f.detail |= c.call
		if f.wire = e.answer; e.answer == ownAnswer {
			f.wire = c.wire
		}
	case Accepted:
		c.platform = f.detail
	case Published:
		if c.wire == 0 {
			rd.counts[e.device]++
			c.wire = platform.Wire(e.device)*platform.WireStride + rd.counts[e.device]
		}
		f.wire = c.wire
		f.detail |= c.platform
	case Ended:
		f.detail |= c.platform &^ low
	case Queued, LinkDropped, Recalled, Dequeued, Resent, Acked, Received, Matched, CallerGone:
		f.detail = c.platform
	}
}
