package huawei

import (
	"encoding/json"
	"errors"
	"net/http"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// commandRequest is the body of both kinds of command.
type commandRequest struct {
	ServiceID   *string         `json:"service_id"`
	CommandName *string         `json:"command_name"`
	Paras       json.RawMessage `json:"paras"`

	ExpireTime   *int   `json:"expire_time"`   // asynchronous only, as the next
	SendStrategy string `json:"send_strategy"` // "" is delay
}

// quick reads a body that has nothing but what a synchronous command has; it returns false for any other.
func (in *commandRequest) quick(body []byte) bool {
	all, err := members.Of(body)
	for err == nil && all.Next() {
		switch string(all.Key) {
		case "service_id":
			in.ServiceID, err = optional(all.Value)
		case "command_name":
			in.CommandName, err = optional(all.Value)
		case "paras":
			in.Paras = platform.Own(json.RawMessage(all.Value), len(body))
		default:
			return false
		}
	}
	return err == nil
}

func (in *commandRequest) check() error {
	err := checkAll(rule{field{name: "service_id", most: 64}, in.ServiceID}, rule{field{name: "command_name", most: 128}, in.CommandName})
	switch {
	case err != nil:
		return err
	case in.Paras == nil || string(in.Paras) == "null":
		return invalid("paras", "is missing")
	case in.Paras[0] != '{':
		return invalid("paras", "is not an object")
	}
	return nil
}

// command is what both kinds of command tell the core.
func (a *api) command(dev *platform.Device, in *commandRequest) (platform.Command, error) {
	if err := in.check(); err != nil {
		return platform.Command{}, err
	}
	if a.cfg.StrictModel {
		if err := a.catalog.check(dev.Product, in); err != nil {
			return platform.Command{}, err
		}
	}
	o := order{in.ServiceID, in.CommandName}
	return platform.Command{Device: dev.Address, Service: o.name(), Input: in.Paras, QoS: 1, Extra: o}, nil
}

// sync makes a command a synchronous one.
func (c *Config) sync(cmd *platform.Command) {
	cmd.Mode, cmd.Lane, cmd.Timeout, cmd.TTL = platform.Instant, LaneSync, c.SyncTimeout, 0
	cmd.Receipt, cmd.OneWay = false, false
}

// createCommand is the synchronous command: it waits for the device's response.
func (a *api) createCommand(c *call) error {
	var in commandRequest
	if err := c.read(&in); err != nil {
		return err
	}
	cmd, err := a.command(c.device, &in)
	if err != nil {
		return err
	}
	a.cfg.sync(&cmd)
	cmd.Tag = platform.TagOf(c.r.Header)
	rec, err := a.svc.Invoke(c.r.Context(), cmd)
	if err != nil && !errors.Is(err, platform.ErrDevice) {
		return c.failed(rec, err)
	}
	b := appendString(append(make([]byte, 0, 96+len(rec.Reply.Raw)), `{"command_id":`...), commandID(rec.ID))
	c.out = append(appendResponse(append(b, `,"response":`...), rec.Reply.Raw), '}')
	c.status = http.StatusOK
	return nil
}

// failed answers for a command that came to nothing. A timeout is told with the command's id.
func (c *call) failed(rec platform.Record, err error) error {
	f := faultOf(err)
	if f.status != http.StatusOK {
		return f
	}
	c.status = f.status
	b := appendString([]byte(`{"command_id":`), commandID(rec.ID))
	b = append(b, ',')
	c.out = append(b, appendFault(nil, f)[1:]...)
	return nil
}
