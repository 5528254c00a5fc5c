package mqtt_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

// owner lets everybody in but "stranger" and passes on what it hears.
type owner struct {
	online  chan *broker.Session
	offline chan error
	said    chan string
	left    chan uint64
}

func newOwner() *owner {
	const enough = 10000
	return &owner{
		make(chan *broker.Session, enough), make(chan error, enough), make(chan string, enough), make(chan uint64, enough),
	}
}

func (o *owner) Admit(l broker.Login) (broker.Grant, error) {
	if l.ClientID == "stranger" || l.Username == "user" && string(l.Password) != "secret" {
		return broker.Grant{}, &broker.Refusal{BadCredentials: true, Reason: "who is this"}
	}
	return broker.Grant{
		Down: []string{"/down/" + l.ClientID + "/#"},
		May:  func(topic string, write bool) bool { return write || topic != "/forbidden" },
	}, nil
}

func (o *owner) Online(s *broker.Session)                          { o.online <- s }
func (o *owner) Offline(_ *broker.Session, cause error)            { o.offline <- cause }
func (o *owner) Message(_ *broker.Session, topic string, p []byte) { o.said <- topic + " " + string(p) }
func (o *owner) Left(_ *broker.Session, token uint64)              { o.left <- token }

func name(i int) string { return fmt.Sprintf("device-%d", i) }

// login connects over l or fails the test.
func login(t testing.TB, l *pipe.Listener, cfg mqtt.Config) *mqtt.Client {
	t.Helper()
	cfg.Dial = l.Dial
	c, err := mqtt.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bubble runs a test beside a broker in virtual time.
func bubble(t *testing.T, test func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o, l := newOwner(), pipe.Listen("mqtt")
		b := broker.New(broker.DefaultConfig, o)
		go b.Serve(l)
		defer b.Close(t.Context())
		test(t, o, b, l)
	})
}

// send publishes n messages, numbered from 0, or fails the test.
func send(t testing.TB, s *broker.Session, qos byte, n int) {
	t.Helper()
	for i := range n {
		m := broker.Message{Topic: "/down/" + s.Login.ClientID + "/c", Payload: fmt.Append(nil, i), QoS: qos, Token: uint64(i)}
		if err := s.Publish(m); err != nil {
			t.Fatalf("publish %d: %v", i, err)
		}
	}
}
