package alibaba_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

// services are the thing model of the test's products: reboot waits for the device, the others do not.
var services = map[string]platform.Model{
	"reboot":       {Name: "Reboot"},
	"report":       {Name: "Report", Async: true},
	"testFb:setX":  {},
	"testFb:later": {Async: true},
}

func harness() dialecttest.Harness { return harnessOf(alibaba.DefaultConfig) }

func harnessOf(cfg alibaba.Config) dialecttest.Harness {
	var d *alibaba.Dialect
	return dialecttest.Harness{
		Dialect: func() platform.Dialect { d = alibaba.New(cfg); return d },
		Codec:   alibaba.Codec{},
		Caller: func(w *dialecttest.World) dialecttest.Caller {
			w.Persist = true // as the vendor's SDKs connect
			dialects.Store(w, d)
			return alibaba.NewHTTPCaller(dialecttest.Base, w.Client, cfg.Instance, w.Account, cfg.Auth)
		},
		Product: func(p *platform.Product) { p.Services = services },
		Codes: map[error]string{nil: "200", platform.ErrOffline: "iot.messagebroker.OFFLINE", platform.ErrInactive: "iot.device.InactiveDevice",
			platform.ErrUnanswered: "iot.messagebroker.TIMEOUT", platform.ErrEncoding: "iot.device.InvokeThingServiceFailed", platform.ErrDevice: "2001"},
		Timeout: 8 * time.Second,
		Cache: &dialecttest.Cache{Keep: func(c *platform.Command) { c.Service = "report" },
			Limit: alibaba.DefaultConfig.Kept, Overflow: platform.DropOldest, Lifetime: alibaba.DefaultConfig.KeptFor},
		Custom:  true,
		Garbage: []string{"", "{", "[1]", "{}", `{"id":"1"}`, `{"id":"1","code":"x"}`, `"text"`, `{"id":"1","code":200} x`},
		Raw:     sendForm,
		Body: func(size int) []byte {
			return []byte(goodForm + "&Pad=" + strings.Repeat("x", size-len(goodForm)-len("&Pad=")))
		},
		Bad:       []string{"%", "Args=%zz", "%g0=1", strings.Repeat("a&b&", 100) + manyParams()},
		Malformed: "InvalidParameter", TooLong: "InvalidParameter", MaxBody: int(alibaba.DefaultConfig.MaxBody),
	}
}

const goodForm = "ProductKey=pk1&DeviceName=dk0&Identifier=reboot&Args=%7B%7D"

func manyParams() string {
	var b strings.Builder
	for i := range 201 {
		b.WriteString("&p" + string(rune('a'+i%26)) + strings.Repeat("x", i) + "=1")
	}
	return b.String()
}

// sendForm sends a signed call whose body is what it is.
func sendForm(w *dialecttest.World, body []byte) string {
	req := acs3Request(w, "InvokeThingService", nil, body)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(w, req).code()
}

func TestConformanceOfSignedCalls(t *testing.T) {
	h := harness()
	h.Denied = [2]string{"SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound"}
	dialecttest.Run(t, h)
}

func TestConformanceUnderExtRRPCWithoutAuthentication(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.Auth = alibaba.AuthOff
	h := harnessOf(cfg)
	h.Codec = alibaba.Codec{Ext: true}
	dialecttest.Run(t, h)
}

func TestConformanceOfDirectCallsAtQoS1(t *testing.T) {
	h := harness()
	inner := h.Caller
	h.Caller = func(w *dialecttest.World) dialecttest.Caller {
		inner(w)
		return alibaba.DirectCaller{Dialect: dialectOf(w)}
	}
	h.Plain = func(c *platform.Command) { c.QoS = 1 }
	dialecttest.Run(t, h)
}

// inWorld runs a test on a world of its own.
func inWorld(t *testing.T, h dialecttest.Harness, f func(w *dialecttest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(dialecttest.NewWorld(t, h)) })
}

// envelope is an answer as anybody may read it.
type envelope struct {
	XMLName                     xml.Name `json:"-"`
	RequestID                   string   `xml:"RequestId"`
	HostID                      string   `xml:"HostId"`
	Success                     *bool
	Code, Message, ErrorMessage string
	RrpcCode, PayloadBase64Byte string
	MessageID                   json.Number `xml:"MessageId"`
	Data                        data
	Status                      int         `json:"-" xml:"-"`
	Header                      http.Header `json:"-" xml:"-"`
	Raw                         string      `json:"-" xml:"-"`
}

type data struct {
	MessageID string `xml:"MessageId"`
	Result    *string
	Status    string
	Timestamp int64
	List      struct {
		ServiceInfo []info
	}
	NextValid bool
	NextTime  int64
}

type info struct{ Time, Identifier, Name, InputData, OutputData string }

// code is "200" for success, as HTTPCaller has it.
func (e envelope) code() string {
	if e.Success != nil && *e.Success {
		return "200"
	}
	return e.Code
}

func do(w *dialecttest.World, req *http.Request) envelope {
	w.T.Helper()
	resp, err := w.Client.Do(req)
	if err != nil {
		w.T.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.T.Fatal(err)
	}
	e := envelope{Status: resp.StatusCode, Header: resp.Header, Raw: string(raw)}
	switch got := resp.Header.Get("Content-Type"); got {
	case "application/json;charset=utf-8":
		err = json.Unmarshal(raw, &e)
	case "text/xml;charset=utf-8":
		err = xml.Unmarshal(raw, &e)
	default:
		w.T.Errorf("Content-Type is %q", got)
	}
	if err != nil {
		w.T.Fatalf("%s %s: answer %q: %v", req.Method, req.URL, raw, err)
	}
	return e
}

// call calls an operation with a signature of version 1, JSON, all parameters in the query. Those that are given as
// "name=value" come beside or in place of the usual ones; "name" alone takes one away.
func call(w *dialecttest.World, action string, changes ...string) envelope {
	w.T.Helper()
	return do(w, v1Request(w, http.MethodGet, parameters(w, action, changes...)))
}

// goCall is call, and returns when the call is where it can get without time passing.
func goCall(w *dialecttest.World, action string, changes ...string) <-chan envelope {
	w.T.Helper()
	done := make(chan envelope, 1)
	go func() { done <- call(w, action, changes...) }()
	synctest.Wait()
	return done
}

func parameters(w *dialecttest.World, action string, changes ...string) url.Values {
	p := url.Values{"Action": {action}, "Version": {"2018-01-20"}, "Format": {"JSON"}, "AccessKeyId": {w.Account.Key},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureNonce": {"n1"}, "Timestamp": {"2026-11-22T04:44:30Z"},
		"ProductKey": {"pk1"}, "DeviceName": {"dk0"}}
	if strings.HasPrefix(action, "Invoke") {
		p.Set("Identifier", "reboot")
		p.Set("Args", "{}")
	}
	for _, c := range changes {
		name, value, given := strings.Cut(c, "=")
		p.Del(name)
		if given {
			p.Set(name, value)
		}
	}
	return p
}

// wantFailure wants a failure of the business: HTTP 200, Success false, and no data.
func wantFailure(w *dialecttest.World, e envelope, code string) {
	w.T.Helper()
	wantFailureOf(w, "call", e, code)
}

func wantFailureOf(w *dialecttest.World, what string, e envelope, code string) {
	w.T.Helper()
	if e.Status != 200 || e.Success == nil || *e.Success || e.Code != code || e.ErrorMessage == "" || strings.Contains(e.Raw, "MessageId") {
		w.T.Errorf("%s: answer is HTTP %d %s, want a failure with %s", what, e.Status, e.Raw, code)
	}
}

// wantRefusal wants a failure of the gateway: another status, another envelope.
func wantRefusal(w *dialecttest.World, what string, e envelope, status int, code string) {
	w.T.Helper()
	if e.Status != status || e.Success != nil || e.Code != code || e.Message == "" || e.HostID != "platform" || len(e.RequestID) != 36 {
		w.T.Errorf("%s: answer is HTTP %d %s, want HTTP %d %s of the gateway", what, e.Status, e.Raw, status, code)
	}
}

func wantSuccess(w *dialecttest.World, e envelope) {
	w.T.Helper()
	if e.Status != 200 || e.Success == nil || !*e.Success || strings.Contains(e.Raw, `"Code"`) {
		w.T.Errorf("answer is HTTP %d %s, want success", e.Status, e.Raw)
	}
}
