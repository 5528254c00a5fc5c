package sdktest

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// habits are how a device behaves.
type habits struct {
	persistent bool          // its session outlives the connection: clean session 0
	hold       bool          // it acknowledges nothing
	keepAlive  time.Duration // zero: 60 s
	answer     answer        // nil: it says nothing
}

// answer is what a device says to a message, and where; an empty topic says nothing.
type answer func(topic string, payload []byte) (to string, reply []byte)

// device is a stock MQTT 3.1.1 client. It subscribes to nothing by itself.
type device struct {
	t      *testing.T
	client mqtt.Client
	got    chan mqtt.Message // all that came, in its order
	lost   chan error        // one error, when the connection is closed by the platform
}

// dial tries to connect.
func (w *world) dial(t *testing.T, l login, h habits) (*device, error) {
	t.Helper()
	d := &device{t: t, got: make(chan mqtt.Message, 256), lost: make(chan error, 1)}
	if h.keepAlive == 0 {
		h.keepAlive = time.Minute
	}
	o := mqtt.NewClientOptions().AddBroker(w.broker()).SetTLSConfig(&tls.Config{InsecureSkipVerify: w.tls}).SetProtocolVersion(4).SetAutoReconnect(false).
		SetClientID(l.clientID).SetUsername(l.username).SetPassword(l.password).
		SetCleanSession(!h.persistent).SetKeepAlive(h.keepAlive).SetAutoAckDisabled(h.hold).SetConnectTimeout(patience).
		SetDefaultPublishHandler(func(c mqtt.Client, m mqtt.Message) { d.take(c, m, h.answer) }).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { d.lost <- err })
	d.client = mqtt.NewClient(o)
	token := d.client.Connect()
	if !token.WaitTimeout(patience) {
		t.Fatalf("%s: no answer to CONNECT within %v", l.username, patience)
	}
	if token.Error() == nil {
		t.Cleanup(func() { d.client.Disconnect(0) })
	}
	return d, token.Error()
}

func (w *world) connect(t *testing.T, l login, h habits) *device {
	t.Helper()
	d, err := w.dial(t, l, h)
	if err != nil {
		t.Fatalf("%s connects with %v", l.username, err)
	}
	return d
}

// take is called for one message after another.
func (d *device) take(c mqtt.Client, m mqtt.Message, say answer) {
	d.got <- m
	if say == nil {
		return
	}
	if to, reply := say(m.Topic(), m.Payload()); to != "" {
		c.Publish(to, 0, false, reply) // not to be waited for here: what acknowledges it comes by this goroutine
	}
}

// next is the next message.
func (d *device) next() mqtt.Message {
	d.t.Helper()
	select {
	case m := <-d.got:
		return m
	case <-time.After(patience):
		d.t.Fatalf("no message within %v", patience)
		return nil
	}
}

// say publishes, and waits until the broker has it.
func (d *device) say(topic string, payload any) {
	d.t.Helper()
	if token := d.client.Publish(topic, 1, false, payload); !token.WaitTimeout(patience) || token.Error() != nil {
		d.t.Fatalf("publish to %s: %v", topic, token.Error())
	}
}

// subscribe returns the QoS that was granted, 0x80 for a refusal.
func (d *device) subscribe(filter string, qos byte) byte {
	d.t.Helper()
	token := d.client.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	if !token.WaitTimeout(patience) {
		d.t.Fatalf("no answer to SUBSCRIBE %s", filter)
	}
	return token.Result()[filter]
}

// leave disconnects, and returns when the connection is closed.
func (d *device) leave() { d.client.Disconnect(100) }

// isCut returns when the platform has closed the connection.
func (d *device) isCut() {
	d.t.Helper()
	select {
	case <-d.lost:
	case <-time.After(patience):
		d.t.Fatalf("the connection is not closed within %v", patience)
	}
}

// fields is a JSON object as text by member, with numbers as they were written.
func fields(t *testing.T, doc []byte) map[string]string {
	t.Helper()
	var in map[string]json.RawMessage
	if err := json.Unmarshal(doc, &in); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	out := map[string]string{}
	for name, v := range in {
		out[name] = string(v)
	}
	return out
}

// refusedWith is the return code of a CONNACK that refuses, 0 for any other error.
func refusedWith(err error) byte {
	for code, known := range packets.ConnErrors {
		if errors.Is(err, known) {
			return code
		}
	}
	return 0
}
