package enos

import (
	"errors"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"fleetdrill/platform"
)

// api serves one platform's applications.
type api struct {
	cfg    Config
	svc    *platform.Service
	tokens tokens
	rate   rate
	ids    requestIDs
}

func newAPI(cfg Config, s *platform.Service) *api {
	a := &api{cfg: cfg, svc: s, rate: rate{limit: cfg.RateLimit},
		tokens: tokens{life: cfg.TokenLife, byText: map[digest]*token{}, byKey: map[string]*token{}}}
	a.ids.init()
	return a
}

// call is one request while it is served. Its query and out are used again by later ones, so nothing may keep them.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	query   query
	body    []byte
	out     []byte
	token   string
	account platform.Account
	anyone  bool // the caller is not known and may do everything
	device  *platform.Device
}

var calls = sync.Pool{New: func() any { return new(call) }}

// keepBuffer is the largest buffer that is kept for later calls; one long body must not stay for ever.
const keepBuffer = 16 << 10

func newCall(w http.ResponseWriter, r *http.Request) *call {
	c := calls.Get().(*call)
	c.w, c.r = w, r
	return c
}

func (c *call) release() {
	clear(c.query)
	*c = call{query: c.query[:0], out: c.out[:0]}
	if cap(c.out) <= keepBuffer {
		calls.Put(c)
	}
}

// action is what ?action= names.
type action struct {
	get, post bool
	run       func(*api, *call) error // appends the envelope's data to call.out
}

var commandActions = map[string]action{
	"invokeService":   {post: true, run: (*api).invokeService},
	"setMeasurepoint": {post: true, run: (*api).setMeasurepoint},
	"get":             {get: true, run: (*api).command},
	"search":          {post: true, run: (*api).search},
	"cancel":          {get: true, post: true, run: (*api).cancel}, // without a body some clients send GET
}

var deviceActions = map[string]action{
	"get": {get: true, run: (*api).deviceInfo},
}

func (a *api) serve(w http.ResponseWriter, r *http.Request, actions map[string]action) {
	c := newCall(w, r)
	defer c.release()
	a.write(c, a.handle(c, actions))
}

func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	c := newCall(w, r)
	defer c.release()
	a.write(c, errNoPath)
}

// handle checks in the order of the contract: action, authentication, orgId, device, permission, existence; the rest is
// the action's.
func (a *api) handle(c *call, actions map[string]action) error {
	if !a.rate.allow(time.Now()) {
		return errTooMany
	}
	act, err := c.choose(actions)
	if err != nil {
		return err
	}
	if err := a.svc.Denied(a.authenticate(c)); err != nil {
		return err
	}
	if err := c.readBody(a.cfg.MaxBody); err != nil {
		return err
	}
	if err := a.svc.Denied(a.verify(c)); err != nil {
		return err
	}
	if err := a.address(c); err != nil {
		return err
	}
	c.out = a.appendHead(c.out[:0], codeOK, "OK")
	return act.run(a, c)
}

func (c *call) choose(actions map[string]action) (action, error) {
	get, post := c.r.Method == http.MethodGet, c.r.Method == http.MethodPost
	if !get && !post {
		return action{}, errMethod
	}
	var err error
	if c.query, err = parseQuery(c.query, c.r.URL.RawQuery); err != nil {
		return action{}, err
	}
	name, err := c.query.required("action")
	if err != nil {
		return action{}, err
	}
	act, ok := actions[name]
	switch {
	case !ok:
		return action{}, invalid("action", "no action %q here", clip(name))
	case get && !act.get, post && !act.post:
		return action{}, errMethod
	}
	return act, nil
}

// readBody takes the body in, up to max bytes.
func (c *call) readBody(max int64) (err error) {
	c.body, err = platform.ReadBody(c.w, c.r, max)
	switch {
	case errors.Is(err, platform.ErrBodyTooLong):
		return invalid("body", "longer than %d bytes", max)
	case err != nil:
		return invalid("body", "cannot be read: %v", err)
	case !utf8.Valid(c.body):
		return invalid("body", "is not UTF-8")
	}
	return nil
}

// address finds the device that a call is about, and whether the caller may command it.
func (a *api) address(c *call) error {
	org, err := c.query.required("orgId")
	if err != nil {
		return err
	}
	if !a.svc.HasOrg(org) {
		return invalid("orgId", "  orgId does not exist")
	}
	asset, product, device := c.query.value("assetId"), c.query.value("productKey"), c.query.value("deviceKey")
	if asset == "" && (product == "" || device == "") {
		return invalid("assetId", "The device identifier is invalid: assetId, or productKey and deviceKey, is needed")
	}
	if !c.anyone && !c.account.May(org) {
		return &fault{code: codeDenied, msg: "Denied resource:  orgId " + clip(org)}
	}
	if asset != "" {
		c.device = a.svc.DeviceByName(Name, asset)
	} else {
		c.device = a.svc.Device(platform.Address{Product: product, Device: device})
	}
	d := c.device
	if d == nil || d.Model.Dialect != Name || (d.Model.Org != "" && d.Model.Org != org) {
		return platform.ErrUnknownDevice
	}
	return nil
}

// rate counts the calls of the present minute, over all callers.
type rate struct {
	limit int

	mu     sync.Mutex
	minute time.Time
	calls  int
}

func (r *rate) allow(now time.Time) bool {
	if r.limit == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := now.Truncate(time.Minute); !m.Equal(r.minute) {
		r.minute, r.calls = m, 0
	}
	r.calls++
	return r.calls <= r.limit
}
