package spell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// does is what the device did with a call, as a behaviour; empty where it never had it, or no answer is awaited.
func (t *teller) does(load int, call uint64) string {
	facts, answers := t.script.Facts(load, call), t.script.Answers(load, call)
	m := sent(facts, answers)
	if !m.published || m.oneWay {
		return ""
	}
	kind := check.AnswerSuccess
	if len(m.said) > 0 {
		kind = m.said[0]
	}
	switch ack := m.acked - m.at; {
	case m.lostAck:
		t.lost["that an acknowledgement never came"]++
	case m.qos > 0 && ack > atOnce && (len(answers) != 1 || kind != check.AnswerSuccess):
		t.lost["when an acknowledgement came"]++
	case m.qos > 0 && ack > atOnce:
		return fmt.Sprintf("{slow_ack: {after: %s, ack: %s}}", m.after(answers[0]), m.after(m.acked))
	}
	if len(answers) == 0 {
		switch { // neither is what a behaviour does: a drop is the nearest to them
		case len(m.said) > 0:
			t.lost["that an answer was lost on its way"]++
		case !m.seen:
			t.lost["that the message never reached the device"]++
		}
		return "{drop: {}}"
	}
	after := m.after(answers[0])
	if len(answers) > 2 || len(answers) == 2 && kind != check.AnswerSuccess {
		t.lost["all answers but the first"]++
	}
	switch {
	case kind == check.AnswerGarbled:
		return "{garble: {after: " + after + "}}"
	case kind == check.AnswerForeign:
		return "{foreign: {after: " + after + "}}"
	case kind == check.AnswerFailure:
		return "{fail: {after: " + after + t.words(load, call, facts) + "}}"
	case len(answers) > 1:
		return fmt.Sprintf("{twice: {after: %s, gap: %s}}", after, (answers[1] - answers[0]).Truncate(time.Microsecond))
	case m.limit != check.Never && answers[0] >= m.limit:
		return "{delay: {after: " + after + "}}"
	}
	return "{respond: {after: " + after + "}}"
}

// words are the code and the message with which a device failed: those that its call is told to bring, or else those of the
// device's behaviour that has the code that the caller was given.
func (t *teller) words(load int, call uint64, facts []check.Fact) string {
	l := &t.s.Load[load]
	if told := l.Told(call); told != nil && told.Does != nil && told.Does.Kind == "fail" {
		return failing(*told.Does)
	}
	var able []string // in which words its device may fail
	for _, g := range t.s.Devices {
		for _, b := range g.Behaviours {
			if g.Name != l.To || b.Kind != "fail" {
				continue
			}
			if slices.ContainsFunc(facts, func(f check.Fact) bool { return f.Kind == check.Done && f.Text == strconv.Itoa(b.Code) }) {
				return failing(b)
			}
			able = append(able, failing(b))
		}
	}
	if able = slices.Compact(able); len(able) != 1 {
		t.lost["which code a device failed with"]++
	}
	return strings.Join(able[:min(1, len(able))], "")
}

func failing(b scenarios.Behaviour) string {
	words := ", code: " + strconv.Itoa(b.Code)
	if b.Message != "" {
		words += ", message: " + strconv.Quote(b.Message)
	}
	return words
}

// atOnce is how long an acknowledgement takes that nobody held back.
const atOnce = 50 * time.Millisecond

// sending is how a command came to its device and what came of it.
type sending struct {
	published, oneWay bool
	seen              bool          // by the device
	at, limit         time.Duration // of the sending that was answered, or else the last
	qos               byte
	acked             time.Duration
	lostAck           bool
	said              []check.AnswerKind // of the answers
}

func sent(facts []check.Fact, answers []time.Duration) sending {
	m := sending{limit: check.Never, acked: check.Never}
	for _, f := range facts {
		answered := len(answers) > 0 && f.At > answers[0]
		switch f.Kind {
		case check.Accepted:
			m.oneWay = f.OneWay
		case check.Published, check.Resent:
			if !answered {
				m.published, m.at = true, f.At
			}
			if f.Kind == check.Published && !answered {
				m.qos = f.QoS
				if m.limit = f.Limit; m.limit == 0 {
					m.limit = check.Never
				}
			}
		case check.Received:
			m.limit = f.Limit
		case check.Seen:
			m.seen = true
		case check.Acked:
			m.acked = f.At
		case check.Answered:
			m.said = append(m.said, f.Answer)
		case check.Ended:
			if f.Text == platform.ErrOffline.Error() {
				m.published = false
			}
		}
	}
	m.lostAck = m.published && m.qos > 0 && m.acked == check.Never
	return m
}

// after is how long after the sending something came, such that what came too late comes too late again.
func (m sending) after(at time.Duration) string {
	d := max(at-m.at, 0)
	whole := d.Truncate(time.Microsecond)
	if at >= m.limit && whole < d {
		whole += time.Microsecond
	}
	return whole.String()
}
