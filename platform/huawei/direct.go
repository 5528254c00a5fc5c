package huawei

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"fleetdrill/platform"
)

// DirectCaller is an application without HTTP: it calls the Service, with the same checks, outcomes and codes as the API
// but those of its gateway (credentials, projects, body limits) and of registered products. Its messages are delivered
// and pushed as any, but not in the API's list of them. Config is the dialect's.
type DirectCaller struct {
	Service *platform.Service
	Config  Config // zero fields are taken from DefaultConfig, as New does
}

// Call does what HTTPCaller's does. Its error is that of ctx; anything the platform says is an Outcome.
func (d DirectCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	cfg := d.Config.filled()
	call := kindOfCall(&c)
	cmd, err := d.command(&cfg, call, &c)
	if err != nil {
		return refused(0, err), nil
	}
	if call != syncCall {
		rec, err := d.Service.Submit(cmd)
		return submitted(call, &cmd, &rec, err), nil
	}
	rec, err := d.Service.Invoke(ctx, cmd)
	switch {
	case ctx.Err() != nil && errors.Is(err, platform.ErrCallerGone):
		return platform.Outcome{Kind: platform.Broken}, ctx.Err()
	case err != nil && !errors.Is(err, platform.ErrDevice):
		return refused(rec.ID, err), nil
	}
	return answerOf(rec.ID, rec.Reply.Raw), nil
}

// command is what the API would make of the call.
func (d DirectCaller) command(cfg *Config, call kind, c *platform.Command) (platform.Command, error) {
	if mine(d.Service.Device(c.Device)) == nil {
		return platform.Command{}, platform.ErrUnknownDevice
	}
	if c.Input == nil {
		c.Input = json.RawMessage("{}")
	}
	if !json.Valid(c.Input) {
		return platform.Command{}, badFormat("the input is no JSON")
	}
	cmd := platform.Command{Device: c.Device, Tag: c.Tag, Service: c.Service, Input: c.Input, QoS: 1}
	if call == messageCall {
		return cmd, cfg.directMessage(&cmd, c)
	}
	o := orderOf(c.Service)
	in := &commandRequest{ServiceID: o.service, CommandName: o.command, Paras: c.Input}
	if err := in.check(); err != nil {
		return cmd, err
	}
	cmd.Extra = o
	if call == syncCall {
		cfg.sync(&cmd)
		return cmd, nil
	}
	if cfg.RefuseAsync {
		return cmd, errNotMQTT
	}
	if in.SendStrategy = strategyDelay; c.Mode == platform.Instant {
		in.SendStrategy = strategyImmediate
	}
	expire := int(roundUp(c.TTL, time.Second))
	in.ExpireTime = &expire
	return cmd, cfg.async(&cmd, in)
}

func (c *Config) directMessage(cmd, from *platform.Command) error {
	in := &messageRequest{Message: from.Input, TTL: minutes(from)}
	if from.Service != "" {
		in.Name = &from.Service
	}
	m, err := newMessage(in)
	cmd.Extra = m
	c.message(cmd, in.lifetime())
	return err
}

// submitted is the outcome of a call that does not wait.
func submitted(call kind, cmd *platform.Command, rec *platform.Record, err error) platform.Outcome {
	m, isMessage := cmd.Extra.(*message)
	switch {
	case isMessage && rec.ID != 0:
		return acceptance(call, cmd.Mode, rec.ID, m.result().Status)
	case err != nil && !taken(rec, err):
		return refused(rec.ID, err)
	case cmd.Lane == LaneDelay:
		return acceptance(call, cmd.Mode, rec.ID, statePending)
	}
	return acceptance(call, cmd.Mode, rec.ID, asyncStates[rec.State])
}

// refused is the outcome of a call whose error the API would tell.
func refused(id platform.ID, err error) platform.Outcome {
	f := faultOf(err)
	return platform.Outcome{Kind: kindOf(f.code), Code: f.code, ID: id, Message: f.msg}
}
