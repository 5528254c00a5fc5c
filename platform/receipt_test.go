package platform_test

import (
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

// receipted is a command for device i with a receipt: 10 s for it, and then 5 s for the answer.
func (o *office) receipted(i int, qos byte) platform.Command {
	c := o.Command(i)
	c.QoS, c.Receipt, c.AckTimeout = qos, true, 10*time.Second
	return c
}

func TestAtQoS0WritingIsTheReceipt(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		id := o.submit(o.receipted(0, 0))
		sent := time.Now()
		m := d.Next()
		r := o.want(id, platform.Delivered, nil)
		if !r.Delivered.Equal(sent) {
			t.Errorf("delivered %v after it was sent", r.Delivered.Sub(sent))
		}
		time.Sleep(time.Second)
		d.Answer(m)
		if r = o.want(id, platform.Succeeded, nil); !r.Delivered.Equal(sent) || !r.Ended.Equal(sent.Add(time.Second)) {
			t.Errorf("delivered %v, ended %v after it was sent", r.Delivered.Sub(sent), r.Ended.Sub(sent))
		}
		if got := o.post.states(id); got != "sent delivered succeeded" {
			t.Errorf("the watcher saw %q", got)
		}
		o.Expect(1, platform.Received)
		o.Expect(0, platform.Acked)
	}, freely)
}

func TestAtQoS1TheAcknowledgementIsTheReceiptAndTheTimeoutCountsFromIt(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.receipted(0, 1))
		sent := time.Now()
		m := d.Next()
		o.want(id, platform.Sent, nil)
		time.Sleep(7 * time.Second)
		d.Ack(m)
		o.want(id, platform.Delivered, nil)
		time.Sleep(5 * time.Second)
		o.want(id, platform.Delivered, nil)
		time.Sleep(time.Nanosecond)
		r := o.want(id, platform.TimedOut, platform.ErrUnanswered)
		if !r.Delivered.Equal(sent.Add(7*time.Second)) || !r.Ended.Equal(sent.Add(12*time.Second+1)) {
			t.Errorf("delivered %v, ended %v after it was sent", r.Delivered.Sub(sent), r.Ended.Sub(sent))
		}
		o.Expect(1, platform.Acked)
	}, freely)
}

func TestAReceiptExactlyInTimeCountsAndOneAfterItDoesNot(t *testing.T) {
	for late, want := range map[time.Duration]platform.State{0: platform.Delivered, 1: platform.TimedOut} {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			id := o.submit(o.receipted(0, 1))
			m := d.Next()
			time.Sleep(10*time.Second + late)
			d.Ack(m)
			var err error
			if want == platform.TimedOut {
				err = platform.ErrUnreceived
			}
			o.want(id, want, err)
		}, freely)
	}
}

func TestWithoutATimeForTheReceiptTheTimeoutCountsFromPublishing(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		c := o.receipted(0, 1)
		c.AckTimeout = 0
		id := o.submit(c)
		m := d.Next()
		time.Sleep(3 * time.Second)
		d.Ack(m)
		o.want(id, platform.Delivered, nil)
		time.Sleep(2*time.Second + 1)
		o.want(id, platform.TimedOut, platform.ErrUnanswered)
	}, freely)
}

func TestAnAnswerIsAReceipt(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.receipted(0, 1))
		m := d.Next()
		time.Sleep(time.Second)
		d.Answer(m)
		r := o.want(id, platform.Succeeded, nil)
		if !r.Delivered.Equal(r.Ended) {
			t.Errorf("delivered %v before its ending", r.Ended.Sub(r.Delivered))
		}
		d.Ack(m)
		o.Expect(1, platform.Received)
		if got := o.post.states(id); got != "sent delivered succeeded" {
			t.Errorf("the watcher saw %q", got)
		}
	}, freely)
}

func TestADeliveredCommandLosesNothingWhenItsDeviceGoes(t *testing.T) {
	lane := freely
	lane.Resend.OnReturn = true
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		c := o.receipted(0, 1)
		c.Mode, c.TTL = platform.Cached, time.Hour
		id := o.submit(c)
		m := d.Next()
		o.want(id, platform.Delivered, nil)
		d.Drop()
		o.want(id, platform.Delivered, nil)
		d = o.Connect(0)
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d messages came again, although they were acknowledged", n)
		}
		d.Answer(m)
		o.want(id, platform.Succeeded, nil)
	}, lane)
}

func TestAMessageSucceedsWhenItHasLeft(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		c := o.message(0, 0)
		c.QoS = 0
		written := o.submit(c)
		r := o.want(written, platform.Succeeded, nil)
		if r.Delivered.IsZero() || !r.Delivered.Equal(r.Ended) {
			t.Errorf("delivered at %v, ended at %v", r.Delivered, r.Ended)
		}
		d.Hold()
		acked := o.submit(o.message(0, 0))
		d.Next()
		m := d.Next()
		o.want(acked, platform.Sent, nil)
		d.Ack(m)
		o.want(acked, platform.Succeeded, nil)
		if got := o.post.states(acked); got != "sent succeeded" {
			t.Errorf("the watcher saw %q", got)
		}
		o.Expect(2, platform.Received)
	}, freely)
}

func TestNobodyWaitsForTheAnswerToAMessage(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.message(0, 0))
		m := d.Next()
		d.Answer(m)
		o.want(id, platform.Sent, nil)
		o.Expect(0, platform.Matched)
		o.Expect(1, platform.Unknown)
		d.Ack(m)
		o.want(id, platform.Succeeded, nil)
	}, freely)
}

func TestAMessageThatIsNeverAcknowledgedEndsWithItsLifetime(t *testing.T) {
	inOffice(t, func(o *office) {
		o.Connect(0).Hold()
		c := o.message(0, 0)
		c.TTL = time.Hour
		id := o.submit(c)
		time.Sleep(time.Hour)
		o.want(id, platform.Sent, nil)
		time.Sleep(time.Nanosecond)
		o.want(id, platform.TimedOut, platform.ErrUnreceived)
	}, freely)
}

func TestAMessageThatIsLostWithItsConnectionHasFailed(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.message(0, 0)) // the lane does not keep it
		c := o.message(0, 0)
		c.TTL = time.Hour // its time will run out
		timed := o.submit(c)
		d.Drop()
		o.want(id, platform.Failed, platform.ErrOffline)
		o.want(timed, platform.Sent, nil)
		time.Sleep(time.Hour + 1)
		o.want(timed, platform.TimedOut, platform.ErrUnreceived)
		if d = o.Connect(0); d.Waiting() != 0 {
			t.Errorf("%d messages came again in a lane that does not keep them", d.Waiting())
		}
	}, freely)
}

func TestADevicesOwnSubscriptionLowersTheQoS(t *testing.T) {
	for _, c := range []struct {
		what       string
		atMostOnce bool
		subscribe  int // -1: not
		want       byte
	}{
		{"implicit", false, -1, 1},
		{"implicit at most once", true, -1, 0},
		{"subscribed at 0", false, 0, 0},
		{"subscribed at 1 over at most once", true, 1, 1},
	} {
		inOffice(t, func(o *office) {
			o.post.atMostOnce = c.atMostOnce
			d := o.Connect(0)
			if c.subscribe >= 0 {
				d.SubscribeAt("down/dk0/+", byte(c.subscribe))
			}
			o.submit(o.message(0, 0))
			plain := o.message(0, 0)
			plain.QoS = 0
			o.submit(plain)
			if m := d.Next(); m.QoS != c.want {
				t.Errorf("%s: QoS %d, want %d", c.what, m.QoS, c.want)
			}
			if m := d.Next(); m.QoS != 0 {
				t.Errorf("%s: a message at QoS 0 came at %d", c.what, m.QoS)
			}
		}, freely)
	}
}

func TestARepliesIDNamesItsCommand(t *testing.T) {
	inOffice(t, func(o *office) {
		byID := func(d *dialecttest.Device, id platform.ID) {
			d.Reply(platform.Reply{ID: id, OK: true, Data: []byte(`{"n":1}`)})
		}
		d, thief := o.Connect(0), o.Connect(1)
		id := o.submit(o.Command(0))
		silent := o.submit(o.Command(0))
		byID(thief, id)
		o.Expect(1, platform.Foreign)
		byID(d, id)
		if r := o.want(id, platform.Succeeded, nil); string(r.Reply.Data) != `{"n":1}` {
			t.Errorf("the reply is %s", r.Reply.Data)
		}
		byID(d, id)
		o.Expect(1, platform.Duplicate)
		time.Sleep(5*time.Second + 1)
		byID(d, silent)
		o.want(silent, platform.TimedOut, platform.ErrUnanswered)
		o.Expect(1, platform.Late)
		waiting := o.submit(o.Cached(2, time.Hour))
		byID(d, waiting) // nobody has seen it yet
		byID(d, 1)
		o.Expect(2, platform.Unknown)
		o.want(waiting, platform.Waiting, nil)
	}, freely)
}
