package alibaba

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"sync/atomic"
)

// Content types. Two of the vendor's SDKs know an XML error by this exact value. net/http only reads them.
var (
	jsonType = []string{"application/json;charset=utf-8"}
	xmlType  = []string{"text/xml;charset=utf-8"}
)

// head begins the answer of a call that has come as far as its operation.
func (a *api) head(c *call) {
	c.out.open(c.action + "Response")
	c.out.text("RequestId", a.ids.next())
	c.out.raw("Success", "true")
}

// write sends what a call came to: what c.out holds if err is nil, or the failure.
func (a *api) write(c *call, err error) {
	status := http.StatusOK
	if err != nil {
		status = a.writeFault(c, faultOf(err))
	}
	c.out.close()
	h := c.w.Header()
	h["Content-Type"] = jsonType
	if c.out.xml {
		h["Content-Type"] = xmlType
	}
	c.w.WriteHeader(status)
	c.w.Write(c.out.b)
}

// writeFault writes one of the two envelopes, and returns the status of HTTP.
func (a *api) writeFault(c *call, f *fault) int {
	c.out.reset()
	if f.status == 0 {
		c.out.open(c.action + "Response")
		c.out.text("RequestId", a.ids.next())
		c.out.raw("Success", "false")
		c.out.text("Code", f.code)
		c.out.text("ErrorMessage", f.msg)
		return http.StatusOK
	}
	c.out.open("Error")
	c.out.text("RequestId", a.ids.next())
	c.out.text("HostId", c.r.Host)
	c.out.text("Code", f.code)
	c.out.text("Message", f.msg)
	c.out.text("Recommend", "")
	return f.status
}

// requestIDs makes upper-case UUIDs that nobody has had: half of each drawn once, half counted.
type requestIDs struct {
	start [8]byte
	count atomic.Uint64
}

func (q *requestIDs) init() { rand.Read(q.start[:]) }

func (q *requestIDs) next() string {
	var id [16]byte
	copy(id[:], q.start[:])
	binary.BigEndian.PutUint64(id[8:], q.count.Add(1))
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4; a count has room enough
	t := make([]byte, 0, 36)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			t = append(t, '-')
		}
		t = append(t, upperHex[b>>4], upperHex[b&15])
	}
	return string(t)
}

// appendString appends s as JSON. Most strings need no escape but that of quotes, in a JSON text within.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			text, _ := json.Marshal(strings.ToValidUTF8(s, "\uFFFD"))
			return append(b, text...)
		}
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// document writes an answer as JSON or as XML, which have the same names in the same order. In JSON a list is an array
// in one member; in XML its element is repeated.
//
//	d.open("GetDeviceStatusResponse"); d.text("RequestId", id)
//	d.begin("Data"); d.text("Status", "ONLINE"); d.end("Data")
//	d.close()
type document struct {
	b    []byte
	xml  bool
	root string
	next bool // a member has been written before: JSON needs a comma
}

func (d *document) reset() { d.b, d.next = d.b[:0], false }

// open begins the whole; the root's name shows in XML only.
func (d *document) open(root string) {
	d.root = root
	if d.xml {
		d.b = append(append(append(append(d.b, "<?xml version='1.0' encoding='UTF-8'?>\n"...), '<'), root...), '>')
		return
	}
	d.b = append(d.b, '{')
}

func (d *document) close() {
	if d.xml {
		d.tag("</", d.root)
		return
	}
	d.b = append(d.b, '}')
}

func (d *document) tag(open, name string) { d.b = append(append(append(d.b, open...), name...), '>') }

// key begins a member.
func (d *document) key(name string) {
	if d.xml {
		d.tag("<", name)
		return
	}
	if d.next {
		d.b = append(d.b, ',')
	}
	d.next = true
	d.b = append(append(append(d.b, '"'), name...), `":`...)
}

// raw writes a number or a boolean.
func (d *document) raw(name, literal string) {
	d.key(name)
	d.b = append(d.b, literal...)
	if d.xml {
		d.tag("</", name)
	}
}

// text writes a string.
func (d *document) text(name, value string) {
	d.key(name)
	if !d.xml {
		d.b = appendString(d.b, value)
		return
	}
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(value)) // what XML cannot hold becomes U+FFFD
	d.b = append(d.b, b.Bytes()...)
	d.tag("</", name)
}

// begin and end enclose an object.
func (d *document) begin(name string) {
	d.key(name)
	if !d.xml {
		d.b, d.next = append(d.b, '{'), false
	}
}

func (d *document) end(name string) {
	if d.xml {
		d.tag("</", name)
		return
	}
	d.b, d.next = append(d.b, '}'), true
}

// list writes n objects of one name; item writes the members of one.
func (d *document) list(name string, n int, item func(i int)) {
	if d.xml {
		for i := range n {
			d.begin(name)
			item(i)
			d.end(name)
		}
		return
	}
	d.key(name)
	d.b = append(d.b, '[')
	for i := range n {
		if i > 0 {
			d.b = append(d.b, ',')
		}
		d.b, d.next = append(d.b, '{'), false
		item(i)
		d.b = append(d.b, '}')
	}
	d.b, d.next = append(d.b, ']'), true
}
