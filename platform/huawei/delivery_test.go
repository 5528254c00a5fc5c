package huawei_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/dialecttest"
)

func TestIOTDA014112IsForATopicThatTheDeviceHasNotSubscribed(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		for _, topic := range []string{`"topic":"a"`, `"topic_full_name":"/b"`} {
			a := post(w, messages, `{"message":"x",`+topic+`}`)
			if a.Status != 201 || status(a) != "FAILED" || a.text("result", "finished_time") == "" {
				t.Error(a.Raw)
			}
			row := rowOf(w, a)
			if row.text("error_info", "error_code") != "IOTDA.014112" || row.text("error_info", "error_msg") != "Send to device failed, device not subscribe topic." {
				t.Error(row.Raw)
			}
		}
		d.Subscribe("$oc/devices/pk1_dk0/user/a")
		if a := post(w, messages, `{"message":"x","topic":"a"}`); status(a) != "DELIVERED" {
			t.Error(a.Raw)
		}
		d.Subscribe("#") // which is no topic that begins with $
		for topic, want := range map[string]string{"b": "DELIVERED", "$SYS/b": "FAILED", "$share/a/b": "FAILED", "$oc/devices/pk1_dk1/user/a": "FAILED"} {
			if a := post(w, messages, `{"message":"x","topic_full_name":"`+topic+`"}`); status(a) != want {
				t.Errorf("%s: want %s: %s", topic, want, a.Raw)
			}
		}
	})
}

// A device can subscribe only once it is there.
func TestACachedMessageWaitsForTheSubscriptionToItsTopic(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		var own []answer
		for _, text := range []string{"1", "2"} {
			own = append(own, post(w, messages, `{"message":"`+text+`","payload_format":"raw","topic":"a"}`))
		}
		short := post(w, messages, `{"message":"3","payload_format":"raw","topic":"b","ttl":5}`)
		post(w, messages, `{"message":"system","payload_format":"raw"}`)
		d := w.Connect(0)
		if m := d.Next(); string(m.Payload) != "system" || d.Waiting() != 0 {
			t.Errorf("at its return it gets %s and %d more, want the system message alone", m.Payload, d.Waiting())
		}
		d.Drop() // and does not subscribe
		d = w.Connect(0)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for a, want := range map[*answer]string{&own[0]: "PENDING", &own[1]: "PENDING", &short: "TIMEOUT"} {
			if row := rowOf(w, *a); row.text("status") != want {
				t.Errorf("%s, want %s", row.Raw, want)
			}
		}
		d.Subscribe("$oc/devices/pk1_dk0/user/b") // too late, and another topic
		d.Subscribe("$oc/devices/pk1_dk0/user/a")
		for _, text := range []string{"1", "2"} {
			if m := d.Next(); string(m.Payload) != text || m.Topic != "$oc/devices/pk1_dk0/user/a" {
				t.Errorf("%s on %s, want %s", m.Payload, m.Topic, text)
			}
		}
		if row := rowOf(w, own[1]); row.text("status") != "DELIVERED" || d.Waiting() != 0 {
			t.Errorf("%s, %d more", row.Raw, d.Waiting())
		}
	})
}

func TestAMessageThatMustNotBeCachedFailsForAnAbsentDevice(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := post(w, messages, `{"message":"x","ttl":0}`)
		if a.Status != 201 || status(a) != "FAILED" {
			t.Error(a.Raw)
		}
		if row := rowOf(w, a); row.text("error_info", "error_code") != "IOTDA.014016" {
			t.Error(row.Raw)
		}
		d := w.Connect(0)
		if d.Waiting() != 0 {
			t.Error("it was cached")
		}
		if a := post(w, messages, `{"message":"x","ttl":0}`); status(a) != "DELIVERED" {
			t.Error(a.Raw)
		}
	})
}

func TestAMessageTimesOutAtTheEndOfItsLifetime(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		short, long := post(w, messages, `{"message":"x","ttl":5}`), post(w, messages, `{"message":"x"}`)
		for _, c := range []struct {
			a    answer
			life time.Duration
			end  string
		}{{short, 5 * time.Minute, "20000101T000500Z"}, {long, 24*time.Hour - 5*time.Minute, "20000102T000000Z"}} {
			time.Sleep(c.life - time.Nanosecond)
			if row := rowOf(w, c.a); row.text("status") != "PENDING" || row.text("finished_time") != "" {
				t.Error(row.Raw)
			}
			time.Sleep(time.Nanosecond)
			if row := rowOf(w, c.a); row.text("status") != "TIMEOUT" || row.text("finished_time") != c.end {
				t.Error(row.Raw)
			}
		}
		if n := w.Connect(0).Waiting(); n != 0 {
			t.Errorf("%d messages are delivered after their time", n)
		}
	})
}

func TestMessageNumberTwentyOneReplacesTheOldest(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for i := range 21 {
			a := post(w, messages, fmt.Sprintf(`{"message_id":"m%d","message":"x","payload_format":"raw"}`, i))
			if status(a) != "PENDING" {
				t.Fatal(a.Raw)
			}
		}
		want(w, "the oldest", get(w, messages+"/m0"), 404, "IOTDA.014000")
		var list struct {
			DeviceID string `json:"device_id"`
			Messages []struct {
				ID string `json:"message_id"`
			}
		}
		json.Unmarshal([]byte(get(w, messages).Raw), &list)
		if list.DeviceID != "pk1_dk0" || len(list.Messages) != 20 || list.Messages[0].ID != "m20" || list.Messages[19].ID != "m1" {
			t.Errorf("%+v", list)
		}
		if n := w.Connect(0).Waiting(); n != 20 {
			t.Errorf("%d messages are delivered, want 20", n)
		}
	})
}

func TestADeletedMessageIsNotDelivered(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a, b := post(w, messages, `{"message":"a","payload_format":"raw"}`), post(w, messages, `{"message":"b","payload_format":"raw"}`)
		path := messages + "/" + a.text("message_id")
		if del := send(w, "DELETE", path, ""); del.Status != 204 || del.Raw != "" {
			t.Error(del.Status, del.Raw)
		}
		want(w, "show", get(w, path), 404, "IOTDA.014000")
		want(w, "delete again", send(w, "DELETE", path, ""), 404, "IOTDA.014000")
		d := w.Connect(0)
		if m := d.Next(); string(m.Payload) != "b" || d.Waiting() != 0 {
			t.Errorf("%s and %d more", m.Payload, d.Waiting())
		}
		send(w, "DELETE", messages+"/"+b.text("message_id"), "") // one that is delivered is forgotten
		want(w, "show", rowOf(w, b), 404, "IOTDA.014000")
	})
}

func TestAMessageAtQoS1IsSentThreeTimesAndFiveTimesThatAfterAReturn(t *testing.T) {
	cfg := testConfig()
	cfg.ImplicitQoS = 1
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		w.Hold = true
		d := w.Connect(0)
		a := post(w, messages, `{"message":"x","payload_format":"raw","ttl":60}`)
		if status(a) != "DELIVERED" {
			t.Error(a.Raw)
		}
		time.Sleep(time.Minute)
		if n := d.Waiting(); n != 3 {
			t.Errorf("%d sendings, want 3", n)
		}
		d.Drop()
		time.Sleep(time.Minute)
		d = w.Connect(0)
		start := time.Now()
		for i := range 15 {
			d.Next()
			due := time.Duration(i/3)*10*time.Second + time.Duration(i%3)*2*time.Second
			due += time.Duration(i) * time.Nanosecond // each is a moment later than its plan and the one before it
			if got := time.Since(start); got < due-time.Nanosecond || got > due+10*time.Nanosecond {
				t.Errorf("sending %d after %v, want %v", i+1, got, due)
			}
		}
		time.Sleep(time.Minute)
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d sendings more than 15", n)
		}
		if row := rowOf(w, a); row.text("status") != "DELIVERED" {
			t.Error(row.Raw)
		}
		time.Sleep(time.Hour)
		if row := rowOf(w, a); row.text("status") != "TIMEOUT" || row.text("finished_time") != "20000101T010000Z" {
			t.Errorf("never acknowledged: %s", row.Raw)
		}
	})
}

func TestAnAcknowledgedMessageIsNotSentAgain(t *testing.T) {
	cfg := testConfig()
	cfg.ImplicitQoS = 1
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		d := w.Connect(0)
		a := post(w, messages, `{"message":"x","payload_format":"raw"}`)
		d.Next()
		time.Sleep(time.Hour)
		d.Drop()
		if n := w.Connect(0).Waiting(); n != 0 {
			t.Errorf("%d sendings more", n)
		}
		time.Sleep(48 * time.Hour)
		if row := rowOf(w, a); row.text("status") != "DELIVERED" {
			t.Error(row.Raw)
		}
	})
}
