package huawei

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"fleetdrill/platform"
)

// messageRequest is the body of a call that sends a message.
type messageRequest struct {
	MessageID     *string         `json:"message_id"`
	Name          *string         `json:"name"`
	Message       json.RawMessage `json:"message"`
	Properties    *properties     `json:"properties"`
	Encoding      *string         `json:"encoding"`
	PayloadFormat *string         `json:"payload_format"`
	Topic         *string         `json:"topic"`
	TopicFullName *string         `json:"topic_full_name"`
	TTL           *int            `json:"ttl"` // minutes
}

// properties are those of MQTT 5. A device that speaks an older version gets none.
type properties struct {
	CorrelationData *string    `json:"correlation_data,omitempty"`
	ResponseTopic   *string    `json:"response_topic,omitempty"`
	User            []userProp `json:"user_properties,omitempty"`
}

type userProp struct {
	Key   *string `json:"prop_key"`
	Value *string `json:"prop_value"`
}

// What encoding and payload_format can be.
const (
	encodingNone   = "none"
	encodingBase64 = "base64"
	formatStandard = "standard"
	formatRaw      = "raw"
)

const (
	maxMessage   = 256 << 10 // bytes
	maxUserProps = 20
	maxTTL       = 1440 // minutes; also the default
	stepTTL      = 5
)

func (in *messageRequest) check() error {
	err := checkAll(
		rule{field{name: "message_id", most: 128, marks: idMarks}, in.MessageID},
		rule{field{name: "name", most: 128, marks: nameMarks, han: true}, in.Name},
		rule{field{name: "topic", most: 128}, in.Topic},
		rule{field{name: "topic_full_name", most: 128}, in.TopicFullName})
	switch {
	case err != nil:
		return err
	case in.Message == nil || string(in.Message) == "null":
		return invalid("message", "is missing")
	case len(in.Message) > maxMessage:
		return invalid("message", "has %d bytes, %d are allowed", len(in.Message), maxMessage)
	case in.MessageID != nil && *in.MessageID == "":
		return invalid("message_id", "is empty")
	case in.Encoding != nil && !slices.Contains([]string{"", encodingNone, encodingBase64}, *in.Encoding):
		return invalid("encoding", "is %q, not %s or %s", clip(*in.Encoding), encodingNone, encodingBase64)
	case in.PayloadFormat != nil && !slices.Contains([]string{"", formatStandard, formatRaw}, *in.PayloadFormat):
		return invalid("payload_format", "is %q, not %s or %s", clip(*in.PayloadFormat), formatStandard, formatRaw)
	case in.TTL != nil && (*in.TTL < 0 || *in.TTL > maxTTL || *in.TTL%stepTTL != 0):
		return invalid("ttl", "is %d, not a multiple of %d from 0 to %d", *in.TTL, stepTTL, maxTTL)
	}
	if err := in.checkTopics(); err != nil {
		return err
	}
	return in.Properties.check()
}

func (in *messageRequest) checkTopics() error {
	if in.Topic != nil && in.TopicFullName != nil {
		return invalid("topic", "excludes topic_full_name")
	}
	for name, topic := range map[string]*string{"topic": in.Topic, "topic_full_name": in.TopicFullName} {
		if topic != nil && (*topic == "" || strings.ContainsAny(*topic, "+#\x00")) {
			return invalid(name, "%q is no topic that can be published to", clip(*topic))
		}
	}
	return nil
}

func (p *properties) check() error {
	if p == nil {
		return nil
	}
	if len(p.User) > maxUserProps {
		return invalid("user_properties", "has %d items, %d are allowed", len(p.User), maxUserProps)
	}
	rules := []rule{{field{name: "correlation_data", most: 128, marks: idMarks}, p.CorrelationData},
		{field{name: "response_topic", most: 128, marks: topicMarks}, p.ResponseTopic}}
	for _, u := range p.User {
		rules = append(rules, rule{field{name: "prop_key", most: 128, marks: idMarks}, u.Key},
			rule{field{name: "prop_value", most: 128, marks: nameMarks + " ", han: true}, u.Value})
	}
	return checkAll(rules...)
}

// message makes a command a message.
func (c *Config) message(cmd *platform.Command, ttl time.Duration) {
	cmd.Mode, cmd.Lane, cmd.TTL = platform.Cached, LaneMessage, ttl
	cmd.OneWay, cmd.Receipt, cmd.QoS = true, true, 1
	cmd.Timeout, cmd.AckTimeout = 0, 0
	if ttl == 0 { // it is over with its last sending
		cmd.Mode, cmd.AckTimeout = platform.Instant, time.Duration(c.ResendTimes)*c.Resend
	}
}

func (in *messageRequest) lifetime() time.Duration {
	if in.TTL == nil {
		return maxTTL * time.Minute
	}
	return time.Duration(*in.TTL) * time.Minute
}

func (a *api) createMessage(c *call) error {
	var in messageRequest
	if err := c.read(&in); err != nil {
		return err
	}
	m, err := newMessage(&in)
	if err != nil {
		return err
	}
	if known, ok := a.cfg.Topics[c.device.Product]; ok && in.Topic != nil && !slices.Contains(known, *in.Topic) {
		return invalid("topic", "the product has no topic %q", *in.Topic)
	}
	shelf := a.shelves.of(c.device)
	if !shelf.reserve(in.MessageID) {
		return invalid("message_id", "%q is that of an earlier message", *in.MessageID)
	}
	cmd := platform.Command{Device: c.device.Address, Service: value(in.Name), Input: in.Message, Extra: m, Tag: platform.TagOf(c.r.Header)}
	a.cfg.message(&cmd, in.lifetime())
	rec, err := a.svc.Submit(cmd)
	if rec.ID == 0 {
		shelf.release(in.MessageID)
		return err
	}
	shelf.add(m)
	return c.answer(http.StatusCreated, struct {
		MessageID string        `json:"message_id"`
		Result    messageResult `json:"result"`
	}{m.name(rec.ID), m.result()})
}

type messageResult struct {
	Status   string `json:"status"`
	Created  string `json:"created_time"`
	Finished string `json:"finished_time,omitempty"`
}

func (m *message) result() messageResult {
	m.mu.Lock()
	defer m.mu.Unlock()
	return messageResult{m.status, stamp(m.created), stamp(m.finished)}
}
