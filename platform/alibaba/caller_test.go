package alibaba_test

import (
	"context"
	"errors"
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

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// says answers every request with a text.
func says(status int, text string) *http.Client {
	return &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(text))}, nil
	})}
}

func TestTheCallerReadsAnswers(t *testing.T) {
	for _, c := range []struct {
		status     int
		text       string
		kind       platform.Kind
		code, data string
	}{
		{200, `{"RequestId":"x","Success":true,"Data":{"MessageId":"7"}}`, platform.OK, "200", ""},
		{200, `{"Data":{"Result":"{\"id\":\"1\",\"code\":200,\"data\":{\"y\":7}}","MessageId":"7"},"Success":true}`, platform.OK, "200", `{"y":7}`},
		{200, `{"Success":true,"Data":{"MessageId":"7","Result":"{\"code\":100001,\"message\":\"stuck\",\"data\":{}}"}}`, platform.DeviceError, "100001", `{}`},
		{200, `{"Success":false,"Code":"iot.messagebroker.TIMEOUT","ErrorMessage":"m"}`, platform.Timeout, "iot.messagebroker.TIMEOUT", ""},
		{200, `{"Success":false,"Code":"iot.messagebroker.OFFLINE","ErrorMessage":"m"}`, platform.Offline, "iot.messagebroker.OFFLINE", ""},
		{200, `{"Success":false,"Code":"iot.device.InactiveDevice","ErrorMessage":"m"}`, platform.Offline, "iot.device.InactiveDevice", ""},
		{200, `{"Success":false,"Code":"iot.system.IllegalRequest","ErrorMessage":"m"}`, platform.Rejected, "iot.system.IllegalRequest", ""},
		{200, `{"Success":false,"Code":"iot.system.SystemException","ErrorMessage":"m"}`, platform.Broken, "iot.system.SystemException", ""},
		{400, `{"RequestId":"x","HostId":"h","Code":"Throttling.User","Message":"m"}`, platform.Rejected, "Throttling.User", ""},
		{503, `{"RequestId":"x","HostId":"h","Code":"ServiceUnavailable","Message":"m"}`, platform.Broken, "ServiceUnavailable", ""},
	} {
		caller := alibaba.NewHTTPCaller("http://x", says(c.status, c.text), "", platform.Account{}, "")
		out, err := caller.Call(context.Background(), platform.Command{})
		if err != nil || out.Kind != c.kind || out.Code != c.code || string(out.Data) != c.data {
			t.Errorf("%s: outcome %v %q %s, error %v; want %v %q %s", c.text, out.Kind, out.Code, out.Data, err, c.kind, c.code, c.data)
		}
	}
}

func TestWhatCannotBeReadIsBroken(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "{}", `{"Success":false}`, `{"Success":true,"Data":{"Result":"no"}}`, "<Error/>", strings.Repeat(" ", 2<<20) + "{}"} {
		caller := alibaba.NewHTTPCaller("http://x/", says(200, text), "", platform.Account{}, "")
		if out, err := caller.Call(context.Background(), platform.Command{}); err == nil || out.Kind != platform.Broken {
			t.Errorf("%.40q: outcome %v, error %v; want it broken, and why", text, out.Kind, err)
		}
	}
	out, err := alibaba.NewHTTPCaller("://", nil, "", platform.Account{}, "").Call(context.Background(), platform.Command{})
	if err == nil || out.Kind != platform.Broken {
		t.Errorf("base that is no URL: outcome %v, error %v", out.Kind, err)
	}
}

func TestTheCallerSendsEverythingInASignedForm(t *testing.T) {
	var got url.Values
	spy := &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		got, _ = url.ParseQuery(string(body))
		if r.Method != "POST" || r.URL.RawQuery != "" || r.Header.Get(platform.TagHeader) != "9" {
			t.Errorf("%s %s, headers %v", r.Method, r.URL, r.Header)
		}
		return nil, errors.New("enough")
	})}
	caller := alibaba.NewHTTPCaller("http://x", spy, "iot-1", platform.Account{Key: "ak", Secret: "sk"}, alibaba.AuthStrict)
	c := platform.Command{Device: platform.Address{Product: "p", Device: "d"}, Service: "m:s", Input: []byte(`{"a":10.0, "b":"+ü"}`), Mode: platform.Cached, Tag: 9}
	if out, err := caller.Call(context.Background(), c); err == nil || out.Kind != platform.Broken {
		t.Errorf("outcome %v, error %v", out.Kind, err)
	}
	for name, want := range map[string]string{"Action": "InvokeThingService", "Version": "2018-01-20", "Format": "JSON", "ProductKey": "p", "DeviceName": "d",
		"Identifier": "m:s", "Args": `{"a":10.0, "b":"+ü"}`, "Qos": "1", "IotInstanceId": "iot-1", "AccessKeyId": "ak", "SignatureMethod": "HMAC-SHA1"} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestACallerThatGoesAwayLeavesTheCommandAlone(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for name, caller := range map[string]dialecttest.Caller{"http": w.Caller, "direct": alibaba.DirectCaller{Dialect: dialectOf(w)}} {
			d := w.Connect(0)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			out, err := caller.Call(ctx, w.Command(0))
			cancel()
			if out.Kind != platform.Broken || !errors.Is(err, context.DeadlineExceeded) {
				w.T.Errorf("%s: outcome %v, error %v", name, out.Kind, err)
			}
			d.Answer(d.Next())
			synctest.Wait()
		}
		w.Expect(2, platform.Matched)
	})
}

func TestTheDirectCallerRefusesAsTheAPIDoes(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		direct := alibaba.DirectCaller{Dialect: dialectOf(w)}
		for _, change := range []func(*platform.Command){
			func(c *platform.Command) { c.Device.Product = "nothing" },
			func(c *platform.Command) { c.Device.Device = "nobody" },
			func(c *platform.Command) { c.Device.Device = "dk3" },
			func(c *platform.Command) { c.Service = "dance" },
			func(c *platform.Command) { c.Service = "" },
			func(c *platform.Command) { c.Input = []byte("[]") },
			func(c *platform.Command) { c.Input = nil },
			func(c *platform.Command) { c.Service, c.QoS = "report", 1 },
		} {
			c := w.Command(0)
			change(&c)
			want, err := w.Caller.Call(context.Background(), c)
			got, err2 := direct.Call(context.Background(), c)
			if err != nil || err2 != nil || got.Kind != want.Kind || got.Code != want.Code || got.Message != want.Message {
				w.T.Errorf("%s %s %s: %v, want %v; errors %v, %v", c.Device, c.Service, c.Input, got, want, err, err2)
			}
		}
	})
}
