package enos

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"fleetdrill/platform"
)

// result is how a command's call ended with success: id, and output if the device has answered.
type result struct {
	id     platform.ID
	output json.RawMessage // nil for a command that was only accepted
}

var emptyObject = json.RawMessage("{}")

// outcome reads the core's ending in this vendor's terms. The error is a *fault or one of the core's.
func (c *Config) outcome(rec platform.Record, err error) (result, error) {
	answered := rec.State == platform.Succeeded || errors.Is(err, platform.ErrDevice)
	if errors.Is(err, platform.ErrDevice) && c.DeviceError != "success" {
		return result{}, deviceFault(rec)
	}
	if err != nil && !answered {
		return result{}, err
	}
	r := result{id: rec.ID}
	if answered {
		r.output = emptyObject
		if rec.Reply.Data != nil {
			r.output = rec.Reply.Data
		}
	}
	return r, nil
}

// deviceFault passes the device's own code on. A code of 0 would read as success, so that one cannot be.
func deviceFault(rec platform.Record) *fault {
	f := &fault{code: rec.Reply.Code, msg: rec.Reply.Message, id: rec.ID}
	if f.msg == "" {
		f.msg = "device execution failed"
	}
	if f.code == codeOK {
		f.code, f.msg = codeInternal, fmt.Sprintf("device answered with code 0: %s", f.msg)
	}
	return f
}

// contentType is shared by all answers: net/http only reads it.
var contentType = []string{"application/json;charset=UTF-8"}

// write sends what a call came to: what c.out holds if err is nil, or the failure.
func (a *api) write(c *call, err error) {
	status := http.StatusOK
	if err == nil {
		c.out = append(c.out, '}')
	} else {
		f := faultOf(err)
		c.out = a.appendFault(c.out[:0], f)
		if f.status != 0 {
			status = f.status
		}
	}
	c.w.Header()["Content-Type"] = contentType
	if status == http.StatusMethodNotAllowed {
		c.w.Header().Set("Allow", "GET, POST")
	}
	c.w.WriteHeader(status)
	c.w.Write(c.out)
}

// appendHead begins an envelope; what follows is data, and a closing brace.
func (a *api) appendHead(b []byte, code int, msg string) []byte {
	b = append(b, `{"code":`...)
	b = strconv.AppendInt(b, int64(code), 10)
	b = append(b, `,"msg":`...)
	b = appendString(b, msg)
	b = append(b, `,"submsg":null,"requestId":"`...)
	b = a.ids.append(b)
	return append(b, `","data":`...)
}

func (a *api) appendFault(b []byte, f *fault) []byte {
	b = a.appendHead(b, f.code, f.msg)
	if f.id == 0 {
		return append(b, "null}"...)
	}
	return append(appendResult(b, result{id: f.id}), '}')
}

func appendResult(b []byte, r result) []byte {
	b = append(b, `{"commandId":"`...)
	b = strconv.AppendUint(b, uint64(r.id), 10)
	b = append(b, '"')
	if r.output != nil {
		b = append(append(b, `,"outputData":`...), r.output...)
	}
	return append(b, '}')
}

// requestIDs makes 32 hex digits that nobody has had: half of them drawn once, half counted.
type requestIDs struct {
	start [8]byte
	count atomic.Uint64
}

func (q *requestIDs) init() { rand.Read(q.start[:]) }

func (q *requestIDs) append(b []byte) []byte {
	var id [16]byte
	copy(id[:], q.start[:])
	binary.BigEndian.PutUint64(id[8:], q.count.Add(1))
	return hex.AppendEncode(b, id[:])
}

// appendString appends s as JSON. Most strings need no escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	text, _ := json.Marshal(strings.ToValidUTF8(s, "\uFFFD"))
	return append(b, text...)
}
