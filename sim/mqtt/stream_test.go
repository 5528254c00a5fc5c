package mqtt_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

var connack = []byte{0x20, 3, 0, 0, 0}

// scripted is a broker that says one thing to whoever connects.
func scripted(l *pipe.Listener, say func(net.Conn)) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	say(c)
	io.Copy(io.Discard, c)
}

func TestAMessageIsReadHoweverItsBytesArrive(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("mqtt")
		go scripted(l, func(c net.Conn) {
			stream := string(connack) + "\x30\x0a\x00\x02/a\x03\x0b\x01\x02hi" + // a subscription's id among the properties
				"\xd0\x00" + // a PINGRESP, which is for paho
				"\x30\xa5\x9c\x01\x00\x02/b\x00" + long +
				"\x30\x05\x00\x02/c\x00" // no payload
			for i := range len(stream) {
				c.Write([]byte{stream[i]})
			}
		})
		got := make(chan mqtt.Message, 10)
		c := login(t, l, mqtt.Config{ClientID: "x", Receive: func(m mqtt.Message) { got <- m },
			Lost: func(err error) { t.Errorf("lost: %v", err) }})
		synctest.Wait()
		for _, want := range []mqtt.Message{{Topic: "/a", Payload: []byte("hi")}, {Topic: "/b", Payload: []byte(long)}, {Topic: "/c"}} {
			if m := <-got; m.Topic != want.Topic || string(m.Payload) != string(want.Payload) || m.QoS != 0 {
				t.Errorf("got %q with %d bytes, want %q with %d", m.Topic, len(m.Payload), want.Topic, len(want.Payload))
			}
		}
		c.Close()
	})
}

func TestAMalformedMessageEndsTheConnection(t *testing.T) {
	for what, packet := range map[string]string{
		"no topic":                "\x30\x01\x00",
		"topic cut off":           "\x30\x03\x00\x02/",
		"no packet id":            "\x32\x05\x00\x02/a\x00",
		"no properties":           "\x30\x04\x00\x02/a",
		"properties cut off":      "\x30\x06\x00\x02/a\x02\x00",
		"QoS 2":                   "\x34\x07\x00\x02/a\x00\x01\x00",
		"length of five bytes":    "\x30\x80\x80\x80\x80\x01",
		"length of the body is 0": "\x30\x00",
	} {
		synctest.Test(t, func(t *testing.T) {
			l := pipe.Listen("mqtt")
			go scripted(l, func(c net.Conn) { c.Write(append(connack, packet...)) })
			lost := make(chan error, 1)
			c := login(t, l, mqtt.Config{ClientID: "x", Lost: func(err error) { lost <- err },
				Receive: func(m mqtt.Message) { t.Errorf("%s: taken for %+v", what, m) }})
			select {
			case err := <-lost:
				if err.Error() != "malformed packet" {
					t.Errorf("%s: %v", what, err)
				}
			case <-time.After(time.Hour):
				t.Errorf("%s: the connection lives", what)
			}
			c.Close()
		})
	}
}

func TestAMessageBeforeCONNACKIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("mqtt")
		go scripted(l, func(c net.Conn) { c.Write([]byte("\x30\x05\x00\x02/a\x00")) })
		_, err := mqtt.Connect(t.Context(), mqtt.Config{Dial: l.Dial, ClientID: "x",
			Receive: func(m mqtt.Message) { t.Errorf("taken for %+v", m) }})
		if err == nil || strings.Contains(err.Error(), "deadline") {
			t.Errorf("connect: %v, want an error at once", err)
		}
	})
}
