package huawei

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/members"
)

// Topics begin with $oc/devices/{device_id}, the id of the device that is connected: a gateway's for what is behind it.
const (
	topicRoot     = "$oc/devices/"
	commandLevel  = "/sys/commands/"
	requestLevel  = commandLevel + "request_id="
	responseLevel = commandLevel + "response/request_id="
	messageLevel  = "/sys/messages/down"
	userLevel     = "/user/"
)

// order is what a command has on its wire and the core has no field for (Command.Extra). The two names may be absent,
// which is not the same as empty.
type order struct {
	service, command *string
}

// The core's name of a command is service_id:command_name, or command_name alone where there is no service_id.
func (o order) name() string {
	switch {
	case o.service == nil && o.command == nil:
		return ""
	case o.service == nil:
		return *o.command
	case o.command == nil:
		return *o.service + ":"
	}
	return *o.service + ":" + *o.command
}

// orderOf takes a name apart.
func orderOf(name string) (o order) {
	service, command, ok := strings.Cut(name, ":")
	switch {
	case name == "":
	case !ok:
		whole := name // or every name would be moved to the heap
		o.command = &whole
	default:
		o.service = &service
		if command != "" {
			o.command = &command
		}
	}
	return o
}

// Down shapes a command or a message.
func (d *Dialect) Down(dev *platform.Device, ses *broker.Session, c platform.Command) (broker.Message, error) {
	connected := ses.Login.Username
	if c.OneWay {
		return messageOf(&c).down(dev, connected, c.ID), nil
	}
	o, ok := c.Extra.(order)
	if !ok {
		o = orderOf(c.Service)
	}
	return broker.Message{Topic: topicRoot + connected + requestLevel + commandID(c.ID),
		Payload: appendCommand(make([]byte, 0, 128+len(c.Input)), objectOf(dev), o, c.Input)}, nil
}

// objectOf is the object_device_id of what goes to a device: empty unless it is behind a gateway.
func objectOf(dev *platform.Device) string {
	if dev.Parent == nil {
		return ""
	}
	return deviceID(dev)
}

func appendCommand(b []byte, object string, o order, paras []byte) []byte {
	b = append(b, '{')
	if object != "" {
		b = append(appendString(append(b, `"object_device_id":`...), object), ',')
	}
	b = appendNames(b, o)
	if paras == nil {
		paras = []byte("{}")
	}
	return append(append(append(b, `"paras":`...), paras...), '}')
}

// appendNames appends service_id and command_name, each with a comma behind it, where they are.
func appendNames(b []byte, o order) []byte {
	if o.service != nil {
		b = append(appendString(append(b, `"service_id":`...), *o.service), ',')
	}
	if o.command != nil {
		b = append(appendString(append(b, `"command_name":`...), *o.command), ',')
	}
	return b
}

var errNoRequest = errors.New("response without request_id")

// Up reads a response. The vendor passes on whatever came, so that there is no response that cannot be read; one whose
// request_id the platform never made is nobody's.
func (d *Dialect) Up(dev *platform.Device, topic string, payload []byte) (platform.Reply, error) {
	rest, ok := strings.CutPrefix(topic, topicRoot)
	_, request, found := strings.Cut(rest, responseLevel)
	if !ok || !found {
		return platform.Reply{}, platform.ErrNotReply
	}
	if request == "" {
		return platform.Reply{}, fmt.Errorf("device %s: %w", deviceID(dev), errNoRequest)
	}
	r := readResponse(payload)
	r.ID = commandOf(request)
	return r, nil
}

// readResponse reads what a device answers. Any JSON is a response, and what is no JSON is one of text. Of one without a
// result_code nothing says that it failed; a response_name that is no string is none.
func readResponse(payload []byte) platform.Reply {
	r := platform.Reply{Raw: payload, OK: true}
	in, err := members.Parse(payload)
	for err == nil && in.Next() {
		switch string(in.Key) {
		case "result_code":
			r.Code, r.OK = resultCode(in.Value)
		case "response_name":
			r.Message = members.Text(in.Value)
		case "paras":
			if r.Data = in.Value; string(in.Value) == "null" {
				r.Data = nil
			}
		}
	}
	return r
}

// resultCode reads a result_code: null and 0 are success. One that is no whole number is a failure of number -1.
func resultCode(value []byte) (code int, ok bool) {
	if string(value) == "null" {
		return 0, true
	}
	n, err := strconv.Atoi(members.Plain(value))
	if err != nil {
		return -1, false
	}
	return n, n == 0
}

// appendResponse appends what a device answered as the API passes it on: verbatim, or as a string if it is no JSON.
func appendResponse(b, raw []byte) []byte {
	if json.Valid(raw) {
		return append(b, raw...)
	}
	return appendString(b, string(raw))
}

// A command_id is a UUID that holds the command's number in its lower 62 bits, and a digest of it in the others: no
// other text is taken for a command's.
func commandID(id platform.ID) string {
	t := textOf(id)
	return string(t[:])
}

func textOf(id platform.ID) [36]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], digest(uint64(id)))
	binary.BigEndian.PutUint64(b[8:], uint64(id)&(1<<62-1)|1<<63)
	b[6] = b[6]&0x0f | 0x40
	return uuid(b)
}

// commandOf is the number in a command_id; 0 if it is none.
func commandOf(text string) platform.ID {
	if len(text) != 36 {
		return 0
	}
	var digits [16]byte
	copy(digits[:], text[19:23])
	copy(digits[4:], text[24:])
	var b [8]byte
	if _, err := hex.Decode(b[:], digits[:]); err != nil {
		return 0
	}
	id := platform.ID(binary.BigEndian.Uint64(b[:]) & (1<<62 - 1))
	if t := textOf(id); string(t[:]) != text {
		return 0
	}
	return id
}

// digest spreads a number over 64 bits (the finalizer of SplitMix64).
func digest(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// appendString appends s as JSON. Most strings need no escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, encode(strings.ToValidUTF8(s, "\uFFFD"))...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
