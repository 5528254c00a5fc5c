package enos

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"fleetdrill/platform"
)

// DirectCaller is an application without HTTP: it calls the Service, with the same checks, outcomes and codes as the API
// but those of its gateway (tokens, organisations, body limits). Config is the dialect's.
type DirectCaller struct {
	Service *platform.Service
	Config  Config // zero fields are taken from DefaultConfig, as New does
}

// Call gives the command to the platform. Its error is that of ctx; anything the platform says is an Outcome. The
// command's Wire and ID are ignored.
func (d DirectCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	cfg := d.Config.filled()
	if err := cfg.check(d.Service.Device(c.Device), &c); err != nil {
		return failed(err), nil
	}
	rec, err := cfg.send(ctx, d.Service, c)
	if err != nil && ctx.Err() != nil && err == platform.ErrCallerGone {
		return platform.Outcome{Kind: platform.Broken}, ctx.Err()
	}
	res, err := cfg.outcome(rec, err)
	if err != nil {
		return failed(err), nil
	}
	return platform.Outcome{Kind: platform.OK, Code: "0", ID: res.id, Message: "OK", Data: res.output}, nil
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
	switch {
	case cmd.Mode == platform.Instant:
		return s.Invoke(ctx, cmd)
	case c.CachedOnline == "wait":
		return s.SubmitOrInvoke(ctx, cmd)
	}
	return s.Submit(cmd)
}

// failed is the outcome of a call that was refused or came to nothing. One that tells a command's ID carries the
// device's own code, which may be any number.
func failed(err error) platform.Outcome {
	f := faultOf(err)
	return outcomeOf(f.code, f.id, f.msg)
}

func outcomeOf(code int, id platform.ID, msg string) platform.Outcome {
	out := platform.Outcome{Kind: kindOf(code), Code: strconv.Itoa(code), ID: id, Message: msg}
	if id != 0 {
		out.Kind = platform.DeviceError
	}
	return out
}
