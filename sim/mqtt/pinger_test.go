package mqtt_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

func TestAnIdleClientKeepsItselfAlive(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		c := login(t, l, mqtt.Config{ClientID: "x", KeepAlive: 5 * time.Second, Lost: func(err error) { t.Errorf("lost: %v", err) }})
		for range 1000 {
			time.Sleep(7 * time.Second)
			c.Publish("/up", nil, 0)
			<-o.said
		}
		c.Close()
		if cause := <-o.offline; cause != nil {
			t.Errorf("offline because of %v", cause)
		}
	})
}

func TestABrokerThatFallsSilentIsLostAfterTwoKeepAlives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("mqtt")
		go func() {
			c, _ := l.Accept()
			c.Write([]byte{0x20, 3, 0, 0, 0})
			io.Copy(io.Discard, c)
		}()
		lost := make(chan error, 1)
		c := login(t, l, mqtt.Config{ClientID: "x", KeepAlive: 5 * time.Second, Lost: func(err error) { lost <- err }})
		begin := time.Now()
		err := <-lost
		if took := time.Since(begin); took != 10*time.Second || err.Error() != "broker did not answer a ping" {
			t.Errorf("lost after %v: %v", took, err)
		}
		c.Close()
	})
}
