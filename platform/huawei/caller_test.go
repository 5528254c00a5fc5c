package huawei_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

// tripper answers requests in place of a network.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string) *http.Client {
	return &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
	})}
}

func reboot() platform.Command {
	return platform.Command{Device: platform.Address{Product: "pk1", Device: "dk0"}, Service: "reboot", Input: []byte(`{"p":1}`)}
}

func TestACallersOutcomeIsTheKindOfItsAnswer(t *testing.T) {
	const id = `"command_id":"b550fc21-d895-4107-9cd9-1d165a240006"`
	message, async := reboot(), reboot()
	message.OneWay, message.Mode, async.Mode = true, platform.Cached, platform.Cached
	for _, c := range []struct {
		cmd    platform.Command
		status int
		body   string
		want   platform.Outcome
	}{
		{reboot(), 200, `{` + id + `,"response":{"result_code":0,"response_name":"C","paras":{"a":1}}}`, platform.Outcome{Kind: platform.OK, Code: "200", ID: 2078724684846989318, Message: "C", Data: []byte(`{"a":1}`)}},
		{reboot(), 200, `{` + id + `,"response":{"result_code":7}}`, platform.Outcome{Kind: platform.DeviceError, Code: "7", ID: 2078724684846989318}},
		{reboot(), 200, `{` + id + `,"response":null}`, platform.Outcome{Kind: platform.OK, Code: "200", ID: 2078724684846989318}},
		{reboot(), 200, `{"command_id":"of another platform","response":{}}`, platform.Outcome{Kind: platform.OK, Code: "200"}},
		{reboot(), 200, `{"error_code":"IOTDA.014111","error_msg":"m"}`, platform.Outcome{Kind: platform.Timeout, Code: "IOTDA.014111", Message: "m"}},
		{reboot(), 403, `{"error_code":"IOTDA.014016","error_msg":"m"}`, platform.Outcome{Kind: platform.Offline, Code: "IOTDA.014016", Message: "m"}},
		{reboot(), 404, `{"error_code":"IOTDA.014000","error_msg":"m"}`, platform.Outcome{Kind: platform.Rejected, Code: "IOTDA.014000", Message: "m"}},
		{reboot(), 401, `{"error_code":"IOTDA.000002","error_msg":"m"}`, platform.Outcome{Kind: platform.Rejected, Code: "IOTDA.000002", Message: "m"}},
		{reboot(), 403, `{"error_code":"IOTDA.021102","error_msg":"m"}`, platform.Outcome{Kind: platform.Rejected, Code: "IOTDA.021102", Message: "m"}},
		{reboot(), 500, `{"error_code":"IOTDA.000001","error_msg":"m"}`, platform.Outcome{Kind: platform.Broken, Code: "IOTDA.000001", Message: "m"}},
		{async, 200, `{` + id + `,"status":"PENDING"}`, platform.Outcome{Kind: platform.OK, Code: "200", ID: 2078724684846989318, Message: "PENDING"}},
		{async, 200, `{` + id + `,"status":"FAILED"}`, platform.Outcome{Kind: platform.Rejected, Code: "FAILED", ID: 2078724684846989318, Message: "FAILED"}},
		{message, 201, `{"message_id":"m","result":{"status":"DELIVERED"}}`, platform.Outcome{Kind: platform.OK, Code: "201", Message: "DELIVERED"}},
		{message, 201, `{"message_id":"m","result":{"status":"FAILED"}}`, platform.Outcome{Kind: platform.Rejected, Code: "FAILED", Message: "FAILED"}},
	} {
		got, err := huawei.NewHTTPCaller(dialecttest.Base, answering(c.status, c.body), "o1", platform.Account{}, "").Call(context.Background(), c.cmd)
		if err != nil || got.Kind != c.want.Kind || got.Code != c.want.Code || got.ID != c.want.ID || got.Message != c.want.Message || string(got.Data) != string(c.want.Data) {
			t.Errorf("%d %s: %+v, %v, want %+v", c.status, c.body, got, err, c.want)
		}
	}
}

func TestAnAnswerThatCannotBeReadIsBroken(t *testing.T) {
	async := reboot()
	async.Mode = platform.Cached
	for what, c := range map[string]struct {
		client *http.Client
		cmd    platform.Command
	}{
		"not JSON":              {answering(200, `<html>`), reboot()},
		"nothing":               {answering(200, ``), reboot()},
		"an error without code": {answering(502, `{}`), reboot()},
		"no command_id":         {answering(200, `{}`), reboot()},
		"no status":             {answering(200, `{"command_id":"x"}`), async},
		"an answer without end": {answering(200, `{"response":"`+strings.Repeat("x", 1<<20)+`"}`), reboot()},
		"no network": {&http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("unplugged")
		})}, reboot()},
	} {
		got, err := huawei.NewHTTPCaller(dialecttest.Base, c.client, "o1", platform.Account{}, "").Call(context.Background(), c.cmd)
		if err == nil || got.Kind != platform.Broken {
			t.Errorf("%s: %+v, %v, want broken and an error", what, got, err)
		}
	}
	if got, err := huawei.NewHTTPCaller("http://a b", http.DefaultClient, "o1", platform.Account{}, "").Call(context.Background(), reboot()); err == nil || got.Kind != platform.Broken {
		t.Errorf("a base that is no URL: %+v, %v", got, err)
	}
}

func TestACallIsWrittenAsTheContractSays(t *testing.T) {
	for _, c := range []struct {
		change func(*platform.Command)
		want   string
	}{
		{func(c *platform.Command) {}, `/commands {"command_name":"reboot","paras":{"p":1}}`},
		{func(c *platform.Command) { c.Service, c.Input = "s:c", nil }, `/commands {"service_id":"s","command_name":"c","paras":{}}`},
		{func(c *platform.Command) { c.Service = "s:" }, `/commands {"service_id":"s","paras":{"p":1}}`},
		{func(c *platform.Command) { c.Service = "" }, `/commands {"paras":{"p":1}}`},
		{func(c *platform.Command) { c.Lane = huawei.LaneImmediate }, `/async-commands {"command_name":"reboot","paras":{"p":1},"send_strategy":"immediately"}`},
		{func(c *platform.Command) { c.Mode = platform.Cached }, `/async-commands {"command_name":"reboot","paras":{"p":1},"send_strategy":"delay"}`},
		{func(c *platform.Command) { c.Mode, c.TTL = platform.Cached, time.Minute+1 }, `/async-commands {"command_name":"reboot","paras":{"p":1},"send_strategy":"delay","expire_time":61}`},
		{func(c *platform.Command) { c.OneWay = true }, `/messages {"name":"reboot","message":{"p":1},"ttl":0}`},
		{func(c *platform.Command) { c.OneWay, c.Mode, c.Service = true, platform.Cached, "" }, `/messages {"message":{"p":1}}`},
		{func(c *platform.Command) { c.OneWay, c.Mode, c.TTL = true, platform.Cached, 5*time.Minute+1 }, `/messages {"name":"reboot","message":{"p":1},"ttl":10}`},
	} {
		var got *http.Request
		var body []byte
		client := &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			got = r
			body, _ = io.ReadAll(r.Body)
			return nil, errors.New("enough")
		})}
		cmd := reboot()
		cmd.Tag = 77
		c.change(&cmd)
		huawei.NewHTTPCaller("http://host:8080/", client, "o 1", platform.Account{}, huawei.AuthOff).Call(context.Background(), cmd)
		const path = "http://host:8080/v5/iot/o%201/devices/pk1_dk0"
		if s := strings.TrimPrefix(got.URL.String(), path) + " " + string(body); s != c.want || got.Header.Get(platform.TagHeader) != "77" || got.Header.Get("Authorization") != "" {
			t.Errorf("request is %s %s, want %s", s, got.Header, c.want)
		}
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	for name, caller := range callers() {
		h := harness()
		h.Caller = caller
		inWorld(t, h, func(w *dialecttest.World) {
			d := w.Connect(0)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			out, err := w.Caller.Call(ctx, w.Command(0))
			if !errors.Is(err, context.DeadlineExceeded) || out.Kind != platform.Broken {
				t.Errorf("%s: %+v, %v, want broken and the context's error", name, out, err)
			}
			d.Answer(d.Next()) // the command lives on without its caller
			w.Expect(1, platform.Matched)
		})
	}
}

func TestADirectCallIsCheckedAsOneOverHTTP(t *testing.T) {
	for name, caller := range callers() {
		h := harness()
		h.Caller = caller
		inWorld(t, h, func(w *dialecttest.World) {
			for what, spoil := range map[string]func(*platform.Command){
				"a long name":          func(c *platform.Command) { c.Service = strings.Repeat("x", 129) },
				"a long service":       func(c *platform.Command) { c.Service = strings.Repeat("x", 65) + ":c" },
				"input of a number":    func(c *platform.Command) { c.Input = []byte("5") },
				"no input":             func(c *platform.Command) { c.Input = []byte("null") },
				"a long lifetime":      func(c *platform.Command) { c.Mode, c.TTL = platform.Cached, 49*time.Hour },
				"a message's lifetime": func(c *platform.Command) { c.OneWay, c.Mode, c.TTL = true, platform.Cached, 25*time.Hour },
				"a message's name":     func(c *platform.Command) { c.OneWay, c.Service = true, "a*b" },
			} {
				c := w.Command(0)
				spoil(&c)
				if got := w.Call(c); got.Code != "IOTDA.000006" || got.Kind != platform.Rejected || got.Err != nil {
					t.Errorf("%s, %s: %+v, want IOTDA.000006", name, what, got)
				}
			}
			c := w.Command(0)
			c.Input = []byte(`{"a"`)
			if got := w.Call(c); got.Code != "IOTDA.000008" {
				t.Errorf("%s, input cut short: %+v, want IOTDA.000008", name, got)
			}
			w.Expect(0, platform.Accepted)
		})
	}
}

func TestATagTravelsFromTheCallToTheFacts(t *testing.T) {
	for name, caller := range callers() {
		h := harness()
		h.Caller = caller
		inWorld(t, h, func(w *dialecttest.World) {
			for i, change := range []func(*platform.Command){func(*platform.Command) {}, func(c *platform.Command) { c.Mode = platform.Cached },
				func(c *platform.Command) { c.OneWay = true }} {
				c := w.Command(0)
				c.Tag = platform.Tag(1<<40 | i)
				change(&c)
				w.Call(c)
			}
			synctest.Wait()
			if got := w.Tags(); len(got) != 3 || got[2] != 1<<40|2 {
				t.Errorf("%s: tags in the facts are %v", name, got)
			}
		})
	}
}
