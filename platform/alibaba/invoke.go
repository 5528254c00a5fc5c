package alibaba

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// route is the dialect's own part of a command (platform.Command.Extra): the way to the device and back.
type route struct {
	sync  bool   // asked and answered by message id; otherwise by the payload's id
	raw   bool   // the payload is the application's own, of RRpc
	topic string // of a raw one: the application's own
}

var syncRoute, asyncRoute = &route{sync: true}, &route{}

// routeOf is the way of a command; one that was not made here goes as its mode says.
func routeOf(c platform.Command) *route {
	if r, ok := c.Extra.(*route); ok {
		return r
	}
	if c.Mode == platform.Instant {
		return syncRoute
	}
	return asyncRoute
}

// request is what is asked of a device, by HTTP or without.
type request struct {
	identifier string
	args       json.RawMessage
	qos        byte
}

func (r request) command(dev *platform.Device, tag platform.Tag) platform.Command {
	return platform.Command{Tag: tag, Device: dev.Address, Service: r.identifier, Input: r.args, QoS: r.qos}
}

// invokeThingService is the call this dialect is about.
func (a *api) invokeThingService(c *call) error {
	if err := c.params.require("Args", "Identifier"); err != nil {
		return err
	}
	dev, err := a.address(c)
	if err != nil {
		return err
	}
	req, err := c.request()
	if err != nil {
		return err
	}
	rec, err := a.invoke(c.r.Context(), dev, req, platform.TagOf(c.r.Header))
	if err != nil {
		return err
	}
	c.out.begin("Data")
	c.out.text("MessageId", strconv.FormatUint(uint64(rec.ID), 10))
	if rec.Reply.Raw != nil {
		c.out.text("Result", string(rec.Reply.Raw))
	}
	c.out.end("Data")
	return nil
}

func (c *call) request() (request, error) {
	qos, err := c.params.integer("Qos", 0, 0, 1)
	return request{identifier: c.own("Identifier"), args: json.RawMessage(c.params.value("Args")), qos: byte(qos)}, err
}

// own is a parameter that is kept: its text is a part of the request's.
func (c *call) own(name string) string {
	return platform.Own(c.params.value(name), len(c.r.RequestURI)+len(c.body))
}

// invoke sends a request to a device. The record holds what the device answered if the call waited for it. The error is
// the caller's; that the device obeyed is not said by its absence.
func (d *Dialect) invoke(ctx context.Context, dev *platform.Device, req request, tag platform.Tag) (platform.Record, error) {
	model, err := d.check(dev.Model, req)
	if err != nil {
		return platform.Record{}, err
	}
	st := dev.Status()
	if !st.Activated || st.Disabled {
		return platform.Record{}, platform.ErrInactive
	}
	cmd := req.command(dev, tag)
	if d.waits(dev.Model, model) {
		cmd.Extra, cmd.Timeout = syncRoute, d.cfg.SyncTimeout
		rec, err := d.svc.Invoke(ctx, cmd)
		if errors.Is(err, platform.ErrDevice) { // its code is in the result
			err = nil
		}
		return rec, err
	}
	if !st.Online && d.cfg.AsyncOffline == Reject && !d.keeps(dev, req.qos) {
		return platform.Record{}, platform.ErrOffline
	}
	return d.submit(dev, cmd)
}

// submit sends an asynchronous command. One that is lost at once, with the vendor's 9201, is a success for its caller.
func (d *Dialect) submit(dev *platform.Device, cmd platform.Command) (platform.Record, error) {
	cmd.Extra, cmd.Timeout = asyncRoute, d.cfg.AsyncTimeout
	if d.keeps(dev, cmd.QoS) {
		cmd.Lane, cmd.Mode, cmd.TTL = laneKept, platform.Cached, d.cfg.KeptFor
	}
	rec, err := d.svc.Submit(cmd)
	if errors.Is(err, platform.ErrOffline) {
		err = nil
	}
	return rec, err
}

// keeps tells whether a message outlives the connection of its device. A device that has not connected since the
// platform's start is taken for one whose session is kept, as the vendor's own SDKs ask for.
func (d *Dialect) keeps(dev *platform.Device, qos byte) bool {
	clean, _ := d.sessions.Load(dev)
	return qos == 1 && clean != true
}

// waits tells whether the calls of a service are synchronous.
func (d *Dialect) waits(p *platform.Product, m platform.Model) bool {
	if p.Services == nil {
		return d.cfg.Unmodelled == Sync
	}
	return !m.Async
}

// check holds a request against the product's thing model.
func (d *Dialect) check(p *platform.Product, req request) (platform.Model, error) {
	if err := checkIdentifier(req.identifier); err != nil {
		return platform.Model{}, err
	}
	model, ok := p.Services[req.identifier]
	if !ok && p.Services != nil {
		return model, errNoService
	}
	if len(req.args) > d.cfg.MaxArgs {
		return model, illegal("Args has more than " + strconv.Itoa(d.cfg.MaxArgs) + " bytes")
	}
	if _, err := members.Parse(req.args); err != nil {
		return model, illegal("Args: " + err.Error())
	}
	if !utf8.Valid(req.args) {
		return model, illegal("Args is not UTF-8")
	}
	if err := model.CheckInput(req.args); err != nil {
		return model, illegal("tsl parse: " + misfit(err))
	}
	return model, nil
}

// misfit is what the vendor says of a parameter, as far as that is known.
func misfit(err error) string {
	var p *platform.ParamError
	if errors.As(err, &p) && errors.Is(err, platform.ErrParamUnknown) {
		return "params not exist -> " + clip(p.Path)
	}
	return err.Error()
}

// checkIdentifier refuses names that cannot be a level of a topic, or that would make a command look like a reply.
func checkIdentifier(name string) error {
	switch {
	case len(name) > 256:
		return illegal("Identifier has more than 256 bytes")
	case strings.HasSuffix(name, replySuffix):
		return illegal("Identifier ends in _reply, which is the name of an answer")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, noTopic):
		return illegal("Identifier has a character that a topic cannot have")
	}
	return nil
}

func noTopic(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("/+#", r) }
