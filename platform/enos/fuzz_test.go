package enos_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/enos"
)

// open is the API of a platform with one offline device, that everybody may call.
func open(t testing.TB) http.Handler {
	t.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.Config{Auth: enos.AuthOff, StrictInput: true})}, Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: "pk1", Org: "o1", Dialect: "enos"})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "dk1"}, Activated: true})
	return p.Handler()
}

const fuzzQuery = "orgId=o1&productKey=pk1&deviceKey=dk1&serviceId=s&commandId=1&measurepointId=m"

// fuzzAPI sends a request, whose answer must be an envelope whatever was sent.
func fuzzAPI(t *testing.T, api http.Handler, method, query, body string) {
	r := &http.Request{Method: method, URL: must(http.NewRequest("GET", "http://x"+commands, nil)).URL, Header: http.Header{},
		Body: http.NoBody, ContentLength: int64(len(body))}
	r.URL.RawQuery = query
	if body != "" {
		r.Body = must(http.NewRequest("POST", "http://x", strings.NewReader(body))).Body
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	var e struct {
		Code      *int
		RequestID string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Code == nil || len(e.RequestID) != 32 {
		t.Fatalf("%s %q %q: answer %q is no envelope: %v", method, query, body, w.Body, err)
	}
}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "action=invokeService&" + fuzzQuery, "action=get&" + fuzzQuery, "&&=&a", "%", "a=%zz", "action=cancel;x", strings.Repeat("a&", 99), "action=search&pendingTtl=-0&timeout=+1&" + fuzzQuery} {
		f.Add(s)
	}
	api := open(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, method := range []string{"GET", "POST", "PUT"} {
			fuzzAPI(t, api, method, query, input)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{"", input, "{}", "null", `{"inputData":{"a":1e999}}`, `{"value":"\ud800"}`, `{"expression":"state = 2 and createTime > '2019-06-14 00:00:00'"}`,
		`{"expression":"commandName.default like 'a''b'"}`, `{"pagination":{"pageNo":1,"pageSize":1},"projection":["state"]}`, `{"INPUTDATA":{}}`} {
		f.Add(s)
	}
	api := open(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, action := range []string{"invokeService", "setMeasurepoint", "search", "cancel"} {
			fuzzAPI(t, api, "POST", "action="+action+"&"+fuzzQuery+"&pendingTtl=1", body)
		}
	})
}

func FuzzToken(f *testing.F) {
	for _, s := range []string{"", "{}", `{"appKey":"a","encryption":"b","timestamp":1}`, `{"appKey":"a","encryption":"b","timestamp":{}}`, `[]`} {
		f.Add(s)
	}
	api := open(f)
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, must(http.NewRequest("POST", "/apim-token-service/v2.0/token/get", strings.NewReader(body))))
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%q: answer %q", body, w.Body)
		}
	})
}

func FuzzLogin(f *testing.F) {
	f.Add("dk1|securemode=2,signmethod=sha256,timestamp=1|", "dk1&pk1", "00")
	f.Add("||", "&", "")
	f.Add("|=,=,|", "dk1&pk1", "zz")
	f.Add("a|signmethod=hmacsha1|", "dk1&pk1", "A")
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.DefaultConfig)}})
	if err != nil {
		f.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: "pk1", Dialect: "enos"})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "dk1"}, Secret: "a secret that is not guessed"})
	f.Fuzz(func(t *testing.T, id, user, password string) {
		if g, err := p.Admit(broker.Login{ClientID: id, Username: user, Password: []byte(password)}); err == nil {
			t.Fatalf("%q %q %q is admitted: %v", id, user, password, g)
		}
	})
}

func FuzzUplink(f *testing.F) {
	f.Add("/sys/pk1/dk1/thing/service/s_reply", `{"id":"7","code":200,"data":{},"message":"m"}`)
	f.Add("/sys/pk1/dk1/thing/service/measurepoint/set_reply", `{"id":7,"code":"200"}`)
	f.Add("/sys//thing/service/_reply", `{"id":"\u0037","code":"-1","message":"\ud800"}`)
	f.Add("/sys/pk1/dk1/thing/service/s", `{"id":"7","params":{}}`)
	d := enos.New(enos.DefaultConfig)
	f.Fuzz(func(t *testing.T, topic, payload string) {
		r, err := d.Up(nil, topic, []byte(payload))
		if err == nil && r.Data != nil && !json.Valid(r.Data) {
			t.Fatalf("%q %q: data %q is not JSON", topic, payload, r.Data)
		}
		c, err := enos.Codec{}.Decode(topic, []byte(payload))
		if err == nil && c.Wire == 0 {
			t.Fatalf("%q %q: a command without a number", topic, payload)
		}
	})
}

func FuzzMay(f *testing.F) {
	f.Add("/sys/pk1/dk1/x")
	f.Add("/ext/+/pk1/dk1/#")
	p := registry(f, "pk1", "dk1", "ds-test")
	_, grant, err := admit(p, "dk1|timestamp=1,signmethod=sha256|", "dk1&pk1", sha(signedText("dk1", "dk1", "pk1", "1", "ds-test")))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, topic string) {
		levels := strings.Split(topic, "/")
		if grant.May(topic, true) && !strings.HasPrefix(topic, "/sys/pk1/dk1/") && (len(levels) < 6 || levels[1] != "ext" || levels[3] != "pk1" || levels[4] != "dk1") {
			t.Fatalf("%q is allowed", topic)
		}
	})
}
