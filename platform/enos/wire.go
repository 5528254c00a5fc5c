package enos

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/members"
)

// Topics of commands: /sys/{productKey}/{deviceKey}/thing/service/{service}, and the same with _reply for the answer.
// A measurement point is set by the service measurepoint/set.
const (
	topicRoot   = "/sys/"
	topicMiddle = "/thing/service/"
	replySuffix = "_reply"
)

func commandTopic(a platform.Address, service string) string {
	return topicRoot + a.Product + "/" + a.Device + topicMiddle + service
}

// serviceOf takes the service out of a topic.
func serviceOf(topic string) (service string, ok bool) {
	rest, ok := strings.CutPrefix(topic, topicRoot)
	if !ok {
		return "", false
	}
	_, service, ok = strings.Cut(rest, topicMiddle)
	return service, ok && (service == pointService || service == pointService+replySuffix || !strings.Contains(service, "/"))
}

// Down shapes a command. A product with a format of its own has a script for it on the real platform; none is run here.
func (d *Dialect) Down(dev *platform.Device, _ *broker.Session, c platform.Command) (broker.Message, error) {
	if dev.Model.Custom {
		return broker.Message{}, platform.ErrEncoding
	}
	return broker.Message{Topic: commandTopic(c.Device, c.Service),
		Payload: appendDown(make([]byte, 0, 96+len(c.Input)+len(c.Service)), c)}, nil
}

func appendDown(b []byte, c platform.Command) []byte {
	b = strconv.AppendUint(append(b, `{"id":"`...), uint64(c.Wire), 10)
	b = append(append(b, `","version":"1.0","params":`...), c.Input...)
	b = append(b, `,"method":`...)
	return append(appendString(b, "thing.service."+strings.Replace(c.Service, "/", ".", 1)), '}')
}

var (
	errNoID   = errors.New("reply without id")
	errNoCode = errors.New("no code that is a number")
)

// Up reads a reply. Whose it is, is not read from its topic: the core takes that from the session it came in.
func (d *Dialect) Up(_ *platform.Device, topic string, payload []byte) (platform.Reply, error) {
	service, ok := serviceOf(topic)
	if ok {
		service, ok = strings.CutSuffix(service, replySuffix)
	}
	if !ok || service == "" {
		return platform.Reply{}, platform.ErrNotReply
	}
	in, err := members.Parse(payload)
	if err != nil {
		return platform.Reply{}, fmt.Errorf("reply of %s: %w", service, err)
	}
	r := platform.Reply{Service: service}
	var id, code string
	for in.Next() {
		switch string(in.Key) {
		case "id":
			id = members.Plain(in.Value)
		case "code": // a number, or a string: one SDK of the vendor writes it so
			code = members.Plain(in.Value)
		case "message":
			r.Message = members.Text(in.Value)
		case "data":
			r.Data = in.Value
		}
	}
	if id == "" {
		return platform.Reply{}, fmt.Errorf("reply of %s: %w", service, errNoID)
	}
	if r.Code, err = strconv.Atoi(code); err != nil {
		return platform.Reply{}, fmt.Errorf("reply of %s: %w", service, errNoCode)
	}
	r.Wire, r.OK = wireOf(id), r.Code == codeDeviceSuccess
	if string(r.Data) == "null" {
		r.Data = nil
	}
	return r, nil
}

// wireOf reads an id. One that is not a number as the platform writes it is nobody's: 0.
func wireOf(id string) platform.Wire {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || id[0] == '0' {
		return 0
	}
	return platform.Wire(n)
}
