package huawei

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"fleetdrill/platform"
)

// States of a message are PENDING, DELIVERED, FAILED and TIMEOUT, the same words as a command's. One that went out is
// DELIVERED, at QoS 1 too; that it was not acknowledged within its ttl makes it TIMEOUT after all.
var messageStates = map[platform.State]string{
	platform.Waiting: statePending, platform.Sent: stateDelivered, platform.Succeeded: stateDelivered,
	platform.Failed: stateFailed, platform.Expired: stateTimeout, platform.TimedOut: stateTimeout,
}

// change takes in how the message stands with the core, and tells whether that changes its status. One that waits again
// because its device went without acknowledging it has been DELIVERED before, and stays so.
func (m *message) change(r *platform.Record, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := messageStates[r.State]
	if next == "" || next == m.status || next == statePending && m.status != "" {
		return false
	}
	m.id, m.status, m.created = r.ID, next, r.Created
	if next != statePending {
		m.finished = now
	}
	switch {
	case errors.Is(r.Err, platform.ErrOffline), errors.Is(r.Err, platform.ErrInactive):
		m.cause = codeOffline
	case errors.Is(r.Err, platform.ErrUnsubscribed):
		m.cause = codeUnsubscribed
	}
	return true
}

// errorInfo is why a message failed, where the API has a code for it.
type errorInfo struct {
	Code string `json:"error_code"`
	Msg  string `json:"error_msg"`
}

func errorInfoOf(code string) *errorInfo {
	switch code {
	case codeOffline:
		return &errorInfo{code, textOffline}
	case codeUnsubscribed:
		return &errorInfo{code, textUnsubscribed}
	}
	return nil
}

// messageRow is a message as the API tells it.
type messageRow struct {
	MessageID     string          `json:"message_id"`
	Name          *string         `json:"name,omitempty"`
	Message       json.RawMessage `json:"message"`
	Encoding      string          `json:"encoding"`
	PayloadFormat string          `json:"payload_format"`
	Topic         string          `json:"topic,omitempty"`
	Properties    *properties     `json:"properties,omitempty"`
	Status        string          `json:"status"`
	ErrorInfo     *errorInfo      `json:"error_info,omitempty"`
	Created       string          `json:"created_time"`
	Finished      string          `json:"finished_time,omitempty"`
}

func (m *message) row() messageRow {
	m.mu.Lock()
	defer m.mu.Unlock()
	row := messageRow{MessageID: m.name(m.id), Name: m.Name, Message: m.Message, Encoding: encodingNone,
		PayloadFormat: formatStandard, Topic: m.told(), Properties: m.Properties, Status: m.status,
		ErrorInfo: errorInfoOf(m.cause), Created: stamp(m.created), Finished: stamp(m.finished)}
	if value(m.Encoding) != "" {
		row.Encoding = *m.Encoding
	}
	if value(m.PayloadFormat) != "" {
		row.PayloadFormat = *m.PayloadFormat
	}
	return row
}

// told is the topic as the API tells it: whichever of the two the caller gave.
func (m *message) told() string { return value(m.Topic) + value(m.TopicFullName) }

// shelves are the messages that the API remembers: the last few of each device.
type shelves struct {
	limit int

	mu       sync.RWMutex
	byDevice map[*platform.Device]*shelf
}

type shelf struct {
	limit int

	mu   sync.Mutex
	rows []*message // the oldest first
	used []string   // the last message_ids that applications gave
	has  map[string]bool
}

func (s *shelves) of(d *platform.Device) *shelf {
	s.mu.RLock()
	sh := s.byDevice[d]
	s.mu.RUnlock()
	if sh != nil {
		return sh
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh = s.byDevice[d]; sh == nil {
		sh = &shelf{limit: s.limit, has: map[string]bool{}}
		s.byDevice[d] = sh
	}
	return sh
}

func (s *shelves) forget(d *platform.Device) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byDevice, d)
}

// keepIDs is how many message_ids of a device are remembered, to tell a repeated one.
const keepIDs = 1000

// reserve takes a message_id, and is false if it was taken before. The platform's own need no check.
func (s *shelf) reserve(id *string) bool {
	if id == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.has[*id] {
		return false
	}
	if len(s.used) == keepIDs {
		delete(s.has, s.used[0])
		s.used = slices.Delete(s.used, 0, 1)
	}
	s.used, s.has[*id] = append(s.used, *id), true
	return true
}

// release gives back what reserve took, for a message that was not taken in.
func (s *shelf) release(id *string) {
	if id == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.has, *id)
	s.used = slices.DeleteFunc(s.used, func(u string) bool { return u == *id })
}

func (s *shelf) add(m *message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) == s.limit {
		s.rows = slices.Delete(s.rows, 0, 1)
	}
	s.rows = append(s.rows, m)
}

// all returns the messages, the newest first.
func (s *shelf) all() []*message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.rows)
	slices.Reverse(all)
	return all
}

// take returns the message of that id, and with away takes it off the shelf.
func (s *shelf) take(id string, away bool) *message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range s.rows {
		if m.name(m.number()) != id {
			continue
		}
		if away {
			s.rows = slices.Delete(s.rows, i, i+1)
		}
		return m
	}
	return nil
}

func (a *api) listMessages(c *call) error {
	out := struct {
		DeviceID string       `json:"device_id"`
		Messages []messageRow `json:"messages"`
	}{deviceID(c.device), []messageRow{}}
	for _, m := range a.shelves.of(c.device).all() {
		out.Messages = append(out.Messages, m.row())
	}
	return c.answer(http.StatusOK, out)
}

func (a *api) showMessage(c *call) error {
	id := c.r.PathValue("message")
	m := a.shelves.of(c.device).take(id, false)
	if m == nil {
		return missing("message", id)
	}
	return c.answer(http.StatusOK, m.row())
}

// deleteMessage takes back a message that waits, and forgets one that does not.
func (a *api) deleteMessage(c *call) error {
	id := c.r.PathValue("message")
	m := a.shelves.of(c.device).take(id, true)
	if m == nil {
		return missing("message", id)
	}
	if number := m.number(); number != 0 {
		a.svc.Cancel(c.device.Address, number)
	}
	return c.answer(http.StatusNoContent, nil)
}

// number is the core's; 0 before the core has the message.
func (m *message) number() platform.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.id
}
