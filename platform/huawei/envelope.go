package huawei

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
)

// message is a message as it was asked for, and how it stands.
type message struct {
	messageRequest
	payload []byte // what the device gets, or what is in the envelope's content

	mu       sync.Mutex
	id       platform.ID // 0 before the core has it
	status   string      // "" before anything happened to it
	cause    string      // a code, where the API has one for a failure
	created  time.Time
	finished time.Time
}

func newMessage(in *messageRequest) (*message, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	m := &message{messageRequest: *in}
	var text string
	isText := json.Unmarshal(in.Message, &text) == nil
	if value(in.Encoding) == encodingBase64 {
		var err error
		if m.payload, err = base64.StdEncoding.DecodeString(text); err != nil || !isText {
			return nil, invalid("message", "is not base64")
		}
		return m, nil
	}
	m.payload = []byte(text)
	if !isText {
		var b bytes.Buffer
		json.Compact(&b, in.Message)
		m.payload = b.Bytes()
	}
	return m, nil
}

// value is the text, or "" if there is none.
func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// messageOf is the message of a command, which one that came without the API has to be made for: of its service as the
// name and its input as the content.
func messageOf(c *platform.Command) *message {
	if m, ok := c.Extra.(*message); ok {
		return m
	}
	m := &message{payload: c.Input}
	if c.Service != "" {
		m.Name = &c.Service
	}
	return m
}

// down is what goes to the device, by the connection of that device_id.
func (m *message) down(dev *platform.Device, connected string, id platform.ID) broker.Message {
	out := broker.Message{Topic: m.topic(connected), Payload: m.payload, Properties: m.Properties.mqtt()}
	if value(m.Encoding) != encodingBase64 && value(m.PayloadFormat) != formatRaw {
		out.Payload = m.envelope(objectOf(dev), id)
	}
	return out
}

func (m *message) topic(connected string) string {
	switch {
	case m.TopicFullName != nil:
		return *m.TopicFullName
	case m.Topic != nil:
		return topicRoot + connected + userLevel + *m.Topic
	}
	return topicRoot + connected + messageLevel
}

// envelope is the standard format. Its content is a string: the vendor's SDKs cannot read anything else there.
func (m *message) envelope(object string, id platform.ID) []byte {
	b := append(make([]byte, 0, 128+len(m.payload)), '{')
	if object != "" {
		b = append(appendString(append(b, `"object_device_id":`...), object), ',')
	}
	if m.Name != nil {
		b = append(appendString(append(b, `"name":`...), *m.Name), ',')
	}
	b = appendString(append(b, `"id":`...), m.name(id))
	return append(appendString(append(b, `,"content":`...), string(m.payload)), '}')
}

// name is the message_id.
func (m *message) name(id platform.ID) string {
	if m.MessageID != nil {
		return *m.MessageID
	}
	return commandID(id)
}

func (p *properties) mqtt() *broker.Properties {
	if p == nil {
		return nil
	}
	out := &broker.Properties{ResponseTopic: value(p.ResponseTopic), CorrelationData: []byte(value(p.CorrelationData))}
	for _, u := range p.User {
		out.User = append(out.User, [2]string{value(u.Key), value(u.Value)})
	}
	return out
}
