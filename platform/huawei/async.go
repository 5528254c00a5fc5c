package huawei

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"fleetdrill/platform"
)

// States of an asynchronous command.
const (
	statePending    = "PENDING"
	stateExpired    = "EXPIRED"
	stateSent       = "SENT"
	stateDelivered  = "DELIVERED"
	stateSuccessful = "SUCCESSFUL"
	stateFailed     = "FAILED"
	stateTimeout    = "TIMEOUT"
)

var asyncStates = map[platform.State]string{
	platform.Waiting: statePending, platform.Expired: stateExpired, platform.Sent: stateSent,
	platform.Delivered: stateDelivered, platform.Succeeded: stateSuccessful, platform.Failed: stateFailed,
	platform.Canceled: stateFailed, platform.TimedOut: stateTimeout,
}

// asyncState is a command's state as the API tells it.
func (c *Config) asyncState(r *platform.Record) string {
	if c.KeepDelivered && r.State == platform.TimedOut && !r.Delivered.IsZero() {
		return stateDelivered
	}
	return asyncStates[r.State]
}

// What send_strategy can be.
const (
	strategyDelay     = "delay"
	strategyImmediate = "immediately"
)

// maxParas bounds the parameters of an asynchronous command, in bytes.
const maxParas = 32 << 10

// async makes a command an asynchronous one.
func (c *Config) async(cmd *platform.Command, in *commandRequest) error {
	expire := c.ExpireDefault
	if in.ExpireTime != nil && *in.ExpireTime != 0 {
		expire = time.Duration(*in.ExpireTime) * time.Second
	}
	if expire < 0 || expire > c.ExpireMax {
		return invalid("expire_time", "is out of range, 0 to %d", c.ExpireMax/time.Second)
	}
	if len(in.Paras) > maxParas {
		return invalid("paras", "has %d bytes, %d are allowed", len(in.Paras), maxParas)
	}
	switch in.SendStrategy {
	case "", strategyDelay:
		cmd.Mode, cmd.Lane, cmd.TTL = platform.Cached, LaneDelay, expire
	case strategyImmediate:
		cmd.Mode, cmd.Lane, cmd.TTL = platform.Instant, LaneImmediate, 0
	default:
		return invalid("send_strategy", "is %q, not %s or %s", clip(in.SendStrategy), strategyImmediate, strategyDelay)
	}
	cmd.Receipt, cmd.OneWay = true, false
	cmd.AckTimeout, cmd.Timeout = c.AckTimeout, c.ResponseTimeout
	return nil
}

// asyncRow is an asynchronous command as the API tells it. Paras and Result are not in lists.
type asyncRow struct {
	DeviceID     string          `json:"device_id"`
	CommandID    string          `json:"command_id"`
	ServiceID    *string         `json:"service_id,omitempty"`
	CommandName  *string         `json:"command_name,omitempty"`
	Paras        json.RawMessage `json:"paras,omitempty"`
	ExpireTime   int64           `json:"expire_time,omitempty"`
	Status       string          `json:"status"`
	Result       json.RawMessage `json:"result,omitempty"`
	Created      string          `json:"created_time"`
	Sent         string          `json:"sent_time,omitempty"`
	Delivered    string          `json:"delivered_time,omitempty"`
	Response     string          `json:"response_time,omitempty"`
	SendStrategy string          `json:"send_strategy"`
}

func (a *api) row(dev *platform.Device, r *platform.Record) asyncRow {
	o, _ := r.Extra.(order)
	t := timesOf(r)
	row := asyncRow{DeviceID: deviceID(dev), CommandID: commandID(r.ID), ServiceID: o.service, CommandName: o.command,
		ExpireTime: int64(r.TTL / time.Second), Status: a.cfg.asyncState(r), Created: stamp(t.created),
		Sent: stamp(t.sent), Delivered: stamp(t.delivered), Response: stamp(t.response), SendStrategy: strategyDelay}
	if json.Valid(r.Input) { // which who calls the Service without the API need not see to
		row.Paras = r.Input
	}
	if answered(r) {
		row.Result = appendResponse(nil, r.Reply.Raw)
	}
	if r.Lane == LaneImmediate {
		row.SendStrategy = strategyImmediate
	}
	return row
}

// times are when what happened to an asynchronous command; zero for what has not.
type times struct{ created, sent, delivered, response time.Time }

// timesOf takes the acceptance for the sending of a command that was sent immediately.
func timesOf(r *platform.Record) times {
	t := times{created: r.Created, sent: r.Sent, delivered: r.Delivered}
	if r.Lane == LaneImmediate && !r.Sent.IsZero() {
		t.sent = r.Created
	}
	if answered(r) {
		t.response = r.Ended
	}
	return t
}

// answered tells whether the device has.
func answered(r *platform.Record) bool {
	return !r.OneWay && r.State == platform.Succeeded || errors.Is(r.Err, platform.ErrDevice)
}

// createAsync takes an asynchronous command in. Its answer is how the command stands then: a command with the strategy
// delay has waited, however short.
func (a *api) createAsync(c *call) error {
	var in commandRequest
	if err := c.read(&in); err != nil {
		return err
	}
	cmd, err := a.command(c.device, &in)
	if err == nil {
		err = a.cfg.async(&cmd, &in)
	}
	switch {
	case err != nil:
		return err
	case a.cfg.RefuseAsync:
		return errNotMQTT
	}
	cmd.Tag = platform.TagOf(c.r.Header)
	rec, err := a.svc.Submit(cmd)
	if err != nil && !taken(&rec, err) {
		return err
	}
	row := a.row(c.device, &rec)
	row.Sent, row.Delivered, row.Response, row.Result = "", "", "", nil
	if cmd.Lane == LaneDelay {
		row.Status = statePending
	}
	return c.answer(http.StatusOK, row)
}

// taken tells whether a command that ended at once is one that the vendor takes in all the same.
func taken(rec *platform.Record, err error) bool {
	switch {
	case rec.ID == 0, errors.Is(err, platform.ErrCacheFull):
		return false
	case rec.Lane == LaneDelay:
		return true
	}
	return errors.Is(err, platform.ErrOffline) || errors.Is(err, platform.ErrInactive) || errors.Is(err, platform.ErrUnsubscribed)
}

func (a *api) showAsync(c *call) error {
	text := c.r.PathValue("command")
	if err := (field{name: "command_id", most: 100}).check(text); err != nil {
		return err
	}
	rec, ok := a.svc.Lookup(commandOf(text))
	if !ok || rec.Device != c.device.Address || !isAsync(&rec) {
		return missing("command", text)
	}
	return c.answer(http.StatusOK, a.row(c.device, &rec))
}

func isAsync(r *platform.Record) bool { return r.Lane == LaneDelay || r.Lane == LaneImmediate }
