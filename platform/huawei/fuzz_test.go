package huawei_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

// open is the API of a platform with one offline device, that everybody may call.
func open(t testing.TB, auth string) *platform.Platform {
	t.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{huawei.New(huawei.Config{Auth: auth})}, Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	p.AddAccount(platform.Account{Key: "ak-test", Secret: "as-test", Orgs: []string{"o1"}})
	p.AddProduct(platform.Product{Key: "pk1", Org: "o1", Dialect: huawei.Name})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "dk0"}, Activated: true})
	return p
}

// fuzzAPI sends a request, whose answer must be a JSON object or nothing, and an error of the vendor's form.
func fuzzAPI(t *testing.T, api http.Handler, method, path, query, body string) {
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	r.URL = &url.URL{Path: path, RawQuery: query}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	var e map[string]json.RawMessage
	if w.Code == http.StatusNoContent && w.Body.Len() == 0 {
		return
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code >= 400 && (len(e["error_code"]) < 3 || len(e["error_msg"]) < 3) || w.Code >= 500 {
		t.Fatalf("%s %q %q %q: %d %q: %v", method, path, query, body, w.Code, w.Body, err)
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{"", "{}", "null", `{"paras":{}}`, `{"paras":{"a":1e999},"expire_time":1,"send_strategy":"delay"}`, propertied, newProduct, goodLogin,
		`{"message":{"a":"\ud800"},"payload_format":"raw"}`, `{"message":"AA==","encoding":"base64","ttl":5}`, `{"MESSAGE":1,"topic":"a"}`,
		`{"node_id":"a","product_id":"pk1","auth_info":{}}`, `{"subject":{"resource":"device","event":"update"}}`, `{"secret":"12345678"}`,
		`{"rule_id":"x","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://a"}}}`} {
		f.Add(s)
	}
	api := open(f, huawei.AuthOff).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{commands, asyncs, messages, "products", "devices", "devices/pk1_dk0/action", rulesPath, actionsPath} {
			fuzzAPI(t, api, "POST", "/v5/iot/o1/"+path, "action_id=resetSecret", body)
		}
		fuzzAPI(t, api, "POST", "/v3/auth/tokens", "", body)
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "limit=10&offset=0&marker=ffffffffffffffffffffffff", "status=SENT&start_time=20240102T030405Z", "%", "a=%zz", "limit=+1", "marker=0", "a;b"} {
		f.Add(s)
	}
	api := open(f, huawei.AuthOff).Handler()
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{asyncs, asyncs + "-history", messages, rulesPath, actionsPath, "devices"} {
			fuzzAPI(t, api, "GET", "/v5/iot/o1/"+path, query, "")
		}
		fuzzAPI(t, api, "POST", "/v5/iot/o1/"+asyncs+"-history/count", query, "")
	})
}

func FuzzAuthorization(f *testing.F) {
	f.Add(vectorStandard, "20240102T030405Z", "", "a=b")
	f.Add(vectorDerived, "20240102T030405Z", "UNSIGNED-PAYLOAD", "")
	f.Add("SDK-HMAC-SHA256 Access=ak-test, SignedHeaders=;;host;, Signature="+strings.Repeat("0", 64), "", "", "")
	f.Add("V11-HMAC-SHA256 Credential=ak-test/2/3, SignedHeaders=, Signature="+strings.Repeat("0", 64), "2024", "", "%")
	api := open(f, huawei.AuthStrict).Handler()
	f.Fuzz(func(t *testing.T, authorization, date, hash, query string) {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.URL = &url.URL{Path: "/v5/iot/o1/devices", RawQuery: query}
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Sdk-Date", date)
		r.Header.Set("X-Sdk-Content-Sha256", hash)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != 401 {
			t.Fatalf("%q %q %q %q: %d %s", authorization, date, hash, query, w.Code, w.Body)
		}
	})
}

func FuzzLogin(f *testing.F) {
	f.Add("p_n_0_0_2025041401", "p_n", "c75150e6cb841417396819e4d2ee4358a416344a03a083e3a8567074ddec820a")
	f.Add("d_1_0_1_0_1_2025041401", "d_1_0_1", "")
	f.Add("___", "_", "")
	p := registry(f, "a secret that is not guessed", "")
	f.Fuzz(func(t *testing.T, id, user, password string) {
		if g, err := p.Admit(broker.Login{ClientID: id, Username: user, Password: []byte(password), KeepAlive: 120}); err == nil {
			t.Fatalf("%q %q %q is admitted: %v", id, user, password, g)
		}
	})
}

func FuzzUplink(f *testing.F) {
	const topic = "$oc/devices/p_n/sys/commands/response/request_id=b550fc21-d895-4107-9cd9-1d165a240006"
	f.Add(topic, `{"result_code":0,"response_name":"C","paras":{}}`)
	f.Add(topic, `{"result_code":"\ud800","response_name":5}`)
	f.Add("$oc/devices/p_n/sys/messages/down", `{"content":"x","id":"b550fc21-d895-4107-9cd9-1d165a240006"}`)
	f.Add("$oc/devices/p_n/sys/commands/request_id=b550fc21-d895-4107-9cd9-1d165a240006", `{"paras":{}}`)
	p := registry(f, "s", "")
	d, dev := huawei.New(huawei.Config{}), p.Device(platform.Address{Product: "p", Device: "n"})
	f.Fuzz(func(t *testing.T, topic, payload string) {
		if r, err := d.Up(dev, topic, []byte(payload)); err == nil && (r.OK != (r.Code == 0) || r.Data != nil && !json.Valid(r.Data)) {
			t.Fatalf("%q %q: %+v", topic, payload, r)
		}
		c, err := huawei.Codec{}.Decode(topic, []byte(payload))
		if err == nil && (!c.OneWay && c.ID == 0 || c.Input != nil && !json.Valid(c.Input)) {
			t.Fatalf("%q %q: %+v", topic, payload, c)
		}
	})
}

func FuzzMay(f *testing.F) {
	f.Add("$oc/devices/p_n/x")
	f.Add("$oc/+/p_n/#")
	p := registry(f, "secret", "")
	_, grant, err := admit(p, "p_n_0_0_2025041401", "p_n", passwordOf("secret", "2025041401"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, topic string) {
		if grant.May(topic, false) && strings.HasPrefix(topic, "$") && !strings.HasPrefix(topic, "$oc/devices/p_n/") {
			t.Fatalf("%q is allowed", topic)
		}
	})
}

// inProcess answers by calling the handler.
func inProcess(h http.Handler) *http.Client {
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return &http.Response{StatusCode: w.Code, Body: io.NopCloser(bytes.NewReader(w.Body.Bytes()))}, nil
	})}
}

// The cost of the dialect beyond net/http and the core: signed calls, of which the core says at once that the device is
// offline, through no network.
func BenchmarkCommandCallerAndHandler(b *testing.B) {
	p := open(b, huawei.AuthStrict)
	c := huawei.NewHTTPCaller(dialecttest.Base, inProcess(p.Handler()), "o1", platform.Account{Key: "ak-test", Secret: "as-test"}, "")
	b.ReportAllocs()
	for b.Loop() {
		if out, err := c.Call(context.Background(), reboot()); out.Code != "IOTDA.014016" {
			b.Fatal(out, err)
		}
	}
}
