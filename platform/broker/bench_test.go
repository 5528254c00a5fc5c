package broker_test

import (
	"context"
	"io"
	"testing"

	"fleetdrill/platform/broker"
	"fleetdrill/platform/pipe"
)

// BenchmarkPublish is one message to a device that reads and acknowledges at once, the device's side included.
func BenchmarkPublish(b *testing.B) {
	for _, qos := range []byte{0, 1} {
		b.Run(map[byte]string{0: "QoS0", 1: "QoS1"}[qos], func(b *testing.B) { benchmarkPublish(b, qos) })
	}
}

func benchmarkPublish(b *testing.B, qos byte) {
	o := newOwner()
	l := pipe.Listen("mqtt")
	br := broker.New(broker.DefaultConfig, o)
	go br.Serve(l)
	defer br.Close(context.Background())
	d := dial(b, l, connect(5, "dev"))
	s := <-o.online
	go d.acknowledge(qos)
	left := make(chan uint64, 128)
	o.onLeft = func(_ *broker.Session, token uint64) { left <- token }
	m := broker.Message{Topic: "/down/dev/command", Payload: make([]byte, 120), QoS: qos}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Publish(m); err != nil {
			b.Fatal(err)
		}
		<-left
	}
}

// acknowledge reads messages of one size and answers with prepared PUBACKs.
func (d *device) acknowledge(qos byte) {
	if qos == 0 {
		io.Copy(io.Discard, d.Conn)
		return
	}
	for {
		p, err := d.tryRead()
		if err != nil || p.kind() != publish {
			return
		}
		id := 2 + int(p.body[0])<<8 + int(p.body[1])
		d.Write([]byte{0x40, 2, p.body[id], p.body[id+1]})
	}
}
