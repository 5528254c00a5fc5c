package enos

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// history is how long the vendor tells about a command. The core may forget sooner (platform.Config.Keep).
const history = 7 * 24 * time.Hour

// states are the API's numbers.
var states = map[platform.State]int{
	platform.Waiting: 1, platform.Canceled: 2, platform.Expired: 3, platform.Sent: 4,
	platform.Succeeded: 5, platform.Failed: 6, platform.TimedOut: 7,
}

// A set measurement point is a command like any other to the core: a service of this name, whose one parameter is the
// point. No service of a product can be named so, because of the slash.
const pointService = "measurepoint/set"

func isPoint(r *platform.Record) bool { return r.Service == pointService }

// target returns the identifier that the command was given for, and its input as its caller gave it.
func target(r *platform.Record) (name string, input json.RawMessage) {
	if !isPoint(r) {
		return r.Service, r.Input
	}
	var point map[string]json.RawMessage
	if json.Unmarshal(r.Input, &point) == nil {
		for name, input = range point {
		}
	}
	return name, input
}

// column is a field of the command struct; a table of them makes projection a filter.
type column struct {
	name  string
	value func(b []byte, r *platform.Record, d *platform.Device) []byte
}

const localTime = "2006-01-02 15:04:05"

func appendLocal(b []byte, r *platform.Record, _ *platform.Device) []byte {
	return appendString(b, r.Created.UTC().Format(localTime))
}

// columns are in the order of the vendor's samples, with both spellings of the local time. Devices have no zone here:
// theirs is UTC.
var columns = []column{
	{"commandId", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		return appendString(b, strconv.FormatUint(uint64(r.ID), 10))
	}},
	{"orgId", func(b []byte, _ *platform.Record, d *platform.Device) []byte { return appendString(b, d.Model.Org) }},
	{"productKey", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		return appendString(b, r.Device.Product)
	}},
	{"deviceKey", func(b []byte, r *platform.Record, _ *platform.Device) []byte { return appendString(b, r.Device.Device) }},
	{"assetId", func(b []byte, _ *platform.Record, d *platform.Device) []byte { return appendString(b, d.Alias) }},
	{"createTime", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		return strconv.AppendInt(b, r.Created.UnixMilli(), 10)
	}},
	{"createLocaltime", appendLocal},
	{"createLocalTime", appendLocal},
	{"commandType", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		if isPoint(r) {
			return append(b, '1')
		}
		return append(b, '2')
	}},
	{"commandName", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		name, _ := target(r)
		b = appendString(append(b, `{"defaultValue":`...), name)
		return append(appendString(append(b, `,"i18nValue":{"en_US":`...), name), "}}"...)
	}},
	{"timeout", func(b []byte, r *platform.Record, _ *platform.Device) []byte { return appendSeconds(b, r.Timeout) }},
	{"pendingTtl", func(b []byte, r *platform.Record, _ *platform.Device) []byte { return appendSeconds(b, r.TTL) }},
	{"state", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		return strconv.AppendInt(b, int64(states[r.State]), 10)
	}},
	{"tslIdentifier", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		name, _ := target(r)
		return appendString(b, name)
	}},
	{"inputData", func(b []byte, r *platform.Record, _ *platform.Device) []byte {
		_, input := target(r)
		return append(b, input...)
	}},
	{"outputData", func(b []byte, r *platform.Record, _ *platform.Device) []byte { return append(b, output(r)...) }},
}

// output is null until the device has answered, and always null for a point.
func output(r *platform.Record) json.RawMessage {
	answered := r.State == platform.Succeeded || errors.Is(r.Err, platform.ErrDevice)
	switch {
	case !answered || isPoint(r):
		return json.RawMessage("null")
	case r.Reply.Data == nil:
		return emptyObject
	}
	return r.Reply.Data
}

func appendSeconds(b []byte, d time.Duration) []byte {
	return strconv.AppendInt(b, int64(d/time.Second), 10)
}

func appendRecord(b []byte, r *platform.Record, d *platform.Device, cols []column) []byte {
	b = append(b, '{')
	for i, col := range cols {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, col.name), ':')
		b = col.value(b, r, d)
	}
	return append(b, '}')
}

func appendRecords(b []byte, recs []platform.Record, d *platform.Device, cols []column) []byte {
	b = append(b, '[')
	for i := range recs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRecord(b, &recs[i], d, cols)
	}
	return append(b, ']')
}

// commandID reads the parameter of that name; 0 if it is missing.
func (c *call) commandID() (platform.ID, error) {
	text, ok := c.query.find("commandId")
	if !ok {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, invalid("commandId", "%q is not a command's number", clip(text))
	}
	return platform.ID(n), nil
}

// lookup returns a command of the device that the call names.
func (a *api) lookup(c *call, id platform.ID) (platform.Record, error) {
	rec, ok := a.svc.Lookup(id)
	if !ok || rec.Device != c.device.Address || time.Since(rec.Created) > history {
		return platform.Record{}, &fault{code: codeUnknown, msg: "command does not exist: " + strconv.FormatUint(uint64(id), 10)}
	}
	return rec, nil
}

func (a *api) command(c *call) error {
	if _, err := c.query.required("commandId"); err != nil {
		return err
	}
	id, err := c.commandID()
	if err != nil {
		return err
	}
	rec, err := a.lookup(c, id)
	if err != nil {
		return err
	}
	c.out = appendRecord(c.out, &rec, c.device, columns)
	return nil
}

// cancel takes back what waits, and tells it newest first. A command that does not wait any more is left alone, and not told.
func (a *api) cancel(c *call) error {
	id, err := c.commandID()
	if err != nil {
		return err
	}
	if id != 0 {
		if _, err := a.lookup(c, id); err != nil {
			return err
		}
	}
	taken := a.svc.Cancel(c.device.Address, id)
	slices.SortFunc(taken, func(x, y platform.Record) int { return cmp.Compare(y.ID, x.ID) })
	c.out = appendRecords(c.out, taken, c.device, columns)
	return nil
}

func (a *api) setMeasurepoint(c *call) error {
	cmd, err := a.newCommand(c, "measurepointId")
	if err != nil {
		return err
	}
	var in struct {
		Value json.RawMessage `json:"value"`
	}
	if err := members.Unmarshal(c.body, &in); err != nil {
		return invalid("body", "%s", jsonMistake(c.body, err))
	}
	if in.Value == nil {
		return invalid("value", "value is missing")
	}
	point := appendString([]byte{'{'}, cmd.Service)
	cmd.Input = append(append(append(point, ':'), in.Value...), '}')
	cmd.Service = pointService
	rec, err := a.cfg.send(c.r.Context(), a.svc, cmd)
	res, err := a.cfg.outcome(rec, err)
	if err != nil {
		return err
	}
	c.out = appendResult(c.out, result{id: res.id})
	return nil
}

func (a *api) deviceInfo(c *call) error {
	d := c.device
	b := appendString(append(c.out, `{"orgId":`...), d.Model.Org)
	b = appendString(append(b, `,"assetId":`...), d.Alias)
	b = appendString(append(b, `,"productKey":`...), d.Product)
	b = appendString(append(b, `,"deviceKey":`...), d.Device)
	st := d.Status()
	b = appendString(append(b, `,"status":`...), statusName(st))
	b = appendTime(b, "activeTime", st.ActivatedAt)
	b = appendTime(b, "lastOnlineTime", st.LastOnline)
	b = appendTime(b, "lastOfflineTime", st.LastOffline)
	c.out = append(b, '}')
	return nil
}

// appendTime appends a member in milliseconds; one that is not known is left out.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return strconv.AppendInt(b, t.UnixMilli(), 10)
}

func statusName(s platform.Status) string {
	switch {
	case s.Disabled:
		return "disabled"
	case s.Online:
		return "online"
	case s.Activated:
		return "offline"
	}
	return "inactive"
}
