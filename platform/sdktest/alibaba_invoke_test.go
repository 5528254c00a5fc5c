package sdktest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// alinkOK answers a call on whatever topic it came, with its id.
func alinkOK(topic string, payload []byte) (string, []byte) {
	return alinkTopic(topic), alinkReply(payload, `200,"data":{"y":7},"message":"done"`)
}

// alinkTopic is where the answer to a call goes.
func alinkTopic(topic string) string {
	switch {
	case strings.HasPrefix(topic, "/ext/rrpc/"):
		return topic
	case strings.Contains(topic, "/rrpc/request/"):
		return strings.Replace(topic, "/rrpc/request/", "/rrpc/response/", 1)
	}
	return topic + "_reply"
}

// alinkReply is an answer with the call's id; rest is its code and what follows.
func alinkReply(call []byte, rest string) []byte {
	_, id, _ := strings.Cut(string(call), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	return []byte(`{"id":"` + id + `","code":` + rest + `}`)
}

// online connects a device of the modelled product, and returns when the API says that it is there.
func online(t *testing.T, w *world, c aliClient, l login, h habits) *device {
	t.Helper()
	d := w.connect(t, l, h)
	name, product, _ := strings.Cut(l.username, "&")
	awaitStatus(t, c, aliCall{product: product, device: name}, "ONLINE")
	return d
}

func awaitStatus(t *testing.T, c aliClient, who aliCall, want string) {
	t.Helper()
	eventually(t, who.device+" is "+want, func() bool {
		a, err := c.status(who)
		if err != nil || !a.success {
			t.Fatalf("status of %s: %+v, %v", who.device, a, err)
		}
		return a.status == want
	})
}

// succeeds fails the test unless a call has.
func succeeds(t *testing.T, a aliAnswer, err error) {
	t.Helper()
	if err != nil || !a.success || a.code != "" || a.message != "" || len(a.requestID) != 36 || a.requestID != strings.ToUpper(a.requestID) {
		t.Fatalf("answer %+v, error %v: want success, no code, and an upper-case UUID", a, err)
	}
}

// The SDKs put Args into the query.
func TestAlibabaTakesTheLongestTextThatAThingModelAllows(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
		args := `{"long":"` + strings.Repeat("ü", 10240/2) + `"}`
		a, err := c.invoke(setX(args))
		succeeds(t, a, err)
		if got := fields(t, d.next().Payload())["params"]; got != args {
			t.Errorf("%d bytes of params came, want %d", len(got), len(args))
		}
	})
}

func TestAlibabaSyncServiceReturnsWhatTheDeviceAnswered(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
		a, err := c.invoke(setX(`{"p":10.0,"t":"a b*~/ü","n":-5,"on":1}`))
		succeeds(t, a, err)
		m := d.next()
		if want := "/sys/a1pk/dev1/rrpc/request/" + a.messageID; m.Topic() != want || m.Qos() != 0 {
			t.Errorf("came on %s at QoS %d, want %s at 0", m.Topic(), m.Qos(), want)
		}
		f := fields(t, m.Payload())
		if f["method"] != `"thing.service.setX"` || f["params"] != `{"p":10.0,"t":"a b*~/ü","n":-5,"on":1}` || f["version"] != `"1.0.0"` {
			t.Errorf("payload %s", m.Payload())
		}
		if want := string(alinkReply(m.Payload(), `200,"data":{"y":7},"message":"done"`)); a.result != want {
			t.Errorf("result %s, want %s as it came", a.result, want)
		}
	})
}

func TestAlibabaSyncServiceComesUnderExtRRPCWhereTheClientIDAsksForIt(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLoginExt(aliProduct, "dev1", 3), habits{answer: alinkOK})
		a, err := c.invoke(setX(`{"p":1.5}`))
		succeeds(t, a, err)
		want := "/ext/rrpc/" + a.messageID + "/sys/a1pk/dev1/thing/service/setX"
		if m := d.next(); m.Topic() != want || !strings.Contains(a.result, `"y":7`) {
			t.Errorf("came on %s, want %s; result %s", m.Topic(), want, a.result)
		}
	})
}

func TestAlibabaDeviceCodeOtherThan200IsStillSuccess(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		online(t, w, c, alibabaLogin("dev1"), habits{answer: func(topic string, payload []byte) (string, []byte) {
			return alinkTopic(topic), alinkReply(payload, `460,"data":{},"message":"bad"`)
		}})
		a, err := c.invoke(setX(`{}`))
		succeeds(t, a, err)
		if !strings.Contains(a.result, `"code":460`) {
			t.Errorf("result %s, want the device's code in it", a.result)
		}
	})
}

func TestAlibabaAsyncServiceReturnsAtOnceAndItsAnswerIsFoundLater(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{})
		begin := time.Now().Add(-time.Second).UnixMilli()
		call := aliCall{product: aliProduct, device: "dev1", identifier: "reboot", args: `{"delay":5}`}
		a, err := c.invoke(call)
		succeeds(t, a, err)
		m := d.next()
		if a.messageID == "" || a.result != "" || m.Topic() != "/sys/a1pk/dev1/thing/service/reboot" {
			t.Fatalf("answer %+v; came on %s", a, m.Topic())
		}
		d.say(m.Topic()+"_reply", alinkReply(m.Payload(), `200,"data":{"ok":1}`))
		eventually(t, "the answer is found", func() bool {
			q, err := c.data(call, begin, begin+60_000, 10, false)
			succeeds(t, q, err)
			if len(q.rows) != 1 || q.rows[0].identifier != "reboot" || q.rows[0].input != `{"delay":5}` || q.rows[0].name != "reboot" {
				t.Fatalf("rows %+v", q.rows)
			}
			return q.rows[0].output == `{"ok":1}`
		})
	})
}

func TestAlibabaServiceOfAModuleIsNamedByModuleAndService(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
		a, err := c.invoke(aliCall{product: aliProduct, device: "dev1", identifier: "testFb:setX", args: `{"p":2.0}`})
		succeeds(t, a, err)
		if f := fields(t, d.next().Payload()); f["method"] != `"thing.service.testFb:setX"` || a.result == "" {
			t.Errorf("method %s, result %q", f["method"], a.result)
		}
		a, err = c.invoke(aliCall{product: aliProduct, device: "dev1", identifier: "testFb:reboot", args: `{}`})
		succeeds(t, a, err)
		if m := d.next(); m.Topic() != "/sys/a1pk/dev1/thing/service/testFb:reboot" || a.result != "" {
			t.Errorf("came on %s, result %q", m.Topic(), a.result)
		}
	})
}

func TestAlibabaProductWithoutThingModelIsCalledAsynchronously(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLoginExt(aliFree, "dev1", 0), habits{answer: alinkOK})
		a, err := c.invoke(aliCall{product: aliFree, device: "dev1", identifier: "setX", args: `{"p":10}`})
		succeeds(t, a, err)
		if m := d.next(); a.result != "" || m.Topic() != "/sys/a1free/dev1/thing/service/setX" {
			t.Errorf("result %q, came on %s", a.result, m.Topic())
		}
	})
}

func TestAlibabaIotIdWinsOverProductKeyAndDeviceName(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev2"), habits{answer: alinkOK})
		a, err := c.invoke(aliCall{product: aliProduct, device: "dev1", iotID: "iot-dev2", identifier: "setX", args: `{}`})
		succeeds(t, a, err)
		if m := d.next(); !strings.HasPrefix(m.Topic(), "/sys/a1pk/dev2/") {
			t.Errorf("came on %s", m.Topic())
		}
	})
}

func TestAlibabaSyncServiceTimesOutAfter8SecondsAndALateAnswerIsNotServed(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{})
		began := time.Now()
		a, err := c.invoke(setX(`{}`))
		if took := time.Since(began); took < 8*time.Second {
			t.Errorf("ended after %v, before the vendor's 8 s", took)
		}
		if err != nil || a.success || a.code != "iot.messagebroker.TIMEOUT" || a.messageID != "" {
			t.Fatalf("answer %+v, error %v: want iot.messagebroker.TIMEOUT without data", a, err)
		}
		late := d.next()
		d.say(alinkTopic(late.Topic()), alinkReply(late.Payload(), `200,"data":{"y":1}`))
		q, err := c.data(setX(""), began.Add(-time.Second).UnixMilli(), time.Now().UnixMilli()+1000, 10, false)
		succeeds(t, q, err)
		if len(q.rows) != 1 || q.rows[0].output != "" {
			t.Errorf("rows %+v, want the call without output", q.rows)
		}
	})
}

func TestAlibabaSyncServiceAtQos1IsPublishedAtQos1(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
		call := setX(`{}`)
		call.qos = "1"
		a, err := c.invoke(call)
		succeeds(t, a, err)
		if m := d.next(); m.Qos() != 1 || m.Duplicate() || a.result == "" {
			t.Errorf("QoS %d, duplicate %v, result %q", m.Qos(), m.Duplicate(), a.result)
		}
	})
}

func TestAlibabaOverlappingCallsToOneDeviceEachGetTheirAnswer(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLogin("dev1"), habits{})
		const calls = 8
		done := make(chan error, calls)
		for i := range calls {
			go func() {
				a, err := c.invoke(setX(`{"n":` + strconv.Itoa(i-4) + `}`))
				if want := `"n":` + strconv.Itoa(i-4) + `}`; err == nil && !strings.Contains(a.result, want) {
					err = fmt.Errorf("result %q, want %s in it", a.result, want)
				}
				done <- err
			}()
		}
		var open []mqtt.Message
		for range calls { // none is answered before all are open
			open = append(open, d.next())
		}
		slices.Reverse(open)
		for _, m := range open {
			d.say(alinkTopic(m.Topic()), alinkReply(m.Payload(), `200,"data":`+fields(t, m.Payload())["params"]))
		}
		for range calls {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAlibabaClassicSDKMayCallByGET(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newClassic(t, w, key, secret).(*classic)
	online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
	r := c.request(setX(`{"t":"a b*~/ü"}`))
	r.Method = "GET"
	if out, err := c.InvokeThingService(r); err != nil || !out.Success || out.Data.Result == "" {
		t.Errorf("answer %+v, error %v", out, err)
	}
}
