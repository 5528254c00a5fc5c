package alibaba

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"fleetdrill/platform"
)

// apiVersion is the only one.
const apiVersion = "2018-01-20"

// api serves one platform's applications.
type api struct {
	*Dialect
	ids    requestIDs
	nonces nonces
	rates  map[string]*rate // by action; one without an entry has no limit
}

func newAPI(d *Dialect) *api {
	a := &api{Dialect: d, rates: map[string]*rate{
		"InvokeThingService":  {limit: d.cfg.QPS},
		"InvokeThingsService": {limit: d.cfg.BatchQPS},
		"RRpc":                {limit: d.cfg.RRpcQPS},
	}}
	a.ids.init()
	return a
}

// action answers one operation: it writes what follows RequestId and Success.
type action func(*api, *call) error

var actions = map[string]action{
	"InvokeThingService":     (*api).invokeThingService,
	"InvokeThingsService":    (*api).invokeThingsService,
	"RRpc":                   (*api).rrpc,
	"GetDeviceStatus":        (*api).deviceStatus,
	"QueryDeviceServiceData": (*api).serviceData,
}

// call is one request while it is served.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	action  string
	query   params // of the URL
	params  params // those and the form's
	body    []byte
	auth    acs3Header // zero: not signed that way
	signed  bool       // with ACS3
	account platform.Account
	anyone  bool // the caller is not known and may do everything
	out     document
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, out: document{b: make([]byte, 0, 512)}}
	a.write(c, a.handle(c))
}

// handle checks in the order of the contract: action and version, signature, throttle; the rest is the action's.
func (a *api) handle(c *call) error {
	c.auth, c.signed = parseACS3(c.r.Header.Get("Authorization"))
	c.out.xml = c.wantsXML() // until Format is known, which may stand in the body
	if err := c.read(a.cfg.MaxBody); err != nil {
		return err
	}
	if err := c.format(); err != nil {
		return err
	}
	act, err := c.choose()
	if err != nil {
		return err
	}
	if err := a.svc.Denied(a.authenticate(c)); err != nil {
		return err
	}
	if err := a.throttle(c); err != nil {
		return err
	}
	a.head(c)
	return act(a, c)
}

// wantsXML is what a caller gets who does not say Format.
func (c *call) wantsXML() bool {
	return !c.signed && !strings.Contains(strings.ToLower(c.r.Header.Get("Accept")), "json")
}

func (c *call) format() error {
	switch v, ok := c.params.find("Format"); {
	case !ok || v == "":
	case strings.EqualFold(v, "JSON"):
		c.out.xml = false
	case strings.EqualFold(v, "XML"):
		c.out.xml = true
	default:
		return errFormat
	}
	return nil
}

// read takes the parameters from the URL and from a form.
func (c *call) read(max int64) (err error) {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodPost {
		return errNoAction
	}
	if c.query, err = parseParams(make(params, 0, 20), c.r.URL.RawQuery); err != nil {
		return err
	}
	c.params = c.query
	c.body, err = platform.ReadBody(c.w, c.r, max)
	switch {
	case errors.Is(err, platform.ErrBodyTooLong):
		return unreadable("the body is longer than " + strconv.FormatInt(max, 10) + " bytes")
	case err != nil:
		return unreadable(err.Error())
	case len(c.body) == 0 || !isForm(c.r.Header.Get("Content-Type")):
		return nil
	}
	c.params, err = parseParams(c.query, string(c.body)) // what is appended stands behind the query's own end
	return err
}

// isForm takes a body without a type for a form, for nothing else is sent here.
func isForm(contentType string) bool {
	if contentType == "" || contentType == formType {
		return true
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == formType
}

const formType = "application/x-www-form-urlencoded"

// choose finds the operation. ACS3 names it, and the version, in headers; the other SDKs send these headers, too.
func (c *call) choose() (action, error) {
	act, ok := actions[c.either("Action", "X-Acs-Action")]
	if !ok {
		return nil, errNoAction
	}
	if c.either("Version", "X-Acs-Version") != apiVersion {
		return nil, errVersion
	}
	c.action = c.either("Action", "X-Acs-Action")
	return act, nil
}

func (c *call) either(parameter, header string) string {
	if v, ok := c.params.find(parameter); ok {
		return v
	}
	return c.r.Header.Get(header)
}

// address finds the device that a call is about: IotId wins over ProductKey and DeviceName. What is another account's
// does not exist.
func (a *api) address(c *call) (*platform.Device, error) {
	if err := a.instance(c); err != nil {
		return nil, err
	}
	if id := c.params.value("IotId"); id != "" {
		d := a.svc.DeviceByName(Name, id)
		if d == nil || !c.owns(d.Model) {
			return nil, errNoIotID
		}
		return d, nil
	}
	key, name := c.params.value("ProductKey"), c.params.value("DeviceName")
	switch {
	case key == "":
		return nil, errNullProduct
	case name == "":
		return nil, errNullDevice
	}
	if _, err := a.product(c, key); err != nil {
		return nil, err
	}
	d := a.svc.Device(platform.Address{Product: key, Device: name})
	if d == nil {
		return nil, platform.ErrUnknownDevice
	}
	return d, nil
}

func (a *api) instance(c *call) error {
	if a.cfg.Instance != "" && c.params.value("IotInstanceId") != a.cfg.Instance {
		return errNoInstance
	}
	return nil
}

func (a *api) product(c *call, key string) (*platform.Product, error) {
	p := a.svc.Product(key)
	if p == nil || !c.owns(p) {
		return nil, errNoProduct
	}
	return p, nil
}

func (c *call) owns(p *platform.Product) bool {
	return p.Dialect == Name && (c.anyone || p.Org == "" || c.account.May(p.Org))
}
