package huawei

import (
	"errors"
	"slices"
	"time"

	"fleetdrill/platform"
)

// Changed pushes what became of an asynchronous command or of a message. A synchronous one is told to its caller alone.
func (d *Dialect) Changed(dev *platform.Device, r platform.Record) {
	now := time.Now()
	switch r.Lane {
	case LaneImmediate, LaneDelay:
		if d.cfg.pushesCommand(&r) {
			d.api.push(dev, d.commandResource(), resourceCommand, now, func(b []byte) []byte { return d.cfg.appendCommandBody(b, &r) })
		}
	case LaneMessage:
		if m, ok := r.Extra.(*message); ok && m.change(&r, now) && pushesMessage(&r) {
			d.api.push(dev, resourceMessage, resourceMessage, now, func(b []byte) []byte { return m.appendBody(b, now) })
		}
	}
}

// Went pushes that a device is there, or is not any more.
func (d *Dialect) Went(dev *platform.Device, online bool, came, now time.Time) {
	status := "OFFLINE"
	if online {
		status = "ONLINE"
	}
	d.api.push(dev, resourceDevice, resourceDevice, now, func(b []byte) []byte {
		b = appendString(append(b, `{"status":`...), status)
		b = appendString(append(b, `,"last_online_time":`...), stamp(came))
		return append(appendString(append(b, `,"status_update_time":`...), stamp(now)), '}')
	})
}

// pushesCommand leaves out what the answer to the call has told: PENDING, and SENT of a command that did not wait. What
// was not taken in, or ends because the platform does, is not pushed either.
func (c *Config) pushesCommand(r *platform.Record) bool {
	switch {
	case r.State == platform.Waiting, r.State == platform.Sent && r.Lane == LaneImmediate:
		return false
	case errors.Is(r.Err, platform.ErrCacheFull), gone(r.Err):
		return false
	}
	return r.State != platform.TimedOut || c.asyncState(r) == stateTimeout
}

// pushesMessage leaves out messages that newer ones pushed out of the cache, too.
func pushesMessage(r *platform.Record) bool {
	return !errors.Is(r.Err, platform.ErrReplaced) && !gone(r.Err)
}

// gone tells whether something ended because its device or the platform did.
func gone(err error) bool {
	return errors.Is(err, platform.ErrClosed) || errors.Is(err, platform.ErrCrashed) || errors.Is(err, platform.ErrUnknownDevice)
}

func (d *Dialect) commandResource() string {
	if d.cfg.PushSpelling == SpellingCurrent {
		return resourceCommand
	}
	return resourceMisspelt
}

// push gives a notification to every URL that wants to hear of the subject. Most platforms have none.
func (a *api) push(dev *platform.Device, resource, subject string, now time.Time, body func([]byte) []byte) {
	p := a.profiles.of(dev)
	for _, url := range a.rules.urls(subject, dev, p.AppID) {
		b := appendString([]byte(`{"resource":`), resource)
		b = append(b, `,"event":"update","event_time":"`...)
		b = append(now.UTC().AppendFormat(b, shortTime), `","event_time_ms":"`...)
		b = append(now.UTC().AppendFormat(b, longTime), `","request_id":"`...)
		b = append(append(b, a.ids.next()...), `","notify_data":{"header":`...)
		b = append(appendHeader(b, dev, p), `,"body":`...)
		a.posts.send(url, append(body(b), "}}"...), now)
	}
}

func appendHeader(b []byte, dev *platform.Device, p profile) []byte {
	gateway := dev
	if dev.Parent != nil {
		gateway = dev.Parent
	}
	b = appendString(append(b, `{"app_id":`...), p.AppID)
	b = appendString(append(b, `,"device_id":`...), deviceID(dev))
	b = appendString(append(b, `,"node_id":`...), dev.Device)
	b = appendString(append(b, `,"product_id":`...), dev.Product)
	b = appendString(append(b, `,"gateway_id":`...), deviceID(gateway))
	return append(append(append(b, `,"tags":`...), encode(tagsOf(p.Tags))...), '}')
}

// tagsOf has each key once, with the last value that it was given.
func tagsOf(all []tag) []tag {
	out := []tag{}
	for _, t := range all {
		if i := slices.IndexFunc(out, func(o tag) bool { return o.Key == t.Key }); i >= 0 {
			out[i] = t
			continue
		}
		out = append(out, t)
	}
	return out
}

// appendCommandBody writes times that have not come as "", and no result as null.
func (c *Config) appendCommandBody(b []byte, r *platform.Record) []byte {
	t := timesOf(r)
	b = appendString(append(b, `{"command_id":`...), commandID(r.ID))
	b = appendString(append(b, `,"created_time":`...), stamp(t.created))
	b = appendString(append(b, `,"sent_time":`...), stamp(t.sent))
	b = appendString(append(b, `,"delivered_time":`...), stamp(t.delivered))
	b = appendString(append(b, `,"response_time":`...), stamp(t.response))
	b = appendString(append(b, `,"status":`...), c.asyncState(r))
	b = append(b, `,"result":`...)
	if !answered(r) {
		return append(b, "null}"...)
	}
	return append(appendResponse(b, r.Reply.Raw), '}')
}

func (m *message) appendBody(b []byte, now time.Time) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	b = appendString(append(b, `{"message_id":`...), m.name(m.id))
	if m.Name != nil {
		b = appendString(append(b, `,"name":`...), *m.Name)
	}
	if topic := m.told(); topic != "" {
		b = appendString(append(b, `,"topic":`...), topic)
	}
	b = appendString(append(b, `,"status":`...), m.status)
	b = appendString(append(b, `,"timestamp":`...), stamp(now))
	if info := errorInfoOf(m.cause); info != nil {
		b = append(append(b, `,"error_info":`...), encode(info)...)
	}
	return append(b, '}')
}
