package broker

import "strings"

// Subscribed tells whether the device gets what is published to a topic, by a filter of the Grant or by one of its own.
func (s *Session) Subscribed(topic string) bool {
	for _, f := range s.grant.Down {
		if matches(f, topic) {
			return true
		}
	}
	for f := range s.client.State.Subscriptions.GetAll() {
		if matches(f, topic) {
			return true
		}
	}
	return false
}

// QoS is the highest quality of service that the device's own subscriptions grant to a topic; ok is false when none of
// them matches it. What the broker subscribed for the device does not count.
func (s *Session) QoS(topic string) (granted byte, ok bool) {
	for f, sub := range s.client.State.Subscriptions.GetAll() {
		if matches(f, topic) {
			granted, ok = max(granted, min(sub.Qos, 1)), true
		}
	}
	return granted, ok
}

// matches tells whether a topic filter selects a topic: + is one level, # at the end any number, none included. Neither
// stands for a first level that begins with $.
func matches(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		f, fs, fMore := strings.Cut(filter, "/")
		t, ts, tMore := strings.Cut(topic, "/")
		switch {
		case f == "#":
			return true
		case f != "+" && f != t:
			return false
		case !tMore:
			return !fMore || fs == "#"
		case !fMore:
			return false
		}
		filter, topic = fs, ts
	}
}
