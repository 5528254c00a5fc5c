package alibaba_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/broker"
)

// open is the API of a platform with one device that is away, that everybody may call.
func open(t testing.TB, auth string) http.Handler {
	t.Helper()
	p := newPlatform(t, alibaba.Config{Auth: auth, Unmodelled: alibaba.Sync})
	p.AddProduct(platform.Product{Key: "pk1", Org: "o1", Dialect: alibaba.Name})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "dk1"}, Activated: true})
	return p.Handler()
}

const fuzzQuery = "Action=InvokeThingService&Version=2018-01-20&Format=JSON&ProductKey=pk1&DeviceName=dk1&Identifier=s&Args=%7B%7D"

// fuzzAPI sends a request, whose answer must be an envelope whatever was sent.
func fuzzAPI(t *testing.T, api http.Handler, method, query, body string, header ...string) {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL.RawQuery = query
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	var e envelope
	err := json.Unmarshal(w.Body.Bytes(), &e)
	if w.Header().Get("Content-Type") != "application/json;charset=utf-8" {
		err = xml.Unmarshal(w.Body.Bytes(), &e)
	}
	if err != nil || len(e.RequestID) != 36 || (e.Success == nil) != (w.Code != 200) || e.code() == "" {
		t.Fatalf("%s %q %q: answer %d %q is no envelope: %v", method, query, body, w.Code, w.Body, err)
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", fuzzQuery, "Action=RRpc&" + fuzzQuery, "&&=&a", "%", "a=%zz", fuzzQuery + "&Qos=1", "Action=GetDeviceStatus&Version=2018-01-20&ProductKey=pk1&DeviceName=dk1",
		"Action=InvokeThingsService&DeviceName.1=dk1&" + fuzzQuery, "Action=QueryDeviceServiceData&StartTime=0&EndTime=9&" + fuzzQuery, "Format=xml&Action=%00%ff&" + fuzzQuery} {
		f.Add(s, s)
	}
	api := open(f, alibaba.AuthOff)
	f.Fuzz(func(t *testing.T, query, form string) {
		fuzzAPI(t, api, "GET", query, "")
		fuzzAPI(t, api, "POST", query, form)
	})
}

func FuzzArgs(f *testing.F) {
	for _, s := range []string{"", "{}", "null", `{"a":1e999}`, `{"t":"\ud800"}`, `{"t":"` + "\xff" + `"}`, `[`, `{"a":{"b":[]}}`} {
		f.Add(s)
	}
	api := open(f, alibaba.AuthOff)
	model, err := alibaba.ParseTSL([]byte(thermostat))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, args string) {
		p := strings.Replace(fuzzQuery, "%7B%7D", percent(args), 1)
		fuzzAPI(t, api, "GET", p, "")
		for name, m := range model {
			if m.CheckInput([]byte(args)) == nil && !json.Valid([]byte(args)) {
				t.Fatalf("service %s takes %q, which is no JSON", name, args)
			}
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	f.Add("ACS3-HMAC-SHA256 Credential=testAK,SignedHeaders=host;x-acs-date,Signature=00", fuzzQuery)
	f.Add("ACS3-HMAC-SHA256", "AccessKeyId=testAK&Signature=x&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=n&Timestamp=t&"+fuzzQuery)
	f.Add("ACS3-HMAC-SHA256 ,,=,Credential", "")
	api := open(f, alibaba.AuthStrict)
	f.Fuzz(func(t *testing.T, authorization, query string) {
		fuzzAPI(t, api, "GET", query, "", "Authorization", authorization, "x-acs-date", "d", "x-acs-signature-nonce", "n", "x-acs-content-sha256", emptyHash,
			"x-acs-action", "GetDeviceStatus", "x-acs-version", "2018-01-20")
	})
}

func FuzzTSL(f *testing.F) {
	f.Add([]byte(thermostat))
	f.Add([]byte(`{"functionBlocks":[{"functionBlockId":"x","services":[{"callType":"sync"}]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if all, err := alibaba.ParseTSL(doc); (all == nil) == (err == nil) {
			t.Fatalf("%q: %v, error %v", doc, all, err)
		}
	})
}

func FuzzLogin(f *testing.F) {
	f.Add("a1pk.dev1|securemode=3,signmethod=hmacsha256,timestamp=1|", "dev1&a1pk", "00")
	f.Add("||", "&", "")
	f.Add("|=,=,|", "dev1&a1pk", "zz")
	f.Add("|ext=99999999999999999999|", "dev1&a1pk", "A")
	p, _ := town(f, alibaba.DefaultConfig)
	f.Fuzz(func(t *testing.T, id, user, password string) {
		if g, err := p.Admit(broker.Login{ClientID: id, Username: user, Password: []byte(password)}); err == nil && !knownPassword(password) {
			t.Fatalf("%q %q %q is admitted: %v", id, user, password, g)
		}
	})
}

// knownPassword tells whether a password stands in this file's folder, where a fuzzer may find it.
func knownPassword(p string) bool {
	for _, l := range logins {
		if strings.EqualFold(p, l.password) {
			return true
		}
	}
	return false
}

func FuzzUplink(f *testing.F) {
	f.Add("/sys/a1pk/dev1/thing/service/s_reply", `{"id":"7","code":200,"data":{},"message":"m"}`)
	f.Add("/sys/a1pk/dev1/rrpc/response/7", `{"id":7,"code":"200"}`)
	f.Add("/ext/rrpc/7/sys/a1pk/dev1/thing/service/s", `{"id":"7","params":{},"method":"thing.service.s"}`)
	f.Add("/ext/rrpc//", `{"id":"\u0037","code":"-1","message":"\ud800"}`)
	f.Add("/sys/a1pk/dev1/rrpc/request/7", "raw")
	p, d := town(f, alibaba.DefaultConfig)
	f.Fuzz(func(t *testing.T, topic, payload string) {
		r, err := d.Up(p.Device(dev1), topic, []byte(payload))
		if err == nil && (!json.Valid(r.Raw) || r.Data != nil && !json.Valid(r.Data)) {
			t.Fatalf("%q %q: reply %q is not JSON", topic, payload, r.Raw)
		}
		c, err := alibaba.Codec{}.Decode(topic, []byte(payload))
		if err == nil && c.Wire == 0 && c.ID == 0 {
			t.Fatalf("%q %q: a command without a number", topic, payload)
		}
		if err == nil {
			answer := platform.ReplyTo(c)
			answer.OK, answer.Data = true, []byte("{}")
			if _, _, err := (alibaba.Codec{}).Encode(dev1, answer); err != nil {
				t.Fatalf("%q %q: cannot be answered: %v", topic, payload, err)
			}
		}
	})
}

func FuzzMay(f *testing.F) {
	for _, c := range topics {
		f.Add(c.topic)
	}
	p, _ := town(f, alibaba.DefaultConfig)
	grant, err := p.Admit(broker.Login{ClientID: "a1pk.dev1|timestamp=2524608000000|", Username: "dev1&a1pk", Password: []byte(md5Password)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, topic string) {
		if grant.May(topic, true) && !strings.Contains(topic, "/a1pk/dev1") && !strings.HasPrefix(topic, "/ext/rrpc/") {
			t.Fatalf("%q may be written", topic)
		}
	})
}
