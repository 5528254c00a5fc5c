package enos

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// invokeService is the call this dialect is about.
func (a *api) invokeService(c *call) error {
	cmd, err := a.newCommand(c, "serviceId")
	if err != nil {
		return err
	}
	if cmd.Input, err = a.inputData(c.body); err != nil {
		return err
	}
	if err := c.device.Model.Takes(cmd.Service, cmd.Input); err != nil {
		return notInModel(err)
	}
	return a.execute(c, cmd)
}

// execute gives the command to the core and appends what came of it.
func (a *api) execute(c *call, cmd platform.Command) error {
	rec, err := a.cfg.send(c.r.Context(), a.svc, cmd)
	res, err := a.cfg.outcome(rec, err)
	if err != nil {
		return err
	}
	c.out = appendResult(c.out, res)
	return nil
}

// newCommand reads what all commands have in their query. id names the parameter with the service's name.
func (a *api) newCommand(c *call, id string) (platform.Command, error) {
	service, err := c.query.required(id)
	if err == nil {
		err = checkName(id, service)
	}
	if err != nil {
		return platform.Command{}, err
	}
	ttl, err := c.query.seconds("pendingTtl", 0, 0, int(a.cfg.MaxTTL/time.Second))
	if err != nil {
		return platform.Command{}, err
	}
	timeout, err := c.query.seconds("timeout", int(defaultTimeout/time.Second), 1, int(a.cfg.MaxTimeout/time.Second))
	if err != nil {
		return platform.Command{}, err
	}
	cmd := platform.Command{Device: c.device.Address, Service: platform.Own(service, len(c.r.RequestURI)),
		Timeout: time.Duration(timeout) * time.Second, TTL: time.Duration(ttl) * time.Second}
	if ttl > 0 {
		cmd.Mode = platform.Cached
	}
	cmd.Tag = platform.TagOf(c.r.Header)
	return cmd, nil
}

// checkName refuses names that cannot be a level of a topic, or that would make a command look like a reply.
func checkName(param, name string) error {
	switch {
	case len(name) > 256:
		return invalid(param, "longer than 256 bytes")
	case strings.HasSuffix(name, "_reply"):
		return invalid(param, "%q ends in _reply, which is the name of an answer", clip(name))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("/+#", r) }):
		return invalid(param, "%q has a character that a topic cannot have", clip(name))
	}
	return nil
}

// inputData takes the object of that name out of a body, as it is.
func (a *api) inputData(body []byte) (json.RawMessage, error) {
	if len(body) == 0 && !a.cfg.StrictInput {
		return emptyObject, nil
	}
	in, err := members.Parse(body)
	if err != nil {
		return nil, invalid("body", "%s", jsonMistake(body, err))
	}
	var input json.RawMessage
	for in.Next() {
		if string(in.Key) == "inputData" {
			input = in.Value
		}
	}
	switch {
	case input == nil || string(input) == "null":
		if a.cfg.StrictInput {
			return nil, invalid("inputData", "inputData is missing")
		}
		return emptyObject, nil
	case input[0] != '{':
		return nil, invalid("inputData", "is not an object")
	}
	return platform.Own(input, len(body)), nil
}

func jsonMistake(body []byte, err error) string {
	if len(body) == 0 {
		return "is empty, a JSON object is needed"
	}
	return fmt.Sprintf("is not the JSON object that is needed: %v", err)
}

// check is the API's order of checks, for a command that has no query to read.
func (c *Config) check(d *platform.Device, cmd *platform.Command) error {
	if d == nil || d.Model.Dialect != Name {
		return platform.ErrUnknownDevice
	}
	if cmd.Service == "" {
		return invalid("serviceId", "serviceId is missing")
	}
	if err := checkName("serviceId", cmd.Service); err != nil {
		return err
	}
	if cmd.Mode == platform.Cached && (cmd.TTL < time.Second || cmd.TTL > c.MaxTTL) {
		return invalid("pendingTtl", "%v is out of range, 1s to %v", cmd.TTL, c.MaxTTL)
	}
	if cmd.Timeout < time.Second || cmd.Timeout > c.MaxTimeout {
		return invalid("timeout", "%v is out of range, 1s to %v", cmd.Timeout, c.MaxTimeout)
	}
	switch {
	case cmd.Input == nil: // as HTTPCaller does
		cmd.Input = emptyObject
	case !json.Valid(cmd.Input) || cmd.Input[0] != '{':
		return invalid("inputData", "is not an object")
	}
	if err := d.Model.Takes(cmd.Service, cmd.Input); err != nil {
		return notInModel(err)
	}
	return nil
}

// send gives a command to the core in the way that its mode and the configuration ask for.
func (c *Config) send(ctx context.Context, s *platform.Service, cmd platform.Command) (platform.Record, error) {
	cmd.QoS = c.QoS
	switch {
	case cmd.Mode == platform.Instant:
		return s.Invoke(ctx, cmd)
	case c.CachedOnline == "wait":
		return s.SubmitOrInvoke(ctx, cmd)
	}
	return s.Submit(cmd)
}
