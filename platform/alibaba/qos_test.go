package alibaba_test

import (
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

func TestALostAsynchronousCallSucceedsUnlessTheConfigurationSaysOtherwise(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		e := call(w, "InvokeThingService", "Identifier=report")
		wantSuccess(w, e)
		recs := w.Platform.Known(w.Platform.Find(dialecttest.Address(0), nil))
		if len(recs) != 1 || recs[0].Err != platform.ErrOffline || e.Data.MessageID == "" {
			w.T.Errorf("answer %s, records %v", e.Raw, recs)
		}
		if n := w.Connect(0).Waiting(); n != 0 {
			w.T.Errorf("%d messages came after all", n)
		}
	})
	cfg := alibaba.DefaultConfig
	cfg.AsyncOffline = alibaba.Reject
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		wantFailure(w, call(w, "InvokeThingService", "Identifier=report"), "iot.messagebroker.OFFLINE")
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1")) // this one is kept
	})
}

func TestQos1IsDeliveredAgainOnReturnWithTheSameIDs(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Hold()
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1", `Args={"n":1}`))
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=0", `Args={"n":2}`))
		first := d.Next()
		if second := d.Next(); first.QoS != 1 || first.Dup || second.QoS != 0 {
			w.T.Errorf("QoS %d dup %v, then QoS %d; want 1, false, 0", first.QoS, first.Dup, second.QoS)
		}
		time.Sleep(time.Hour)
		if n := d.Waiting(); n != 0 {
			w.T.Errorf("%d messages came again by time", n)
		}
		d.Drop()
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1", `Args={"n":3}`))
		d = w.Connect(0)
		again, third := d.Next(), d.Next()
		if again.Packet != first.Packet || third.Packet == again.Packet {
			w.T.Errorf("packets %d and %d, want %d and another", again.Packet, third.Packet, first.Packet)
		}
		if !again.Dup || string(again.Payload) != string(first.Payload) || again.Topic != first.Topic {
			w.T.Errorf("again: dup %v %s %s, want true %s %s", again.Dup, again.Topic, again.Payload, first.Topic, first.Payload)
		}
		if third.Dup || string(third.Input) != `{"n":3}` || d.Waiting() != 0 {
			w.T.Errorf("then: dup %v %s and %d more", third.Dup, third.Input, d.Waiting())
		}
		d.Answer(again)
		d.Answer(again) // executed twice: the first decides
		w.Expect(1, platform.Matched)
		w.Expect(1, platform.Duplicate)
	})
}

func TestWhatWasAcknowledgedDoesNotComeAgainAndTheRestHasItsPacketIDs(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Hold()
		for range 4 {
			wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1"))
		}
		got := []dialecttest.Message{d.Next(), d.Next(), d.Next(), d.Next()}
		d.Ack(got[0])
		d.Ack(got[2])
		w.Hold = true
		for range 2 { // the second time from a session that knew them as what came again
			d.Drop()
			d = w.Connect(0)
			for _, want := range []dialecttest.Message{got[1], got[3]} {
				if m := d.Next(); !m.Dup || m.Packet != want.Packet || string(m.Payload) != string(want.Payload) {
					w.T.Errorf("dup %v, packet %d, %s; want packet %d, %s", m.Dup, m.Packet, m.Payload, want.Packet, want.Payload)
				}
			}
		}
		used := map[uint16]bool{got[1].Packet: true, got[3].Packet: true}
		for range 4 {
			call(w, "InvokeThingService", "Identifier=report", "Qos=1")
			m := d.Next()
			if used[m.Packet] || m.Dup {
				w.T.Errorf("a new message has packet %d, dup %v: in use are %v", m.Packet, m.Dup, used)
			}
			used[m.Packet] = true
		}
	})
}

func TestACleanSessionKeepsNothing(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1")) // for the session of before
		w.Persist = false
		d := w.Connect(0) // and this throws it away
		if n := d.Waiting(); n != 0 {
			w.T.Errorf("%d messages of the old session came", n)
		}
		d.Hold()
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1"))
		if m := d.Next(); m.QoS != 1 {
			w.T.Errorf("QoS %d, want 1", m.QoS)
		}
		d.Drop()
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Qos=1"))
		w.Persist = true
		if n := w.Connect(0).Waiting(); n != 0 {
			w.T.Errorf("%d messages came that nobody kept", n)
		}
	})
}

func TestASynchronousCallAtQos1IsNotKeptForAReturn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Hold()
		start := time.Now()
		done := goCall(w, "InvokeThingService", "Qos=1")
		if m := d.Next(); m.QoS != 1 {
			w.T.Errorf("QoS %d, want 1", m.QoS)
		}
		d.Drop()
		if n := w.Connect(0).Waiting(); n != 0 {
			w.T.Errorf("the message came %d times more", n)
		}
		wantFailure(w, <-done, "iot.messagebroker.TIMEOUT")
		if took := time.Since(start); took < 8*time.Second || took > 9*time.Second {
			w.T.Errorf("took %v, want 8 s", took)
		}
	})
}

func TestADeviceThatSubscribesGetsOneCopyAtNoMoreThanItsQoS(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.SubscribeAt("/sys/pk1/dk0/thing/service/+", 0)
		call(w, "InvokeThingService", "Identifier=report", "Qos=1")
		if m := d.Next(); m.QoS != 0 || d.Waiting() != 0 {
			w.T.Errorf("QoS %d and %d copies more, want 0 and none", m.QoS, d.Waiting())
		}
		d.Publish("/sys/pk1/dk0/thing/service/report_reply", []byte(`{"id":"1","code":200}`))
		if n := d.Waiting(); n != 0 {
			w.T.Error("the device got its own answer")
		}
	})
}
