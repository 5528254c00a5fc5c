package sdktest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAlibabaBatchCallReachesEveryDeviceAndReturnsAtOnce(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		one := online(t, w, c, alibabaLogin("dev1"), habits{})
		two := online(t, w, c, alibabaLogin("dev2"), habits{})
		a, err := c.batch(aliCall{product: aliProduct, identifier: "setX", args: `{"p":10.5}`}, "dev1", "dev2")
		succeeds(t, a, err)
		for _, d := range []*device{one, two} {
			m := d.next()
			if !strings.HasSuffix(m.Topic(), "/thing/service/setX") || fields(t, m.Payload())["params"] != `{"p":10.5}` {
				t.Errorf("came on %s: %s; want the asynchronous topic, whatever the thing model says", m.Topic(), m.Payload())
			}
		}
		a, err = c.batch(aliCall{product: aliProduct, identifier: "setX", args: `{}`}, "dev2")
		if succeeds(t, a, err); fields(t, two.next().Payload())["params"] != `{}` {
			t.Error("a batch of one did not come")
		}
		a, err = c.batch(aliCall{product: aliProduct, identifier: "setX", args: `{}`}, "dev1", "nobody")
		if err != nil || a.success || a.code != "iot.device.NotExistedDevice" {
			t.Errorf("with an unknown device: %+v, %v", a, err)
		}
	})
}

func TestAlibabaRRpcCarriesBytesBothWays(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		d := online(t, w, c, alibabaLoginExt(aliProduct, "dev1", 1), habits{answer: func(topic string, payload []byte) (string, []byte) {
			return alinkTopic(topic), append([]byte{0xff, 0}, payload...)
		}})
		ask := aliCall{product: aliProduct, device: "dev1"}
		for _, topic := range []string{"", "/a1pk/dev1/user/ask"} {
			a, err := c.rrpc(ask, topic, base64.StdEncoding.EncodeToString([]byte{1, 2, 0}), 8000)
			succeeds(t, a, err)
			want := "/sys/a1pk/dev1/rrpc/request/" + a.messageID
			if topic != "" {
				want = "/ext/rrpc/" + a.messageID + topic
			}
			m := d.next()
			if m.Topic() != want || string(m.Payload()) != "\x01\x02\x00" {
				t.Errorf("topic %q: came %q on %s, want it on %s", topic, m.Payload(), m.Topic(), want)
			}
			if back := base64.StdEncoding.EncodeToString([]byte{0xff, 0, 1, 2, 0}); a.rrpcCode != "SUCCESS" || a.payload != back {
				t.Errorf("topic %q: %+v, want SUCCESS and %s", topic, a, back)
			}
		}
	})
}

func TestAlibabaRRpcTellsATimeoutAndAnAbsentDevice(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		ask := aliCall{product: aliProduct, device: "dev1"}
		a, err := c.rrpc(ask, "", "AQI=", 1000)
		if succeeds(t, a, err); a.rrpcCode != "OFFLINE" {
			t.Errorf("absent: %+v, want OFFLINE", a)
		}
		online(t, w, c, alibabaLogin("dev1"), habits{})
		a, err = c.rrpc(ask, "", "AQI=", 1000)
		if succeeds(t, a, err); a.rrpcCode != "TIMEOUT" || a.payload != "" {
			t.Errorf("silent: %+v, want TIMEOUT", a)
		}
		a, err = c.rrpc(ask, "", "AQI=", 999)
		if err != nil || a.success || a.code != "iot.system.IllegalRequest" {
			t.Errorf("999 ms: %+v, %v", a, err)
		}
	})
}

func TestAlibabaDeviceStatusFollowsTheDevice(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		fresh := aliCall{product: aliProduct, device: "fresh"}
		awaitStatus(t, c, fresh, "UNACTIVE")
		d := w.connect(t, alibabaLogin("fresh"), habits{})
		awaitStatus(t, c, fresh, "ONLINE")
		d.leave()
		awaitStatus(t, c, fresh, "OFFLINE")
		awaitStatus(t, c, aliCall{product: aliProduct, device: "off"}, "DISABLE")
		a, err := c.status(aliCall{iotID: "iot-dev1"})
		succeeds(t, a, err)
		if age := time.Since(time.UnixMilli(a.since)); a.status != "OFFLINE" || age < 0 || age > time.Minute {
			t.Errorf("by IotId: %+v", a)
		}
	})
}

func TestAlibabaServiceDataComesInPages(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
		var inputs []string
		for i := range 3 {
			in := `{"n":` + strconv.Itoa(i) + `}`
			a, err := c.invoke(setX(in))
			succeeds(t, a, err)
			inputs = append(inputs, in)
		}
		begin, end := time.Now().Add(-time.Minute).UnixMilli(), time.Now().Add(time.Minute).UnixMilli()
		a, err := c.data(setX(""), begin, end, 2, true)
		succeeds(t, a, err)
		if got := inputsOf(a.rows); !slices.Equal(got, inputs[:2]) || !a.more || a.nextTime < begin {
			t.Errorf("first page: %v, more %v from %d; want %v and more", got, a.more, a.nextTime, inputs[:2])
		}
		a, err = c.data(setX(""), begin, end, 10, false)
		succeeds(t, a, err)
		slices.Reverse(inputs)
		if got := inputsOf(a.rows); !slices.Equal(got, inputs) || a.more || a.rows[0].output != `{"y":7}` {
			t.Errorf("newest first: %+v, want %v", a.rows, inputs)
		}
	})
}

func inputsOf(rows []aliRow) (all []string) {
	for _, r := range rows {
		all = append(all, r.input)
	}
	return all
}

func TestAlibabaCallAtQos1IsSentAgainWhenItsDeviceReturns(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		deaf := online(t, w, c, alibabaLogin("dev1"), habits{persistent: true, hold: true})
		call := aliCall{product: aliProduct, device: "dev1", identifier: "reboot", args: `{"delay":1}`, qos: "1"}
		a, err := c.invoke(call)
		succeeds(t, a, err)
		first := deaf.next()
		if first.Qos() != 1 || first.Duplicate() {
			t.Errorf("first: QoS %d, duplicate %v", first.Qos(), first.Duplicate())
		}
		deaf.leave()
		awaitStatus(t, c, call, "OFFLINE")
		call.args = `{"delay":2}`
		a, err = c.invoke(call)
		succeeds(t, a, err)

		back := w.connect(t, alibabaLogin("dev1"), habits{persistent: true})
		again, waited := back.next(), back.next()
		if !again.Duplicate() || string(again.Payload()) != string(first.Payload()) {
			t.Errorf("again: duplicate %v, %s; want a duplicate of %s", again.Duplicate(), again.Payload(), first.Payload())
		}
		if waited.Duplicate() || fields(t, waited.Payload())["params"] != call.args {
			t.Errorf("what waited: duplicate %v, %s", waited.Duplicate(), waited.Payload())
		}
	})
}

func TestAlibabaCallIsLostAtQos0OrWithACleanSession(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		call := aliCall{product: aliProduct, device: "dev1", identifier: "reboot", args: `{"delay":1}`}
		for _, h := range []habits{{persistent: true}, {}} {
			d := online(t, w, c, alibabaLogin("dev1"), h)
			d.leave()
			awaitStatus(t, c, call, "OFFLINE")
			if call.qos = ""; !h.persistent {
				call.qos = "1"
			}
			a, err := c.invoke(call)
			succeeds(t, a, err)
			back := online(t, w, c, alibabaLogin("dev1"), h)
			a, err = c.invoke(aliCall{product: aliProduct, device: "dev1", identifier: "reboot", args: `{"delay":9}`})
			succeeds(t, a, err)
			if m := back.next(); fields(t, m.Payload())["params"] != `{"delay":9}` {
				t.Errorf("persistent %v, Qos %q: what was lost came: %s", h.persistent, call.qos, m.Payload())
			}
			back.leave()
			awaitStatus(t, c, call, "OFFLINE")
		}
	})
}

func TestAlibabaAsyncCallToAnAbsentDeviceIsRefusedWhereTheSettingSaysSo(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		a, err := c.invoke(aliCall{product: aliProduct, device: "dev1", identifier: "reboot", args: `{}`})
		if err != nil || a.success || a.code != "iot.messagebroker.OFFLINE" {
			t.Errorf("answer %+v, error %v", a, err)
		}
	}, "alibaba: {async_offline: reject}")
}

func TestAlibabaForeignAccountSeesNoProduct(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, c := range aliClients {
		a, err := c.make(t, w, "ak-foreign", secret).invoke(setX(`{}`))
		if err != nil || a.success || a.code != "iot.prod.NotExistedProduct" {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
	}
}
