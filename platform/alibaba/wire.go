package alibaba

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/members"
)

// The payload's id counts the device's commands from 1. That of a synchronous one has the highest of its 32 bits set: its
// answer is known by the message id in its topic, and an answer on the asynchronous topic must not pass for it.
const syncBit = 1 << 31

func alinkID(c platform.Command) uint64 {
	id := uint64(c.Wire % platform.WireStride)
	if routeOf(c).sync {
		id |= syncBit
	}
	return id
}

// Down shapes a command. A product with a format of its own has a script for it on the real platform; none is run here.
func (d *Dialect) Down(dev *platform.Device, ses *broker.Session, c platform.Command) (broker.Message, error) {
	if dev.Model.Custom {
		return broker.Message{}, platform.ErrEncoding
	}
	r := routeOf(c)
	m := broker.Message{Payload: c.Input}
	if !r.raw {
		m.Payload = appendDown(make([]byte, 0, 96+len(c.Input)+len(c.Service)), c)
	}
	m.Topic = downTopic(c, r, wantsExt(ses))
	return m, nil
}

// wantsExt tells whether the device asked for /ext/rrpc in its client id.
func wantsExt(ses *broker.Session) bool {
	ext, _ := ses.Note.(int)
	return ext&1 != 0
}

func downTopic(c platform.Command, r *route, ext bool) string {
	switch {
	case r.topic != "":
		return extTopic(c.ID, r.topic)
	case r.sync && !r.raw && ext:
		return extTopic(c.ID, sysTopic(c.Device, serviceMiddle, c.Service))
	case r.sync:
		return sysTopic(c.Device, requestMiddle, strconv.FormatUint(uint64(c.ID), 10))
	}
	return sysTopic(c.Device, serviceMiddle, c.Service)
}

// appendDown keeps the text of numbers: 10.0 stays 10.0.
func appendDown(b []byte, c platform.Command) []byte {
	b = appendString(append(b, `{"method":`...), "thing.service."+c.Service)
	b = strconv.AppendUint(append(b, `,"id":"`...), alinkID(c), 10)
	b = append(append(b, `","params":`...), c.Input...)
	return append(b, `,"version":"1.0.0"}`...)
}

var (
	errNoID   = errors.New("no id")
	errNoCode = errors.New("no code that is a number")
)

// Up reads a reply. A synchronous one is known by the message id in its topic, whatever its payload says; an
// asynchronous one by the payload's id, and its topic must name the service.
func (d *Dialect) Up(dev *platform.Device, topic string, payload []byte) (platform.Reply, error) {
	w, ok := wayOf(topic)
	if !ok || w.middle == requestMiddle {
		return platform.Reply{}, platform.ErrNotReply
	}
	if w.middle == serviceMiddle {
		return d.asyncReply(dev, w.service, payload)
	}
	asked := d.asked(dev, w.id)
	if routeOf(asked).raw {
		return platform.Reply{Wire: asked.Wire, ID: w.id, OK: true, Raw: payload}, nil
	}
	r, _, err := readReply(payload)
	if err != nil {
		return r, err
	}
	r.Wire, r.ID = asked.Wire, w.id
	d.verify(dev, asked.Service, r)
	return r, nil
}

// asked is the command that a message id stands for, as far as it is known. A quick device may answer before its
// command's publishing is on record: who publishes holds the lock that Status takes.
func (d *Dialect) asked(dev *platform.Device, id platform.ID) platform.Command {
	if d.svc == nil || id == 0 {
		return platform.Command{}
	}
	rec, _ := d.svc.Lookup(id)
	if rec.State == platform.Waiting && rec.Device == dev.Address {
		dev.Status()
		rec, _ = d.svc.Lookup(id)
	}
	return rec.Command
}

func (d *Dialect) asyncReply(dev *platform.Device, topic string, payload []byte) (platform.Reply, error) {
	service, ok := strings.CutSuffix(topic, replySuffix)
	if !ok || service == "" {
		return platform.Reply{}, platform.ErrNotReply
	}
	r, id, err := readReply(payload)
	if err != nil {
		return r, err
	}
	if id == "" {
		return r, fmt.Errorf("reply of %s: %w", service, errNoID)
	}
	r.Service = service
	if n := countOf(id); n != 0 && n < syncBit {
		r.Wire = platform.Wire(dev.Number)*platform.WireStride + platform.Wire(n)
	}
	d.verify(dev, service, r)
	return r, nil
}

// countOf reads an id. One that is not a number as the platform writes it is nobody's: 0.
func countOf(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil || id[0] == '0' || n%syncBit >= uint64(platform.WireStride) {
		return 0
	}
	return n
}

// verify counts an answer whose data does not fit the thing model; it is passed on all the same.
func (d *Dialect) verify(dev *platform.Device, service string, r platform.Reply) {
	if !r.OK || service == "" || dev.Model.Services == nil {
		return
	}
	data := r.Data
	if data == nil {
		data = emptyObject
	}
	if dev.Model.Services[service].CheckOutput(data) != nil {
		d.misfits.Add(1)
	}
}

var emptyObject = json.RawMessage("{}")

// readReply reads a payload, without its id where there is none: some devices' libraries put another there.
func readReply(payload []byte) (r platform.Reply, id string, err error) {
	in, err := members.Parse(payload)
	if err != nil {
		return r, "", fmt.Errorf("reply: %w", err)
	}
	code := ""
	for in.Next() {
		switch string(in.Key) {
		case "id":
			id = members.Plain(in.Value)
		case "code":
			code = members.Plain(in.Value)
		case "message":
			r.Message = members.Text(in.Value)
		case "data":
			r.Data = in.Value
		}
	}
	if r.Code, err = strconv.Atoi(code); err != nil {
		return platform.Reply{}, "", fmt.Errorf("reply: %w", errNoCode)
	}
	if string(r.Data) == "null" {
		r.Data = nil
	}
	r.OK, r.Raw = r.Code == codeDeviceSuccess, payload
	return r, id, nil
}
