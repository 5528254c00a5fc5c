package mqtt_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
	"fleetdrill/sim/mqtt"
)

func TestHeldAcknowledgementsLeaveInTheOrderOfArrival(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		got := make(chan mqtt.Message, 10)
		c := login(t, l, mqtt.Config{ClientID: "x", HoldAcks: true, Receive: func(m mqtt.Message) { got <- m }})
		s := <-o.online
		send(t, s, 1, 4)
		send(t, s, 0, 1)
		if token := <-o.left; token != 0 {
			t.Errorf("left %d, want the message at QoS 0", token)
		}
		m := []mqtt.Message{<-got, <-got, <-got, <-got, <-got}
		m[4].Ack() // QoS 0: nothing
		m[1].Ack()
		m[2].Ack()
		time.Sleep(time.Hour)
		if len(o.left) > 0 {
			t.Fatalf("%d acknowledged before the first", <-o.left)
		}
		m[0].Ack()
		m[0].Ack()
		synctest.Wait()
		if len(o.left) != 3 {
			t.Fatalf("%d acknowledged, want 3", len(o.left))
		}
		for want := range uint64(3) {
			if token := <-o.left; token != want {
				t.Errorf("left %d, want %d", token, want)
			}
		}
		c.Close()
		m[3].Ack() // too late: nothing
		mqtt.Message{QoS: 1}.Ack()
		again := login(t, l, mqtt.Config{ClientID: "x", HoldAcks: true, Receive: func(m mqtt.Message) { got <- m }})
		send(t, <-o.online, 1, 4)
		synctest.Wait()
		m[3].Ack() // of the old connection
		synctest.Wait()
		if len(o.left) > 0 {
			t.Error("an old acknowledgement went to the new connection")
		}
		again.Close()
	})
}

func TestALostAcknowledgementHoldsUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		got := make(chan mqtt.Message, 10)
		c := login(t, l, mqtt.Config{ClientID: "x", HoldAcks: true, Receive: func(m mqtt.Message) { got <- m }})
		send(t, <-o.online, 1, 3)
		first, second, third := <-got, <-got, <-got
		second.Lose()
		third.Ack()
		first.Lose()
		if token := <-o.left; token != 2 {
			t.Errorf("left %d, want the third", token)
		}
		first.Ack() // it is lost
		synctest.Wait()
		if len(o.left) > 0 {
			t.Errorf("%d was acknowledged, too", <-o.left)
		}
		c.Close()
	})
}

func TestPublishAtQoS1WaitsForAPlaceInTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("mqtt")
		far := make(chan net.Conn, 1)
		go func() {
			c, _ := l.Accept()
			c.Write([]byte{0x20, 3, 0, 0, 0})
			far <- c
		}()
		c := login(t, l, mqtt.Config{ClientID: "x", Timeout: 3 * time.Second})
		broker := <-far
		go io.Copy(io.Discard, broker)
		for i := range 16 {
			if err := c.Publish("/up", nil, 1); err != nil {
				t.Fatalf("publish %d: %v", i, err)
			}
		}
		begin := time.Now()
		if err := c.Publish("/up", nil, 1); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Errorf("publish beyond the window: %v after %v", err, time.Since(begin))
		}
		broker.Write([]byte{0x40, 2, 0, 1})
		synctest.Wait()
		if err := c.Publish("/up", nil, 1); err != nil {
			t.Errorf("after an acknowledgement: %v", err)
		}
		failed := make(chan error)
		go func() { failed <- c.Publish("/up", nil, 1) }()
		synctest.Wait()
		c.Abort()
		if err := <-failed; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting at the end of the connection: %v", err)
		}
		broker.Close()
	})
}

func TestAMessageThatCameTwiceDoesNotHoldUpLaterAcknowledgements(t *testing.T) {
	bubble(t, func(t *testing.T, o *owner, b *broker.Broker, l *pipe.Listener) {
		got := make(chan mqtt.Message, 10)
		c := login(t, l, mqtt.Config{ClientID: "x", HoldAcks: true, Receive: func(m mqtt.Message) { got <- m }})
		s := <-o.online
		send(t, s, 1, 2)
		if sent, err := s.Again(broker.Message{Topic: "down/x/a", QoS: 1, Token: 1}); !sent || err != nil {
			t.Fatalf("not sent again: %t, %v", sent, err)
		}
		first, second, copied := <-got, <-got, <-got
		second.Ack()
		copied.Ack()
		first.Ack()
		for range 2 {
			<-o.left
		}
		send(t, s, 1, 1)
		third := <-got
		third.Ack()
		synctest.Wait()
		if len(o.left) != 1 {
			t.Errorf("%d acknowledged after the copy, want the next message", len(o.left))
		}
		c.Close()
	})
}
