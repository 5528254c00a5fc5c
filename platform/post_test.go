package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
)

// post is a dialect with any lanes: its messages are JSON, its replies name commands by number or by ID.
type post struct {
	lanes      []platform.Lane
	atMostOnce bool
	shaped     func(platform.Command) // told each command before it is published, under its device's lock; nil: nobody is

	mu      sync.Mutex
	changes []platform.Record
}

func (p *post) Name() string                             { return "post" }
func (p *post) Lanes() []platform.Lane                   { return p.lanes }
func (p *post) Routes(*http.ServeMux, *platform.Service) {}

func (p *post) Admit(s *platform.Service, l broker.Login) (*platform.Device, broker.Grant, error) {
	product, device, _ := strings.Cut(l.Username, "/")
	d := s.Device(platform.Address{Product: product, Device: device})
	if d == nil {
		return nil, broker.Grant{}, &broker.Refusal{BadCredentials: true}
	}
	if secret, second := d.Credentials(); string(l.Password) != secret && string(l.Password) != second {
		return nil, broker.Grant{}, &broker.Refusal{BadCredentials: true}
	}
	if d.Status().Disabled {
		return nil, broker.Grant{}, &broker.Refusal{}
	}
	return d, broker.Grant{Down: []string{"down/" + d.Device + "/#"}, AtMostOnce: p.atMostOnce, Note: l.Clean,
		May: func(string, bool) bool { return true }}, nil
}

// letter is the payload of both directions.
type letter struct {
	Device, Service string
	Wire            platform.Wire
	ID              platform.ID
	OK              bool
	Input, Data     json.RawMessage
}

func (p *post) Down(d *platform.Device, s *broker.Session, c platform.Command) (broker.Message, error) {
	if p.shaped != nil {
		p.shaped(c)
	}
	payload, err := json.Marshal(letter{Device: d.Device, Service: c.Service, Wire: c.Wire, ID: c.ID, Input: c.Input})
	m := broker.Message{Topic: "down/" + s.Owner.(*platform.Device).Device + "/" + c.Service, Payload: payload}
	switch extra := c.Extra.(type) {
	case *broker.Properties:
		m.Properties = extra
	case string:
		m.Topic = extra
	}
	return m, err
}

func (p *post) Up(_ *platform.Device, topic string, payload []byte) (platform.Reply, error) {
	if topic != "up" {
		return platform.Reply{}, platform.ErrNotReply
	}
	var l letter
	if err := json.Unmarshal(payload, &l); err != nil {
		return platform.Reply{}, err
	}
	return platform.Reply{Wire: l.Wire, ID: l.ID, Service: l.Service, OK: l.OK, Data: l.Data, Raw: payload}, nil
}

func (p *post) Changed(_ *platform.Device, r platform.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes = append(p.changes, r)
}

// states are the changes of a command, in words.
func (p *post) states(id platform.ID) string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var states []string
	for _, r := range p.changes {
		if r.ID == id {
			states = append(states, r.State.String())
		}
	}
	return strings.Join(states, " ")
}

// postCodec is the device's side.
type postCodec struct{}

func (postCodec) Login(a platform.Address, secret string, _ time.Time) (clientID, username, password string) {
	return a.String(), a.String(), secret
}

func (postCodec) Decode(_ string, payload []byte) (platform.Command, error) {
	var l letter
	err := json.Unmarshal(payload, &l)
	return platform.Command{Wire: l.Wire, ID: l.ID, Service: l.Service, Input: l.Input}, err
}

func (postCodec) Encode(_ platform.Address, r platform.Reply) (topic string, payload []byte, err error) {
	payload, err = json.Marshal(letter{Wire: r.Wire, ID: r.ID, Service: r.Service, OK: r.OK, Data: r.Data})
	return "up", payload, err
}

// direct calls the core and waits.
type direct struct{ *platform.Service }

func (d direct) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	rec, err := d.Invoke(ctx, c)
	out := platform.Outcome{ID: rec.ID, Data: rec.Reply.Data, Kind: platform.OK}
	if err != nil {
		out.Kind, out.Code = platform.Broken, err.Error()
	}
	return out, nil
}

// office is a World with the dialect post.
type office struct {
	*dialecttest.World
	post *post
}

// inOffice runs a test on virtual time, with these lanes.
func inOffice(t *testing.T, run func(o *office), lanes ...platform.Lane) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { run(newOffice(t, &post{lanes: lanes})) })
}

func newOffice(t *testing.T, p *post) *office {
	return &office{post: p, World: dialecttest.NewWorld(t, dialecttest.Harness{
		Dialect: func() platform.Dialect { return p },
		Codec:   postCodec{},
		Caller:  func(w *dialecttest.World) dialecttest.Caller { return direct{w.Platform.Service} },
	})}
}

// submit hands in a command and fails the test unless it is accepted.
func (o *office) submit(c platform.Command) platform.ID {
	o.T.Helper()
	rec, err := o.Platform.Submit(c)
	if err != nil {
		o.T.Fatalf("not accepted: %v", err)
	}
	return rec.ID
}

// want fails the test unless a command is in that state, and for that reason.
func (o *office) want(id platform.ID, state platform.State, err error) platform.Record {
	o.T.Helper()
	synctest.Wait()
	r, ok := o.Platform.Lookup(id)
	if !ok || r.State != state || !errors.Is(r.Err, err) {
		o.T.Errorf("command is %s (%v), want %s (%v)", r.State, r.Err, state, err)
	}
	return r
}

// message is a one-way cached command for device i at QoS 1, without limits.
func (o *office) message(i, lane int) platform.Command {
	return platform.Command{Device: dialecttest.Address(i), Service: "note", Input: json.RawMessage(`{}`), Mode: platform.Cached,
		Lane: lane, QoS: 1, OneWay: true}
}

// got returns the IDs of what has come to a device.
func got(d *dialecttest.Device) []platform.ID {
	var ids []platform.ID
	for range d.Waiting() {
		ids = append(ids, d.Next().ID)
	}
	return ids
}

func wantIDs(t *testing.T, what string, got []platform.ID, want ...platform.ID) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d came, want %d", what, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: number %d is %d, want %d", what, i, got[i], want[i])
		}
	}
}
