package alibaba_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

// dialects finds the dialect of a world.
var dialects sync.Map

func dialectOf(w *dialecttest.World) *alibaba.Dialect {
	d, _ := dialects.Load(w)
	return d.(*alibaba.Dialect)
}

// The signatures of the tests are written from the vendor's description, not with the code that they test.

func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// v1Request signs p, which it changes, and sends it as a query, or as a form where the method is POST.
func v1Request(w *dialecttest.World, method string, p url.Values) *http.Request {
	w.T.Helper()
	names := []string{}
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, percent(name)+"="+percent(p.Get(name)))
	}
	mac := hmac.New(sha1.New, []byte(w.Account.Secret+"&"))
	mac.Write([]byte(method + "&%2F&" + percent(strings.Join(pairs, "&"))))
	if _, given := p["Signature"]; !given {
		p.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return request(w, method, p)
}

func request(w *dialecttest.World, method string, p url.Values) *http.Request {
	w.T.Helper()
	target, body := dialecttest.Base+"/?"+p.Encode(), ""
	if method == http.MethodPost {
		target, body = dialecttest.Base+"/", p.Encode()
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// acs3Request signs with ACS3: the query's parameters and the body.
func acs3Request(w *dialecttest.World, action string, query url.Values, body []byte) *http.Request {
	w.T.Helper()
	req, err := http.NewRequest(http.MethodPost, dialecttest.Base+"/?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	hash := sha256.Sum256(body)
	for name, value := range map[string]string{"x-acs-action": action, "x-acs-version": "2018-01-20", "x-acs-date": "2026-11-22T04:44:30Z",
		"x-acs-signature-nonce": "n1", "x-acs-content-sha256": hex.EncodeToString(hash[:]), "Accept": "application/json"} {
		req.Header.Set(name, value)
	}
	signACS3(req, query, w.Account, "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version")
	return req
}

func signACS3(req *http.Request, query url.Values, account platform.Account, signed string) {
	names := []string{}
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name+"="+percent(query.Get(name)))
	}
	headers := ""
	for name := range strings.SplitSeq(signed, ";") {
		value := req.Header.Get(name)
		if name == "host" {
			value = req.URL.Host
		}
		headers += name + ":" + value + "\n"
	}
	canonical := req.Method + "\n/\n" + strings.Join(pairs, "&") + "\n" + headers + "\n" + signed + "\n" + req.Header.Get("x-acs-content-sha256")
	sum := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(account.Secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(sum[:])))
	req.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+account.Key+",SignedHeaders="+signed+",Signature="+hex.EncodeToString(mac.Sum(nil)))
}

// captured are what the vendor's SDKs sent, with the signature that they computed.
var captured = []struct {
	name, method string
	form         bool
	params       string // beside the common ones
	headers      map[string]string
	signature    string
}{
	{"go1 POST", "POST", false, "Qos=1&Format=JSON&RegionId=cn-shanghai&SignatureType=&SignatureNonce=3139bdda583f4ec3197affb1f883c139&Timestamp=2026-11-22T04:44:30Z", nil, "HSNMp5hwfuFKji7u4yGMv/EVUuo="},
	{"pop GET", "GET", false, "Qos=1&Format=JSON&SignatureNonce=1e03d76d3bb929ad910f5c73da26eab9&Timestamp=2026-11-22T04:45:47Z", nil, "N6rVbl4MahvHUhc87XVPq0tvoBQ="},
	{"pop POST form", "POST", true, "Qos=1&Format=JSON&SignatureNonce=0275a4fc3492cae02ec6a19caa4a7d4b&Timestamp=2026-11-22T04:45:47Z", nil, "bd8cNqw4eZsTysz//4py8r7cfZY="},
	{"go2 v2 POST", "POST", false, "Qos=1&Format=json&SignatureNonce=5374275758b96f05ab1d54ebe8449190&Timestamp=2026-11-22T04:44:30Z", nil, "ClG/XvYwZGG1M9nFq6E50PMSwVA="},
	{"go2 ACS3", "POST", false, "Qos=1", map[string]string{"x-acs-signature-nonce": "925715047fed435e39e803fe2df4f1a3", "x-acs-date": "2026-11-22T04:44:30Z"},
		"61de528cc18aaa9fb2a6f7a7ac65be58ef2dda14e2d22c73bc18ac044eadc415"},
	{"node2 ACS3", "POST", false, "", map[string]string{"x-acs-signature-nonce": "4f742df1621932950fb6d6130a6fc141", "x-acs-date": "2026-11-22T04:45:47Z"},
		"d013c0b5b257e40a9a750cca6ca9f68522cbbb39f636b96c5e6ebdedaadf95cc"},
}

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestEverySDKsSignatureIsAcceptedAndNoneThatDiffers(t *testing.T) {
	api := newPlatform(t, alibaba.DefaultConfig).Handler()
	for _, c := range captured {
		for _, last := range []string{"", "x"} { // the right one, and one with another Identifier
			p, _ := url.ParseQuery(c.params)
			for name, value := range map[string]string{"ProductKey": "a1pk", "DeviceName": "dev 1", "Identifier": "testFb:setX" + last,
				"Args": `{"p":10.0,"t":"a b*~/ü"}`, "IotInstanceId": "iot-cn-0"} {
				p.Set(name, value)
			}
			if c.headers == nil {
				for name, value := range map[string]string{"Action": "InvokeThingService", "Version": "2018-01-20", "AccessKeyId": "testAK",
					"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "Signature": c.signature} {
					p.Set(name, value)
				}
			}
			req := capturedRequest(c.method, c.form, p)
			for name, value := range c.headers {
				req.Header.Set(name, value)
			}
			if c.headers != nil {
				signLikeTea(req, c.signature)
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, req)
			var e envelope
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
				t.Fatalf("%s: answer %q: %v", c.name, w.Body, err)
			}
			want := "iot.prod.NotExistedProduct" // as far as a call can come here
			if last != "" {
				want = "SignatureDoesNotMatch"
			}
			if e.Code != want {
				t.Errorf("%s, changed by %q: code %s, want %s", c.name, last, e.Code, want)
			}
		}
	}
}

func capturedRequest(method string, form bool, p url.Values) *http.Request {
	target, body := "http://127.0.0.1:18731/?"+p.Encode(), ""
	if form {
		target, body = "http://127.0.0.1:18731/", p.Encode()
	}
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

func signLikeTea(req *http.Request, signature string) {
	req.Header.Del("Content-Type")
	for name, value := range map[string]string{"x-acs-action": "InvokeThingService", "x-acs-version": "2018-01-20", "x-acs-content-sha256": emptyHash,
		"x-acs-credentials-provider": "static_ak", "Accept": "application/json",
		"Authorization": "ACS3-HMAC-SHA256 Credential=testAK,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=" + signature} {
		req.Header.Set(name, value)
	}
}

// newPlatform is one with an account and nobody else, that nothing connects to.
func newPlatform(t testing.TB, cfg alibaba.Config) *platform.Platform {
	t.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{alibaba.New(cfg)}, Keep: 1000})
	if err != nil {
		t.Fatal(err)
	}
	p.AddAccount(platform.Account{Key: "testAK", Secret: "testSK", Orgs: []string{"o1"}})
	return p
}
