package huawei_test

import (
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

const commands = "devices/pk1_dk0/commands"

// postGo calls in the background.
func postGo(w *dialecttest.World, path, body string) <-chan answer {
	done := make(chan answer, 1)
	go func() { done <- post(w, path, body) }()
	return done
}

func TestASynchronousCommandIsTheContractsOnBothSides(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, commands, `{"service_id":"reboot","command_name":"ON_OFF","paras":{"value": "ON"}}`+"\n")
		m := d.Next()
		if want := `{"service_id":"reboot","command_name":"ON_OFF","paras":{"value": "ON"}}`; string(m.Payload) != want {
			t.Errorf("device gets %s, want %s", m.Payload, want)
		}
		if m.Service != "reboot:ON_OFF" || m.QoS != 0 {
			t.Errorf("device reads service %q at QoS %d", m.Service, m.QoS)
		}
		request := strings.TrimPrefix(m.Topic, "$oc/devices/pk1_dk0/sys/commands/request_id=")
		const response = `{"result_code":0, "response_name":"COMMAND_RESPONSE","paras":{"result":"success"},"own":[1.0]}`
		d.Publish("$oc/devices/pk1_dk0/sys/commands/response/request_id="+request, []byte(response))
		a := <-call
		if want := `{"command_id":"` + request + `","response":` + response + `}`; a.Status != 200 || a.Raw != want {
			t.Errorf("%d %s, want %s", a.Status, a.Raw, want)
		}
		if a.Header.Get("Content-Type") != "application/json" {
			t.Error(a.Header)
		}
	})
}

func TestWhatIsLeftOutOfACommandIsLeftOutOnItsWire(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		for body, want := range map[string]string{
			`{"paras":{}}`:                                       `{"paras":{}}`,
			`{"service_id":"s","paras":{"a":1}}`:                 `{"service_id":"s","paras":{"a":1}}`,
			`{"command_name":"c","paras":{}}`:                    `{"command_name":"c","paras":{}}`,
			`{"service_id":"","command_name":"ü<","paras":{}}`:   `{"service_id":"","command_name":"ü<","paras":{}}`,
			`{"service_id":null,"command_name":"c","paras": {}}`: `{"command_name":"c","paras":{}}`,
		} {
			call := postGo(w, commands, body)
			m := d.Next()
			if string(m.Payload) != want {
				t.Errorf("%s: device gets %s, want %s", body, m.Payload, want)
			}
			d.Answer(m)
			if a := <-call; a.Status != 200 {
				t.Error(a.Raw)
			}
		}
	})
}

func TestAnyResponseIsPassedOn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		for payload, want := range map[string]string{
			`{"result_code":2001,"response_name":"x","paras":{}}`: `{"result_code":2001,"response_name":"x","paras":{}}`,
			`{"response_name":"","paras":null}`:                   `{"response_name":"","paras":null}`,
			`{}`:                                                  `{}`,
			`null`:                                                `null`,
			`[1, 2]`:                                              `[1, 2]`,
			"not \"JSON\"\n":                                      `"not \"JSON\"\n"`,
			``:                                                    `""`,
			"\xff\xfe":                                            `"�"`,
			`{"result_code":0`:                                    `"{\"result_code\":0"`,
		} {
			call := postGo(w, commands, `{"paras":{}}`)
			m := d.Next()
			d.Publish(strings.Replace(m.Topic, "/request_id", "/response/request_id", 1), []byte(payload))
			if a := <-call; a.Status != 200 || !strings.HasSuffix(a.Raw, `,"response":`+want+`}`) {
				t.Errorf("%q: %d %s, want %s", payload, a.Status, a.Raw, want)
			}
		}
	})
}

func TestIOTDA014111IsAStatus200AfterTwentySeconds(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		start := time.Now()
		call := postGo(w, commands, `{"paras":{}}`)
		m := d.Next()
		a := <-call
		if took := time.Since(start); took != 20*time.Second+time.Nanosecond {
			t.Errorf("took %v", took)
		}
		want(w, "unanswered", a, 200, "IOTDA.014111")
		if a.ErrorMsg != "Command request timed out. Check whether the device returns a response within the specified time after receiving the request." ||
			!strings.HasSuffix(m.Topic, "="+a.text("command_id")) || strings.Contains(a.Raw, "response\":") {
			t.Error(a.Raw)
		}
		d.Answer(m)
		w.Expect(1, platform.Late)
	})
}

func TestIOTDA014016IsForADeviceThatIsNotThere(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for what, id := range map[string]string{"away": "pk1_dk0", "never there": "pk1_dk3", "frozen": "pk1_" + dialecttest.Disabled} {
			start := time.Now()
			a := post(w, "devices/"+id+"/commands", `{"paras":{}}`)
			want(w, what, a, 403, "IOTDA.014016")
			if a.Raw != `{"error_code":"IOTDA.014016","error_msg":"Operation not allowed. The device is not online."}` || time.Since(start) != 0 {
				t.Errorf("%s: %s after %v", what, a.Raw, time.Since(start))
			}
		}
	})
}

func TestIOTDA014000IsForADeviceThatDoesNotExist(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Platform.AddProduct(platform.Product{Key: "theirs", Org: "o2", Dialect: huawei.Name})
		w.Platform.AddDevice(platform.Registration{Address: platform.Address{Product: "theirs", Device: "d"}})
		for _, id := range []string{"nobody", "pk1_nobody", "pk1", "_", "theirs_d"} {
			want(w, id, post(w, "devices/"+id+"/commands", `{"paras":{}}`), 404, "IOTDA.014000")
		}
	})
}

func TestIOTDA000006AndIOTDA000008AreForBodiesThatAreWrong(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Connect(0)
		for body, code := range map[string]string{
			`{}`:                          "IOTDA.000006",
			`{"paras":null}`:              "IOTDA.000006",
			`{"PARAS":{}}`:                "IOTDA.000006",
			`{"paras":"{}"}`:              "IOTDA.000006",
			`{"paras":[]}`:                "IOTDA.000006",
			`{"service_id":5,"paras":{}}`: "IOTDA.000006",
			`{"service_id":"` + strings.Repeat("ü", 65) + `","paras":{}}`:    "IOTDA.000006",
			`{"command_name":"` + strings.Repeat("x", 129) + `","paras":{}}`: "IOTDA.000006",
			`{"paras":{}`:   "IOTDA.000008",
			`{"paras":{}}}`: "IOTDA.000008",
			`"paras"`:       "IOTDA.000008",
			``:              "IOTDA.000008",
		} {
			want(w, body, post(w, commands, body), 400, code)
		}
		r := request(w, "POST", "/v5/iot/o1/"+commands, `{"paras":{}}`)
		r.Header.Set("X-Auth-Token", "fixed-token")
		r.Header.Set("Content-Type", "text/plain")
		want(w, "another media type", do(w, r), 400, "IOTDA.000008")
		w.Expect(0, platform.Accepted)
	})
}

func TestNamesAtTheirLimitAreTaken(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, commands, `{"service_id":"`+strings.Repeat("ü", 64)+`","command_name":"`+strings.Repeat("x", 128)+`","paras":{}}`)
		d.Answer(d.Next())
		if a := <-call; a.Status != 200 {
			t.Error(a.Raw)
		}
	})
}

func TestADeviceThatSubscribesWithQoS1GetsItsCommandsSo(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.SubscribeAt("$oc/devices/pk1_dk0/sys/commands/#", 1)
		d.Hold()
		call := postGo(w, commands, `{"paras":{}}`)
		m := d.Next()
		if m.QoS != 1 {
			t.Errorf("QoS %d, want 1", m.QoS)
		}
		want(w, "never acknowledged", <-call, 200, "IOTDA.014111")
		if n := d.Waiting(); n != 0 {
			t.Errorf("a synchronous command was sent %d times more, or echoed", n)
		}
	})
}

func TestADeviceDoesNotHearItsOwnResponses(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Subscribe("$oc/devices/pk1_dk0/sys/commands/#")
		call := postGo(w, commands, `{"paras":{}}`)
		d.Answer(d.Next())
		d.Publish("$oc/devices/pk1_dk0/sys/properties/report", []byte(`{"services":[]}`))
		d.Publish("$oc/devices/pk1_dk0/sys/messages/up", []byte(`{"content":"x"}`))
		if a := <-call; a.Status != 200 || d.Waiting() != 0 {
			t.Errorf("%s, %d messages more", a.Raw, d.Waiting())
		}
	})
}

func TestADeviceWithoutImplicitSubscriptionHasToSubscribe(t *testing.T) {
	cfg := testConfig()
	cfg.NoImplicit = true
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		d := w.Connect(0)
		want(w, "not subscribed", post(w, commands, `{"paras":{}}`), 403, "IOTDA.014112")
		d.Subscribe("$oc/devices/pk1_dk0/sys/commands/#")
		call := postGo(w, commands, `{"paras":{}}`)
		d.Answer(d.Next())
		want(w, "subscribed", <-call, 200, "")
	})
}

func TestACommandOfADeviceBehindAGatewayGoesToTheGateway(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		gateway := dialecttest.Address(0)
		if _, err := w.Platform.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "child"}, Parent: &gateway, Activated: true}); err != nil {
			t.Fatal(err)
		}
		want(w, "the gateway is away", post(w, "devices/pk1_child/commands", `{"paras":{}}`), 403, "IOTDA.014016")
		d := w.Connect(0)
		call := postGo(w, "devices/pk1_child/commands", `{"command_name":"c","paras":{}}`)
		m := d.Next()
		if want := `{"object_device_id":"pk1_child","command_name":"c","paras":{}}`; string(m.Payload) != want || !strings.HasPrefix(m.Topic, "$oc/devices/pk1_dk0/") {
			t.Errorf("gateway gets %s %s, want %s", m.Topic, m.Payload, want)
		}
		d.Answer(m)
		want(w, "answered by the gateway", <-call, 200, "")
		if _, code := w.TryConnect(platform.Address{Product: "pk1", Device: "child"}, ""); code != 5 {
			t.Errorf("the child connects itself with CONNACK %d, want 5", code)
		}
	})
}

func TestAProductsModelIsCheckedWhereItIsStrict(t *testing.T) {
	cfg := testConfig()
	cfg.StrictModel = true
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		want(w, "product", post(w, "products", `{"product_id":"m","name":"n","device_type":"d","protocol_type":"MQTT","data_format":"json",
			"service_capabilities":[{"service_id":"s","service_type":"s","commands":[{"command_name":"c","paras":[{"para_name":"a","data_type":"int","required":true},{"para_name":"b","data_type":"string"}]}]}]}`), 201, "")
		want(w, "device", post(w, "devices", `{"product_id":"m","node_id":"d","auth_info":{"secret":"ds-test_"}}`), 201, "")
		for body, code := range map[string]string{
			`{"service_id":"s","command_name":"c","paras":{"a":1}}`:       "IOTDA.014016", // past the model, the device is away
			`{"service_id":"s","command_name":"c","paras":{"a":1,"b":2}}`: "IOTDA.014016",
			`{"command_name":"any","paras":{"x":1}}`:                      "IOTDA.014016",
			`{"service_id":"t","command_name":"c","paras":{"a":1}}`:       "IOTDA.000006",
			`{"service_id":"s","command_name":"d","paras":{"a":1}}`:       "IOTDA.000006",
			`{"service_id":"s","paras":{"a":1}}`:                          "IOTDA.000006",
			`{"service_id":"s","command_name":"c","paras":{"a":1,"x":2}}`: "IOTDA.000006",
			`{"service_id":"s","command_name":"c","paras":{"b":"x"}}`:     "IOTDA.000006",
		} {
			if a := post(w, "devices/m_d/commands", body); a.ErrorCode != code {
				t.Errorf("%s: %s, want %s", body, a.Raw, code)
			}
		}
		if a := post(w, commands, `{"service_id":"t","paras":{}}`); a.ErrorCode != "IOTDA.014016" {
			t.Errorf("a product without a model: %s", a.Raw)
		}
	})
}
