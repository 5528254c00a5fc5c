package huawei

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"sync/atomic"
	"unicode/utf8"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// api serves one platform's applications.
type api struct {
	cfg      Config
	svc      *platform.Service
	tokens   *tokens
	rate     rate
	ids      ids
	shelves  shelves
	rules    rules
	posts    *posts
	catalog  catalog
	profiles profiles
}

func newAPI(cfg Config, s *platform.Service) *api {
	a := &api{cfg: cfg, svc: s, rate: rate{limit: cfg.RateLimit},
		tokens:   newTokens(cfg.TokenLife, cfg.Tokens),
		shelves:  shelves{limit: cfg.MessageLimit, byDevice: map[*platform.Device]*shelf{}},
		rules:    newRules(),
		posts:    newPosts(cfg, s.Log()),
		catalog:  catalog{byID: map[string]*product{}},
		profiles: profiles{byDevice: map[*platform.Device]*profile{}},
	}
	a.ids.init()
	return a
}

// call is one request while it is served.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	body    []byte
	claim   signature // to be verified; without access there is none
	account platform.Account
	anyone  bool // the caller is not known and may do everything
	org     string
	device  *platform.Device // where the path names one
	status  int
	out     []byte
}

// handler serves a call and writes its answer with call.answer. Its error is told to the caller in the vendor's form.
type handler func(*api, *call) error

const root = "/v5/iot/{project}/"

// routes are the calls, by path and method. Paths under a device are served only where the device exists.
var routes = map[string]map[string]handler{
	root + "devices/{device}/commands":                     {"POST": (*api).createCommand},
	root + "devices/{device}/async-commands":               {"POST": (*api).createAsync, "GET": (*api).listQueue},
	root + "devices/{device}/async-commands/{command}":     {"GET": (*api).showAsync},
	root + "devices/{device}/async-commands-history":       {"GET": (*api).listHistory},
	root + "devices/{device}/async-commands-history/count": {"POST": (*api).countHistory},
	root + "devices/{device}/messages":                     {"POST": (*api).createMessage, "GET": (*api).listMessages},
	root + "devices/{device}/messages/{message}":           {"GET": (*api).showMessage, "DELETE": (*api).deleteMessage},
	root + "routing-rule/rules":                            {"POST": (*api).createRule, "GET": (*api).listRules},
	root + "routing-rule/rules/{rule}":                     {"GET": (*api).showRule, "PUT": (*api).updateRule, "DELETE": (*api).deleteRule},
	root + "routing-rule/actions":                          {"POST": (*api).createAction, "GET": (*api).listActions},
	root + "routing-rule/actions/{action}":                 {"GET": (*api).showAction, "PUT": (*api).updateAction, "DELETE": (*api).deleteAction},
	root + "products":                                      {"POST": (*api).createProduct},
	root + "devices":                                       {"POST": (*api).addDevice, "GET": (*api).listDevices},
	root + "devices/{device}":                              {"GET": (*api).showDevice, "DELETE": (*api).deleteDevice},
	root + "devices/{device}/action":                       {"POST": (*api).actOnDevice},
	root + "devices/{device}/freeze":                       {"POST": (*api).freezeDevice},
	root + "devices/{device}/unfreeze":                     {"POST": (*api).unfreezeDevice},
}

// Routes registers the API. Patterns have no method, so that a wrong one is answered in the vendor's form.
func (d *Dialect) Routes(mux *http.ServeMux, s *platform.Service) {
	a := newAPI(d.cfg, s)
	d.api = a
	for path, methods := range routes {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, a.project, methods) })
	}
	tokens := map[string]handler{"POST": (*api).createToken}
	mux.HandleFunc("/v3/auth/tokens", func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, a.open, tokens) })
	mux.HandleFunc("/v5/iot/", func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, a.open, nil) })
}

// serve is one call: guard decides whether it may be, the method's handler what it is.
func (a *api) serve(w http.ResponseWriter, r *http.Request, guard func(*call) error, methods map[string]handler) {
	c := &call{w: w, r: r}
	h, err := methods[r.Method], error(nil)
	switch {
	case methods == nil:
		err = errNoPath
	case h == nil:
		err = errMethod
	default:
		err = guard(c)
	}
	if err == nil {
		err = h(a, c)
	}
	a.write(c, err)
}

// open lets everybody in.
func (a *api) open(c *call) error { return c.readBody(a.cfg.MaxBody) }

// project lets in who may act in the path's project, and finds the path's device.
func (a *api) project(c *call) error {
	for _, step := range []func(*call) error{a.identify, a.body, a.verify, a.enter, a.address} {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) body(c *call) error { return c.readBody(a.cfg.MaxBody) }

// readBody takes the body in, up to max bytes.
func (c *call) readBody(max int64) (err error) {
	c.body, err = platform.ReadBody(c.w, c.r, max)
	switch {
	case errors.Is(err, platform.ErrBodyTooLong):
		return invalid("body", "longer than %d bytes", max)
	case err != nil:
		return badFormat("the body cannot be read: %v", err)
	}
	return nil
}

// address finds the path's device. What it answers for a device of another project is what it answers for none.
func (a *api) address(c *call) error {
	id := c.r.PathValue("device")
	if id == "" {
		return nil
	}
	if c.device = find(a.svc, id); c.device == nil || !c.owns(c.device.Model.Org) {
		return platform.ErrUnknownDevice
	}
	return nil
}

// owns tells whether something of that organisation is the project's.
func (c *call) owns(org string) bool { return org == "" || org == c.org }

// read reads the body into in: a JSON object, and nothing behind it.
func (c *call) read(in any) error {
	if kind := c.r.Header.Get("Content-Type"); kind != "" && kind != contentType[0] {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return badFormat("Content-Type %s is not application/json", clip(kind))
		}
	}
	text := bytes.TrimLeft(c.body, " \t\r\n")
	if !utf8.Valid(text) || !json.Valid(text) || text[0] != '{' {
		return badFormat("the body is not a JSON object")
	}
	if q, ok := in.(*commandRequest); ok && q.quick(text) {
		return nil
	}
	return readFields(text, in)
}

// readFields reads well-formed JSON. What can be wrong is a field's type.
func readFields(text []byte, in any) error {
	var wrong *json.UnmarshalTypeError
	err := members.Unmarshal(text, in)
	if errors.As(err, &wrong) {
		return invalid(wrong.Field, "is a %s", wrong.Value)
	}
	if err != nil {
		return badFormat("%v", err)
	}
	return nil
}

// answer is what the caller gets. v is written as JSON; nil is no body.
func (c *call) answer(status int, v any) error {
	c.status = status
	if v != nil {
		c.out = encode(v)
	}
	return nil
}

// encode writes JSON without the escapes that only HTML needs. What it is given can be written.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

var contentType = []string{"application/json"}

// write sends what a call came to.
func (a *api) write(c *call, err error) {
	if err != nil {
		f := faultOf(err)
		c.status, c.out = f.status, appendFault(nil, f)
	}
	h := c.w.Header()
	if c.out != nil {
		h["Content-Type"] = contentType
	}
	h.Set(headerRequestID, a.ids.next())
	c.w.WriteHeader(c.status)
	c.w.Write(c.out)
}

func appendFault(b []byte, f *fault) []byte {
	b = appendString(append(b, `{"error_code":`...), f.code)
	return append(appendString(append(b, `,"error_msg":`...), f.msg), '}')
}

// ids makes UUIDs that nobody has had: half of them drawn once, half counted.
type ids struct {
	start [8]byte
	count atomic.Uint64
}

func (q *ids) init() { rand.Read(q.start[:]) }

func (q *ids) next() string {
	var id [16]byte
	copy(id[:], q.start[:])
	binary.BigEndian.PutUint64(id[8:], q.count.Add(1))
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	t := uuid(id)
	return string(t[:])
}

// uuid writes 16 bytes in the usual form.
func uuid(b [16]byte) (t [36]byte) {
	hex.Encode(t[:], b[:4])
	hex.Encode(t[9:], b[4:6])
	hex.Encode(t[14:], b[6:8])
	hex.Encode(t[19:], b[8:10])
	hex.Encode(t[24:], b[10:])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return t
}
