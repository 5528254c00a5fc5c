package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

// owner lets everybody in but those in refuse, and notes what it hears. A device "x" gets what is published to
// /down/x/..., may publish to /up/x/... and may subscribe to /down/x/... .
type owner struct {
	online chan *broker.Session
	refuse map[string]error
	most   uint16 // seconds, of a keep-alive
	named  bool   // the password says whose connection it is, and not the client id
	onLeft func(*broker.Session, uint64)
	onSay  func(*broker.Session, string, []byte)

	mu    sync.Mutex
	heard []string
	ends  map[*broker.Session]error
	login broker.Login // the last, with its password
}

func newOwner() *owner {
	return &owner{
		online: make(chan *broker.Session, 10000), refuse: map[string]error{}, ends: map[*broker.Session]error{},
	}
}

func (o *owner) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = append(o.heard, fmt.Sprintf(format, args...))
}

// take returns what was heard since the last take.
func (o *owner) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.heard
	o.heard = nil
	return h
}

func (o *owner) Admit(l broker.Login) (broker.Grant, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.login = l
	o.login.Password = slices.Clone(l.Password)
	if err := o.refuse[l.ClientID]; err != nil {
		return broker.Grant{}, err
	}
	who := "owner of " + l.ClientID
	if o.named {
		who = string(l.Password)
	}
	return broker.Grant{Owner: who, Down: []string{"/down/" + l.ClientID + "/#"}, MaxKeepAlive: o.most,
		May: func(topic string, write bool) bool {
			prefix := map[bool]string{true: "/up/", false: "/down/"}[write]
			return strings.HasPrefix(topic, prefix+l.ClientID+"/") || topic == "/elsewhere" || topic == "#" && !write
		}}, nil
}

func (o *owner) Online(s *broker.Session) {
	o.note("online %s", s.Login.ClientID)
	o.online <- s
}

func (o *owner) Offline(s *broker.Session, cause error) {
	o.note("offline %s", s.Login.ClientID)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ends[s] = cause
}

func (o *owner) Message(s *broker.Session, topic string, payload []byte) {
	o.note("message %s %s %s", s.Login.ClientID, topic, payload)
	if o.onSay != nil {
		o.onSay(s, topic, payload)
	}
}

func (o *owner) Left(s *broker.Session, token uint64) {
	if o.onLeft != nil {
		o.onLeft(s, token)
		return
	}
	o.note("left %s %d", s.Login.ClientID, token)
}

func (o *owner) cause(s *broker.Session) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ends[s]
}

// bubble runs a test with a broker in virtual time, and fails if anything of it is left.
func bubble(t *testing.T, cfg broker.Config, test func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o, l := newOwner(), pipe.Listen("mqtt")
		b := broker.New(cfg, o)
		served := make(chan error, 1)
		go func() { served <- b.Serve(l) }()
		defer func() { // also after t.Fatal
			if err := b.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
			if err := <-served; err != nil {
				t.Errorf("serve: %v", err)
			}
		}()
		test(t, o, b, l)
	})
}

// send publishes and fails the test if it cannot.
func send(t testing.TB, s *broker.Session, qos byte, tokens ...uint64) {
	t.Helper()
	for _, token := range tokens {
		m := broker.Message{Topic: "/down/" + s.Login.ClientID + "/c", Payload: fmt.Append(nil, token), QoS: qos, Token: token}
		if err := s.Publish(m); err != nil {
			t.Fatalf("publish %d: %v", token, err)
		}
	}
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
