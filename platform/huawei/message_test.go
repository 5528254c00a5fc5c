package huawei_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

const messages = "devices/pk1_dk0/messages"

// status is what a call that sends a message was answered.
func status(a answer) string { return a.text("result", "status") }

// rowOf is how a message stands.
func rowOf(w *dialecttest.World, created answer) answer {
	w.T.Helper()
	synctest.Wait() // timers of this instant have fired
	return get(w, messages+"/"+created.text("message_id"))
}

func TestAMessageIsDeliveredAtOnceOrWaits(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := post(w, messages, `{"message":"HelloWorld"}`)
		id := a.text("message_id")
		if want := `{"message_id":"` + id + `","result":{"status":"PENDING","created_time":"20000101T000000Z"}}`; a.Status != 201 || a.Raw != want {
			t.Errorf("%d %s, want %s", a.Status, a.Raw, want)
		}
		time.Sleep(time.Minute)
		d := w.Connect(0)
		m := d.Next()
		if want := `{"id":"` + id + `","content":"HelloWorld"}`; m.Topic != "$oc/devices/pk1_dk0/sys/messages/down" || string(m.Payload) != want || m.QoS != 0 {
			t.Errorf("device gets %s %s, want %s", m.Topic, m.Payload, want)
		}
		if want := `{"message_id":"` + id + `","message":"HelloWorld","encoding":"none","payload_format":"standard","status":"DELIVERED","created_time":"20000101T000000Z","finished_time":"20000101T000100Z"}`; rowOf(w, a).Raw != want {
			t.Errorf("row is %s, want %s", rowOf(w, a).Raw, want)
		}
		a = post(w, messages, `{"message":"x"}`)
		if status(a) != "DELIVERED" || a.text("result", "finished_time") != "20000101T000100Z" {
			t.Error(a.Raw)
		}
	})
}

func TestAMessageIsWrittenInItsFormat(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Subscribe("$oc/devices/pk1_dk0/user/#")
		d.Subscribe("/any/topic")
		for body, want := range map[string]string{
			`{"message_id":"m1","name":"messageName","message":"Hello\n\"World\""}`:                          `$oc/devices/pk1_dk0/sys/messages/down {"name":"messageName","id":"m1","content":"Hello\n\"World\""}`,
			`{"message_id":"m2","message":{"a": [1.0, "ü<"]},"payload_format":"standard"}`:                   `$oc/devices/pk1_dk0/sys/messages/down {"id":"m2","content":"{\"a\":[1.0,\"ü<\"]}"}`,
			`{"message_id":"m3","message":{"a": 1},"payload_format":"raw"}`:                                  `$oc/devices/pk1_dk0/sys/messages/down {"a":1}`,
			`{"message_id":"m4","message":"plain ü","payload_format":"raw","encoding":"none"}`:               `$oc/devices/pk1_dk0/sys/messages/down plain ü`,
			`{"message_id":"m5","message":"AAH/","encoding":"base64","payload_format":"standard"}`:           "$oc/devices/pk1_dk0/sys/messages/down \x00\x01\xff",
			`{"message_id":"m6","message":"x","payload_format":"raw","topic":"a/b"}`:                         `$oc/devices/pk1_dk0/user/a/b x`,
			`{"message_id":"m7","message":"x","payload_format":"raw","topic_full_name":"/any/topic"}`:        `/any/topic x`,
			`{"message_id":"m8","message":"","payload_format":"raw","encoding":"","name":"消息_?'#().,&%@!-"}`: `$oc/devices/pk1_dk0/sys/messages/down `,
			`{"message_id":"m9","message":17,"payload_format":""}`:                                           `$oc/devices/pk1_dk0/sys/messages/down {"id":"m9","content":"17"}`,
		} {
			a := post(w, messages, body)
			if status(a) != "DELIVERED" {
				t.Fatalf("%s: %s", body, a.Raw)
			}
			if m := d.Next(); m.Topic+" "+string(m.Payload) != want {
				t.Errorf("%s: device gets %s %q, want %q", body, m.Topic, m.Payload, want)
			}
		}
	})
}

const propertied = `{"message":"x","payload_format":"raw","properties":{"correlation_data":"c-1","response_topic":"/r/$=?","user_properties":[{"prop_key":"k","prop_value":"值 v"},{"prop_key":"k","prop_value":"2"}]}}`

func TestPropertiesGoToDevicesOfMQTT5Only(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Version = 5
		d, old := w.Connect(0), (*dialecttest.Device)(nil)
		w.Version = 4
		old = w.Connect(1)
		a := post(w, messages, propertied)
		m := d.Next()
		if p := m.Properties; string(p.CorrelationData) != "c-1" || p.ResponseTopic != "/r/$=?" || len(p.User) != 2 ||
			p.User[0].Key != "k" || p.User[0].Val != "值 v" || p.User[1].Val != "2" || string(m.Payload) != "x" {
			t.Errorf("device gets %+v %s", p, m.Payload)
		}
		var sent, told struct{ Properties any }
		json.Unmarshal([]byte(propertied), &sent)
		json.Unmarshal([]byte(rowOf(w, a).Raw), &told)
		if fmt.Sprint(sent) != fmt.Sprint(told) {
			t.Errorf("row has %v, want %v", told, sent)
		}
		post(w, "devices/pk1_dk1/messages", propertied)
		if m := old.Next(); string(m.Payload) != "x" {
			t.Errorf("an older device gets %q", m.Payload)
		}
	})
}

func TestIOTDA000006IsForAMessageThatCannotBe(t *testing.T) {
	cfg := testConfig()
	cfg.Topics = map[string][]string{"pk1": {"known"}}
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		long := strings.Repeat("x", 129)
		props := func(p string) string { return `{"message":"x","properties":{` + p + `}}` }
		for _, body := range []string{
			`{}`, `{"message":null}`, `{"message":"x","message_id":""}`, `{"message":"x","message_id":"a b"}`,
			`{"message":"x","message_id":"` + long + `"}`, `{"message":"x","name":"a*b"}`, `{"message":"x","name":"` + long + `"}`,
			`{"message":"x","encoding":"hex"}`, `{"message":"x","payload_format":"xml"}`, `{"message":"?","encoding":"base64"}`,
			`{"message":{"a":1},"encoding":"base64"}`, `{"message":"x","topic":"a","topic_full_name":"/b"}`,
			`{"message":"x","topic":""}`, `{"message":"x","topic":"unknown"}`, `{"message":"x","topic_full_name":"/a/#"}`,
			`{"message":"x","topic_full_name":"` + long + `"}`, `{"message":"x","ttl":7}`, `{"message":"x","ttl":1445}`,
			`{"message":"x","ttl":-5}`, `{"message":"x","ttl":"5"}`, `{"message":"x","name":5}`,
			props(`"correlation_data":"a b"`), props(`"correlation_data":"` + long + `"`), props(`"response_topic":"a b"`),
			props(`"user_properties":[{"prop_key":"a b","prop_value":"c"}]`), props(`"user_properties":[{"prop_key":"a","prop_value":"*"}]`),
			props(`"user_properties":[` + strings.Repeat(`{"prop_key":"a"},`, 20) + `{"prop_key":"a"}]`),
		} {
			want(w, body, post(w, messages, body), 400, "IOTDA.000006")
		}
		w.Expect(0, platform.Accepted)
		for _, body := range []string{`{"message":"x","message_id":"` + long[1:] + `"}`, `{"message":"x","topic":"known"}`, `{"message":"x","ttl":0}`,
			`{"message":"x","ttl":1440}`, props(`"user_properties":[` + strings.Repeat(`{"prop_key":"a"},`, 19) + `{"prop_key":"a"}]`)} {
			want(w, body, post(w, messages, body), 201, "")
		}
	})
}

func TestAMessageIDIsTheDevicesOwnAndOnlyOnce(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		want(w, "first", post(w, messages, `{"message_id":"m","message":"x"}`), 201, "")
		want(w, "again", post(w, messages, `{"message_id":"m","message":"y"}`), 400, "IOTDA.000006")
		want(w, "for another device", post(w, "devices/pk1_dk1/messages", `{"message_id":"m","message":"x"}`), 201, "")
		want(w, "another", post(w, messages, `{"message_id":"n","message":"x"}`), 201, "")
		send(w, "DELETE", messages+"/m", "")
		want(w, "after its deletion", post(w, messages, `{"message_id":"m","message":"x"}`), 400, "IOTDA.000006")
	})
}

func TestAMessageOfADeviceBehindAGatewayNamesIt(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		want(w, "child", post(w, "devices", `{"product_id":"pk1","node_id":"child","gateway_id":"pk1_dk0"}`), 201, "")
		d := w.Connect(0)
		d.Subscribe("$oc/devices/pk1_dk0/user/a")
		post(w, "devices/pk1_child/messages", `{"message_id":"m","message":"x"}`)
		if m := d.Next(); string(m.Payload) != `{"object_device_id":"pk1_child","id":"m","content":"x"}` {
			t.Errorf("%s", m.Payload)
		}
		post(w, "devices/pk1_child/messages", `{"message":"x","topic":"a"}`)
		if m := d.Next(); m.Topic != "$oc/devices/pk1_dk0/user/a" {
			t.Errorf("%s", m.Topic)
		}
	})
}

func TestAMessageOf256KIsTheLargest(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		const frame = `{"message":"","encoding":"base64"}`
		n := (256<<10 - len(frame)) / 4 * 4
		text := base64.StdEncoding.EncodeToString(make([]byte, n/4*3))
		body := strings.Replace(frame, `""`, `"`+text+`"`, 1)
		if a := post(w, messages, body); status(a) != "DELIVERED" || len(d.Next().Payload) != n/4*3 {
			t.Error(a.Raw)
		}
		want(w, "longer", post(w, messages, strings.Replace(body, "{", "{    ", 1)+"   "), 400, "IOTDA.000006")
	})
}

func TestACommandThatIsOneWayIsAMessageWithoutTheAPI(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		rec, err := w.Platform.Submit(platform.Command{Device: dialecttest.Address(0), Service: "news", Input: []byte(`{"a":1}`),
			Lane: huawei.LaneMessage, Mode: platform.Cached, TTL: time.Minute, OneWay: true})
		m := d.Next()
		if err != nil || !m.OneWay || m.Service != "news" || string(m.Input) != `{"a":1}` || m.ID != rec.ID {
			t.Errorf("%v, device reads %+v", err, m.Command)
		}
	})
}
