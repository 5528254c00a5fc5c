package device

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/scenarios"
	"fleetdrill/sim/chance"
)

// testCodec is the smallest wire there can be: {"id":1} down, a reply as JSON up.
type testCodec struct{}

func (testCodec) Login(id Identity, _ time.Time) (clientID, username, password string) {
	return id.Device, id.Device, id.Secret
}

func (testCodec) Filters(Identity) []string { return nil }

func (testCodec) Decode(topic string, payload []byte) (platform.Command, error) {
	var m struct{ ID platform.Wire }
	if err := json.Unmarshal(payload, &m); err != nil {
		return platform.Command{}, err
	}
	return platform.Command{Wire: m.ID, Service: topic[strings.LastIndexByte(topic, '/')+1:]}, nil
}

func (testCodec) Encode(id platform.Address, r platform.Reply) (string, []byte, error) {
	payload, err := json.Marshal(r)
	return "up/" + id.Device, payload, err
}

// world is a real broker over an in-memory network, one device, and what was seen of it. Everything in it has the
// offset from the beginning.
type world struct {
	t      *testing.T
	zero   time.Time
	broker *broker.Broker
	group  *Group
	dev    *Device
	stop   context.CancelFunc

	mu      sync.Mutex
	session *broker.Session
	log     []string
	refuse  bool
}

// newWorld starts a device of a group; change adjusts the group before.
func newWorld(t *testing.T, list []scenarios.Behaviour, change func(*Group)) *world {
	mix, err := NewMix(list)
	if err != nil {
		t.Fatal(err)
	}
	l := pipe.Listen("mqtt")
	w := &world{t: t, zero: time.Now()}
	w.broker = broker.New(broker.DefaultConfig, w)
	go w.broker.Serve(l)
	w.group = &Group{Dial: l.Dial, Codec: testCodec{}, Mix: mix, Key: chance.Seed(1), Tally: &Tally{}, Observe: w.observe,
		Reconnect: scenarios.Reconnect{After: time.Second, Max: 10 * time.Second}}
	if change != nil {
		change(w.group)
	}
	w.dev = New(w.group, Identity{Address: platform.Address{Product: "p", Device: "d1"}, Secret: "s"})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		w.dev.Run(ctx)
		close(ended)
	}()
	w.stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(func() {
		w.stop()
		w.broker.Close(context.Background())
	})
	return w
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf("%v ", time.Since(w.zero))+fmt.Sprintf(format, args...))
}

func (w *world) observe(f Fact) {
	if f.Wire != 0 {
		w.note("%v %d", f.Kind, f.Wire)
		return
	}
	w.note("%v", f.Kind)
}

// The broker's owner.

func (w *world) Admit(l broker.Login) (broker.Grant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse || string(l.Password) != "s" {
		return broker.Grant{}, &broker.Refusal{BadCredentials: true, Reason: "wrong"}
	}
	return broker.Grant{Down: []string{"down/" + l.Username + "/+"}, May: func(string, bool) bool { return true }}, nil
}

func (w *world) Online(s *broker.Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.session = s
}

func (w *world) Offline(*broker.Session, error) { w.note("broker: offline") }

func (w *world) Message(_ *broker.Session, topic string, payload []byte) {
	var r platform.Reply
	if json.Unmarshal(payload, &r) != nil {
		w.note("broker: unreadable on %s", topic)
		return
	}
	w.note("broker: reply %d ok=%v code=%d data=%s", r.Wire, r.OK, r.Code, r.Data)
}

func (w *world) Left(_ *broker.Session, token uint64) { w.note("broker: left %d", token) }

// send gives the device a command now.
func (w *world) send(wire platform.Wire, qos byte) {
	w.mu.Lock()
	s := w.session
	w.mu.Unlock()
	err := s.Publish(broker.Message{Topic: "down/d1/ping", Payload: fmt.Appendf(nil, `{"id":%d}`, wire), QoS: qos, Token: uint64(wire)})
	if err != nil && !errors.Is(err, broker.ErrGone) {
		w.t.Errorf("send %d: %v", wire, err)
	}
}

// at waits until the offset and until everything of that instant is over.
func (w *world) at(offset time.Duration) {
	time.Sleep(time.Until(w.zero.Add(offset)))
	synctest.Wait()
}

// story is what was noted since the last call, without the lines that contain one of the given words.
func (w *world) story(without ...string) []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
next:
	for _, line := range w.log {
		for _, word := range without {
			if strings.Contains(line, word) {
				continue next
			}
		}
		list = append(list, line)
	}
	w.log = nil
	return list
}

func brokerMessage(topic, payload string) broker.Message {
	return broker.Message{Topic: topic, Payload: []byte(payload)}
}
