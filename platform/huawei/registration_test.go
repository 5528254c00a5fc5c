package huawei_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

const newProduct = `{"product_id":"prod1","name":"Meter","device_type":"meter","protocol_type":"MQTT","data_format":"json","service_capabilities":[{"service_id":"s","service_type":"s"}]}`

func TestAProductAndADeviceThatAreRegisteredWork(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		p := post(w, "products", newProduct)
		if p.Status != 201 || p.text("product_id") != "prod1" || p.text("create_time") != "20000101T000000Z" {
			t.Error(p.Raw)
		}
		a := post(w, "devices", `{"node_id":"dev-1","product_id":"prod1","device_name":"D","description":"x","auth_info":{"secret":"secret_01"},"extension_info":{"a":1}}`)
		if want := `{"app_id":"","app_name":"","device_id":"prod1_dev-1","node_id":"dev-1","gateway_id":"prod1_dev-1","device_name":"D","node_type":"GATEWAY","description":"x","auth_info":{"auth_type":"SECRET","secret":"secret_01"},"product_id":"prod1","product_name":"Meter","status":"INACTIVE","create_time":"20000101T000000Z","tags":[],"extension_info":{"a":1}}`; a.Status != 201 || a.Raw != want {
			t.Errorf("%d %s, want %s", a.Status, a.Raw, want)
		}
		address := platform.Address{Product: "prod1", Device: "dev-1"}
		d, code := w.TryConnect(address, "secret_01")
		if code != 0 {
			t.Fatalf("CONNACK %d", code)
		}
		synctest.Wait()
		call := postGo(w, "devices/prod1_dev-1/commands", `{"paras":{}}`)
		d.Answer(d.Next())
		want(w, "command", <-call, 200, "")
		for _, status := range []string{"ONLINE", "OFFLINE"} {
			if got := get(w, "devices/prod1_dev-1"); got.Raw != strings.Replace(a.Raw, "INACTIVE", status, 1) {
				t.Errorf("%s: %s", status, got.Raw)
			}
			d.Drop()
		}
	})
}

func TestADeviceIsToldWithTheAuthenticationOfItsRegistration(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for given, want := range map[string]string{`{}`: "SECRET", `{"auth_type":"SECRET"}`: "SECRET", `{"auth_type":"CERTIFICATES","secure_access":true}`: "CERTIFICATES"} {
			node := strings.ToLower(want) + strconv.Itoa(len(given))
			a := post(w, "devices", `{"node_id":"`+node+`","product_id":"pk1","auth_info":`+given+`}`)
			if a.text("auth_info", "auth_type") != want || get(w, "devices/pk1_"+node).Raw != a.Raw {
				t.Errorf("%s: %s, want %s", given, a.Raw, want)
			}
		}
	})
}

func TestADeviceHasTheIDThatItsRegistrationNames(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := post(w, "devices", `{"node_id":"n_1","product_id":"pk1","device_id":"my_own_0_0_id"}`)
		if a.text("device_id") != "my_own_0_0_id" || len(a.text("auth_info", "secret")) != 32 {
			t.Error(a.Raw)
		}
		id, hour := "my_own_0_0_id", "2000010100"
		d, code := w.TryLogin(platform.Address{Product: "pk1", Device: "n_1"}, id+"_0_0_"+hour, id, passwordOf(a.text("auth_info", "secret"), hour))
		if code != 0 {
			t.Fatalf("CONNACK %d", code)
		}
		synctest.Wait() // until it is online
		call := postGo(w, "devices/"+id+"/commands", `{"paras":{}}`)
		m := d.Next()
		d.Publish(strings.Replace(m.Topic, "/request_id", "/response/request_id", 1), []byte(`{}`))
		want(w, "command", <-call, 200, "")
		if !strings.HasPrefix(m.Topic, "$oc/devices/"+id+"/") {
			t.Error(m.Topic)
		}
	})
}

func TestIOTDA014031IsForADeviceThatExists(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, body := range []string{`{"node_id":"dk0","product_id":"pk1"}`, `{"node_id":"dk0","product_id":"pk1","device_id":"other"}`,
			`{"node_id":"other","product_id":"pk1","device_id":"pk1_dk0"}`} {
			want(w, body, post(w, "devices", body), 400, "IOTDA.014031")
		}
		if err := w.Platform.AddProduct(platform.Product{Key: "pk1_dk", Org: dialecttest.Org, Dialect: huawei.Name}); err != nil {
			t.Fatal(err)
		}
		want(w, "pk1 and dk_1", post(w, "devices", `{"node_id":"dk_1","product_id":"pk1"}`), 201, "")
		want(w, "pk1_dk and 1", post(w, "devices", `{"node_id":"1","product_id":"pk1_dk"}`), 400, "IOTDA.014031")
		_, err := w.Platform.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1_dk", Device: "1"}})
		if err == nil || !strings.Contains(err.Error(), `"pk1_dk_1" is the name of pk1/dk_1 already`) {
			t.Errorf("registered without the API: %v", err)
		}
	})
}

func TestNobodyTakesTheIDsOfAnotherOrganisationsDevices(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for key, org := range map[string]string{"p9": "o9", "mine_too": dialecttest.Org} {
			if err := w.Platform.AddProduct(platform.Product{Key: key, Org: org, Dialect: huawei.Name}); err != nil {
				t.Fatal(err)
			}
		}
		for id, code := range map[string]int{"p9_n5": 400, "p9_": 400, "p9": 201, "p8_n5": 201, "mine_too_n5": 201} {
			a := post(w, "devices", `{"node_id":"for-`+id+`","product_id":"pk1","device_id":"`+id+`"}`)
			want(w, id, a, code, map[int]string{400: "IOTDA.000006"}[code])
		}
		if _, err := w.Platform.AddDevice(platform.Registration{Address: platform.Address{Product: "p9", Device: "n5"}}); err != nil {
			t.Error(err)
		}
	})
}

func TestIOTDA000006IsForADeviceOrAProductThatCannotBe(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		post(w, "devices", `{"node_id":"child","product_id":"pk1","gateway_id":"pk1_dk0"}`)
		for _, body := range []string{`{}`, `{"node_id":"a"}`, `{"product_id":"pk1"}`, `{"node_id":"a","product_id":"none"}`,
			`{"node_id":"a b","product_id":"pk1"}`, `{"node_id":"` + strings.Repeat("a", 65) + `","product_id":"pk1"}`,
			`{"node_id":"a","product_id":"pk1","device_id":"a/b"}`, `{"node_id":"a","product_id":"pk1","device_id":""}`,
			`{"node_id":"a","product_id":"pk1","auth_info":{"secret":"short"}}`, `{"node_id":"a","product_id":"pk1","auth_info":{"secret":"with space"}}`,
			`{"node_id":"a","product_id":"pk1","auth_info":{"auth_type":"X"}}`, `{"node_id":"a","product_id":"pk1","gateway_id":"none"}`,
			`{"node_id":"a","product_id":"pk1","gateway_id":"pk1_child"}`, `{"node_id":"a","product_id":"pk1","extension_info":{"a":"` + strings.Repeat("a", 1<<10) + `"}}`} {
			a := post(w, "devices", body)
			want(w, body, a, 400, "IOTDA.000006")
			if strings.Contains(a.Raw, "short") || strings.Contains(a.Raw, "with space") {
				t.Errorf("a secret is repeated: %s", a.Raw)
			}
		}
		post(w, "products", newProduct)
		for _, body := range []string{`{}`, newProduct, strings.Replace(newProduct, `"name":"Meter",`, "", 1), strings.Replace(newProduct, `"json"`, `"xml"`, 1),
			strings.Replace(newProduct, `"prod1"`, `"prod 2"`, 1), `{"name":"n","device_type":"d","protocol_type":"MQTT","data_format":"json"}`,
			strings.Replace(strings.Replace(newProduct, "prod1", "prod2", 1), `"service_id":"s",`, "", 1)} {
			want(w, body, post(w, "products", body), 400, "IOTDA.000006")
		}
	})
}

func TestADeviceThatIsFrozenHasNoConnection(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		if a := post(w, "devices/pk1_dk0/freeze", ""); a.Status != 204 || !d.Lost() {
			t.Errorf("%d %s, lost %v", a.Status, a.Raw, d.Lost())
		}
		if got := get(w, "devices/pk1_dk0").text("status"); got != "FROZEN" {
			t.Error(got)
		}
		if _, code := w.TryConnect(dialecttest.Address(0), "ds-test"); code != 5 {
			t.Errorf("CONNACK %d, want 5", code)
		}
		want(w, "command", post(w, commands, `{"paras":{}}`), 403, "IOTDA.014016")
		if a := post(w, "devices/pk1_dk0/unfreeze", ""); a.Status != 204 {
			t.Error(a.Raw)
		}
		w.Connect(0)
	})
}

func TestASecretThatIsResetIsTheOneThatCounts(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		reset := func(body string) answer { return post(w, "devices/pk1_dk0/action?action_id=resetSecret", body) }
		if a := reset(`{"secret":"secret_02","secret_type":"SECONDARY"}`); a.Status != 200 || a.Raw != `{"device_id":"pk1_dk0","secret":"secret_02","secret_type":"SECONDARY"}` || d.Lost() {
			t.Error(a.Raw)
		}
		for _, secret := range []string{"ds-test", "secret_02"} {
			if _, code := w.TryConnect(dialecttest.Address(0), secret); code != 0 {
				t.Errorf("%s: CONNACK %d", secret, code)
			}
		}
		d = w.Connect(0)
		a := reset(`{"force_disconnect":true}`)
		if a.text("secret_type") != "PRIMARY" || len(a.text("secret")) != 32 || !d.Lost() {
			t.Errorf("%s, lost %v", a.Raw, d.Lost())
		}
		if _, code := w.TryConnect(dialecttest.Address(0), "ds-test"); code != 4 {
			t.Errorf("the old secret: CONNACK %d, want 4", code)
		}
		if _, code := w.TryConnect(dialecttest.Address(0), a.text("secret")); code != 0 {
			t.Errorf("the new secret: CONNACK %d", code)
		}
		want(w, "another action", post(w, "devices/pk1_dk0/action?action_id=reboot", "{}"), 400, "IOTDA.000006")
		want(w, "a bad type", reset(`{"secret_type":"X"}`), 400, "IOTDA.000006")
		want(w, "a bad secret", reset(`{"secret":"x"}`), 400, "IOTDA.000006")
	})
}

func TestADeletedDeviceIsGone(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		post(w, "devices", `{"node_id":"child","product_id":"pk1","gateway_id":"pk1_dk0"}`)
		delayed(w, "")
		want(w, "a gateway of a device", send(w, "DELETE", "devices/pk1_dk0", ""), 400, "IOTDA.000006")
		if a := send(w, "DELETE", "devices/pk1_child", ""); a.Status != 204 {
			t.Error(a.Raw)
		}
		d := w.Connect(0)
		if a := send(w, "DELETE", "devices/pk1_dk0", ""); a.Status != 204 || !d.Lost() {
			t.Error(a.Raw)
		}
		want(w, "show", get(w, "devices/pk1_dk0"), 404, "IOTDA.014000")
		want(w, "command", post(w, commands, `{"paras":{}}`), 404, "IOTDA.014000")
		want(w, "again", post(w, "devices", `{"node_id":"dk0","product_id":"pk1"}`), 201, "")
	})
}

func TestDevicesAreListedWithoutTheirSecrets(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		post(w, "products", newProduct)
		for _, node := range []string{"a", "b", "c"} {
			post(w, "devices", `{"node_id":"`+node+`","product_id":"prod1","device_name":"n`+node+`","auth_info":{"secret":"secret_01"}}`)
		}
		post(w, "devices", `{"node_id":"child","product_id":"prod1","gateway_id":"prod1_a","app_id":"app1"}`)
		for query, want := range map[string]string{"product_id=prod1": "child c b a", "product_id=prod1&limit=2": "child c", "product_id=prod1&limit=2&offset=2": "b a",
			"node_id=b": "b", "device_name=nc": "c", "gateway_id=prod1_a": "child a", "app_id=app1": "child", "product_id=none": ""} {
			a := get(w, "devices?"+query)
			var nodes []string
			rows, _ := a.Body["devices"].([]any)
			for _, r := range rows {
				nodes = append(nodes, r.(map[string]any)["node_id"].(string))
			}
			if got := strings.Join(nodes, " "); got != want || strings.Contains(a.Raw, "secret") || len(a.text("page", "marker")) != 24 {
				t.Errorf("%s: %q, want %q: %s", query, got, want, a.Raw)
			}
		}
	})
}

func TestDevicesThatNoCallRegisteredAreListedToo(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := get(w, "devices?product_id=pk1&node_id=dk0")
		if rows, _ := a.Body["devices"].([]any); len(rows) != 1 || a.Body["page"].(map[string]any)["count"] != 1.0 || strings.Contains(a.Raw, "0001-01-01") || strings.Contains(a.Raw, `"create_time":""`) {
			t.Errorf("a device that has not been online yet: %s", a.Raw)
		}
		if a := get(w, "devices?limit=50"); !strings.Contains(a.Raw, `"pk1_dk0"`) {
			t.Errorf("all: %s", a.Raw)
		}
	})
}

func TestADialectsDevicesOnlyAreDevices(t *testing.T) {
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{huawei.New(huawei.Config{}), other{}}})
	if err != nil {
		t.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: "pk", Dialect: "other"})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk", Device: "d"}, Alias: "alias", Secret: "s", Activated: true})
	p.AddProduct(platform.Product{Key: "mine", Dialect: huawei.Name})
	if _, err := p.AddDevice(platform.Registration{Address: platform.Address{Product: "mine", Device: "d"}, Alias: "alias", Secret: "mine"}); err != nil {
		t.Errorf("an alias that a device of another dialect has: %v", err)
	}
	for _, id := range []string{"pk_d", "alias"} {
		if _, _, err := admit(p, id+"_0_0_2000010100", id, passwordOf("s", "2000010100")); err == nil {
			t.Errorf("%s is admitted", id)
		}
	}
}
