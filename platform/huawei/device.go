package huawei

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// Codec is the wire as a device sees it. The zero value works, and serves any number of devices at once. A device that
// is registered with another Alias than {product}_{device} is found by that name all the same.
type Codec struct{}

// Login returns what the device shows when it connects at now, whose hour the platform does not check.
func (Codec) Login(a platform.Address, secret string, now time.Time) (clientID, username, pass string) {
	id, hour := defaultID(a), now.UTC().Format(hourLayout)
	return id + "_0_" + signUnchecked + "_" + hour, id, password(secret, hour)
}

// Filters returns nothing: the vendor's SDKs do not subscribe to their commands.
func (Codec) Filters(platform.Address) []string { return nil }

var errNoCommand = errors.New("message is no command")

// Decode reads a command: ID, Service (service_id:command_name, or command_name alone) and Input. A message is a command
// that is OneWay, on whichever topic that is not the system's for something else: in the standard format its name is the
// Service and its content the Input (a JSON string where the content is no JSON); in any other the whole payload is the
// Input. The ID of a message is 0 where an application chose the message_id, or the format does not tell it.
func (Codec) Decode(topic string, payload []byte) (platform.Command, error) {
	rest, system := strings.CutPrefix(topic, topicRoot)
	_, request, command := strings.Cut(rest, requestLevel)
	switch {
	case !system || strings.HasSuffix(rest, messageLevel) || !strings.Contains(rest, "/sys/"):
		return decodeMessage(payload), nil
	case !command:
		return platform.Command{}, errNoCommand
	}
	id := commandOf(request)
	if id == 0 {
		return platform.Command{}, fmt.Errorf("command %s: no request_id of the platform", clip(request))
	}
	o, paras, err := readCommand(payload)
	if err != nil {
		return platform.Command{}, fmt.Errorf("command %s: %w", request, err)
	}
	return platform.Command{ID: id, Service: o.name(), Input: paras}, nil
}

// readCommand reads what both sides have of a command.
func readCommand(doc []byte) (o order, paras json.RawMessage, err error) {
	in, err := members.Parse(doc)
	for err == nil && in.Next() {
		switch string(in.Key) {
		case "service_id":
			o.service, err = optional(in.Value)
		case "command_name":
			o.command, err = optional(in.Value)
		case "paras":
			paras = in.Value
		}
	}
	return o, paras, err
}

var errNoText = errors.New("a name is no string")

// optional is a string, or nil for null.
func optional(value []byte) (*string, error) {
	switch {
	case string(value) == "null":
		return nil, nil
	case value[0] != '"':
		return nil, errNoText
	}
	text := members.Text(value)
	return &text, nil
}

func decodeMessage(payload []byte) platform.Command {
	var in struct {
		ID      string  `json:"id"`
		Name    string  `json:"name"`
		Content *string `json:"content"`
	}
	if json.Unmarshal(payload, &in) != nil || in.Content == nil {
		return platform.Command{OneWay: true, Input: appendResponse(nil, payload)}
	}
	return platform.Command{ID: commandOf(in.ID), OneWay: true, Service: in.Name, Input: appendResponse(nil, []byte(*in.Content))}
}

// defaultResponse is the response_name of an answer without a message.
const defaultResponse = "COMMAND_RESPONSE"

// Encode shapes an answer of the device to the command of r.ID. The message is its response_name. One that is OK has
// result_code 0, whatever r.Code says.
func (Codec) Encode(a platform.Address, r platform.Reply) (topic string, payload []byte, err error) {
	switch {
	case r.OK:
		r.Code = 0
	case r.Code == 0:
		return "", nil, fmt.Errorf("reply of %s: code 0 is success, but the reply is a failure", a)
	}
	name := r.Message
	if name == "" {
		name = defaultResponse
	}
	b := append(make([]byte, 0, 80+len(r.Data)+len(name)), `{"result_code":`...)
	b = appendString(append(strconv.AppendInt(b, int64(r.Code), 10), `,"response_name":`...), name)
	if r.Data != nil {
		b = append(append(b, `,"paras":`...), r.Data...)
	}
	return topicRoot + defaultID(a) + responseLevel + commandID(r.ID), append(b, '}'), nil
}
