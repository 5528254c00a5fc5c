package enos_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// tripper answers requests in place of a network.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string) *http.Client {
	return &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(body))}, nil
	})}
}

func reboot() platform.Command {
	return platform.Command{Device: platform.Address{Product: "pk1", Device: "dk1"}, Service: "reboot", Input: []byte(`{"p":1}`), Timeout: 5 * time.Second}
}

func callOnce(client *http.Client) (platform.Outcome, error) {
	return enos.NewHTTPCaller(dialecttest.Base, client, "o1", platform.Account{}, enos.AuthOff).Call(context.Background(), reboot())
}

func TestACallersOutcomeIsTheKindOfItsCode(t *testing.T) {
	for code, want := range map[int]platform.Kind{0: platform.OK, 11904: platform.Timeout, 11915: platform.Timeout,
		11900: platform.Offline, 11888: platform.Offline, 11902: platform.Rejected, 11810: platform.Rejected,
		99400: platform.Rejected, 99403: platform.Rejected, 99404: platform.Rejected, 1003: platform.Rejected,
		1203: platform.Rejected, 429: platform.Rejected, 99500: platform.Broken, 2001: platform.DeviceError, 500: platform.DeviceError} {
		out, err := callOnce(answering(200, fmt.Sprintf(`{"code":%d,"msg":"m","submsg":null,"requestId":"r","data":null}`, code)))
		if err != nil || out.Kind != want || out.Code != fmt.Sprint(code) || out.Message != "m" || out.Data != nil {
			t.Errorf("code %d: %+v, %v, want kind %v", code, out, err, want)
		}
		out, err = callOnce(answering(200, fmt.Sprintf(`{"code":%d,"data":{"commandId":"17"}}`, code)))
		if code != 0 {
			want = platform.DeviceError // it names a command: the code is the device's
		}
		if err != nil || out.Kind != want || out.ID != 17 {
			t.Errorf("code %d of a device: %+v, %v, want kind %v", code, out, err, want)
		}
	}
}

func TestAnAnswerThatCannotBeReadIsBroken(t *testing.T) {
	for what, client := range map[string]*http.Client{
		"another status":        answering(503, `{"code":0}`),
		"not JSON":              answering(200, `<html>`),
		"nothing":               answering(200, ``),
		"no code":               answering(200, `{"data":null}`),
		"a code of text":        answering(200, `{"code":"0"}`),
		"data of another kind":  answering(200, `{"code":0,"data":[]}`),
		"a commandId of text":   answering(200, `{"code":0,"data":{"commandId":"x"}}`),
		"an answer without end": answering(200, `{"code":0,"msg":"`+strings.Repeat("x", 1<<20)+`"}`),
		"no network": {Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("unplugged")
		})},
	} {
		if out, err := callOnce(client); err == nil || out.Kind != platform.Broken {
			t.Errorf("%s: %+v, %v, want broken and an error", what, out, err)
		}
	}
}

func TestABaseThatIsNoURLIsSaid(t *testing.T) {
	c := enos.NewHTTPCaller("http://a b", http.DefaultClient, "o1", platform.Account{}, enos.AuthOff)
	if out, err := c.Call(context.Background(), reboot()); err == nil || out.Kind != platform.Broken {
		t.Errorf("%+v, %v, want broken and an error", out, err)
	}
}

func TestACallIsWrittenAsTheContractSays(t *testing.T) {
	for _, c := range []struct {
		mode    platform.Mode
		ttl     time.Duration
		query   string
		service string
	}{
		{platform.Instant, time.Hour, "action=invokeService&deviceKey=dk1&orgId=o1&pendingTtl=0&productKey=pk1&serviceId=reboot&timeout=5", "reboot"},
		{platform.Cached, time.Hour, "action=invokeService&deviceKey=dk1&orgId=o1&pendingTtl=3600&productKey=pk1&serviceId=a+%26b&timeout=5", "a &b"},
		{platform.Cached, time.Millisecond, "action=invokeService&deviceKey=dk1&orgId=o1&pendingTtl=1&productKey=pk1&serviceId=reboot&timeout=5", "reboot"},
	} {
		var got *http.Request
		var body []byte
		client := &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			got = r
			body, _ = io.ReadAll(r.Body)
			return nil, errors.New("enough")
		})}
		cmd := reboot()
		cmd.Mode, cmd.TTL, cmd.Service, cmd.Tag = c.mode, c.ttl, c.service, 77
		enos.NewHTTPCaller("http://host:8080", client, "o1", platform.Account{}, enos.AuthOff).Call(context.Background(), cmd)
		if got.Method != "POST" || got.URL.String() != "http://host:8080/connect-service/v2.1/commands?"+c.query {
			t.Errorf("request is %s %s, want %s", got.Method, got.URL, c.query)
		}
		if string(body) != `{"inputData":{"p":1}}` || got.ContentLength != int64(len(body)) {
			t.Errorf("body is %s of %d", body, got.ContentLength)
		}
		if got.Header.Get(platform.TagHeader) != "77" || got.Header.Get("apim-accesstoken") != "" {
			t.Errorf("headers are %v", got.Header)
		}
	}
}

// counting counts the requests to paths that end so, in front of another transport.
func counting(w *dialecttest.World, suffix string, n *atomic.Int64) {
	inner := w.Client.Transport
	w.Client.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, suffix) {
			n.Add(1)
			time.Sleep(time.Second) // the gateway takes its time
		}
		return inner.RoundTrip(r)
	})
}

func TestCallersShareOneTokenAndRenewItBeforeItEnds(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		var gets, refreshes atomic.Int64
		counting(w, "/token/get", &gets)
		counting(w, "/token/refresh", &refreshes)
		var calls [20]<-chan dialecttest.Ended
		for i := range calls {
			calls[i] = w.Go(w.Command(0))
		}
		for i := range calls {
			got := <-calls[i]
			w.Want(got, platform.ErrOffline)
			w.WantTook(got, time.Second)
		}
		if gets.Load() != 1 {
			t.Errorf("%d tokens were asked for, want 1", gets.Load())
		}
		for range 24 * 20 { // a day
			time.Sleep(3 * time.Minute)
			one, two := w.Go(w.Command(0)), w.Go(w.Command(0))
			w.Want(<-one, platform.ErrOffline)
			w.Want(<-two, platform.ErrOffline)
		}
		if gets.Load() != 1 || refreshes.Load() != 13 { // each renewed after nine tenths of two hours
			t.Errorf("%d tokens asked for and %d renewals in a day, want 1 and 13", gets.Load(), refreshes.Load())
		}
		time.Sleep(3 * time.Hour)
		w.Want(w.Call(w.Command(0)), platform.ErrOffline)
		if gets.Load() != 2 {
			t.Errorf("%d tokens asked for, want a second one after the first had died unused", gets.Load())
		}
	})
}

func TestACallWhoseTokenDiedIsSentAgainOnceWithANewOne(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Want(w.Call(w.Command(0)), platform.ErrOffline)
		inner, spoilt := w.Client.Transport, 0
		w.Client.Transport = tripper(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/commands") && spoilt < 1 {
				spoilt++
				r.Header.Set("apim-accesstoken", "of a platform before its restart")
			}
			return inner.RoundTrip(r)
		})
		w.Want(w.Call(w.Command(0)), platform.ErrOffline)
		spoilt = -1000
		if got := w.Call(w.Command(0)); got.Code != "1203" || got.Kind != platform.Rejected || spoilt != -998 {
			t.Errorf("a platform that takes no token: %+v after %d tries, want 1203 after 2", got, spoilt+1000)
		}
	})
}

func TestACallerWithTheWrongSecretIsTold(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Account.Secret = "as-other"
		c := w.Harness.Caller(w)
		if out, err := c.Call(context.Background(), reboot()); err == nil || out.Kind != platform.Broken || !strings.Contains(err.Error(), "1003") {
			t.Errorf("%+v, %v, want broken and an error with 1003", out, err)
		}
	})
}

func TestACallEndsWithItsContext(t *testing.T) {
	for name, h := range map[string]dialecttest.Harness{"http": harness(), "direct": directHarness(enos.DefaultConfig)} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, h, func(w *dialecttest.World) {
				d := w.Connect(0)
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				out, err := w.Caller.Call(ctx, w.Command(0))
				if !errors.Is(err, context.DeadlineExceeded) || out.Kind != platform.Broken {
					t.Errorf("%+v, %v, want broken and the context's error", out, err)
				}
				d.Answer(d.Next()) // the command lives on without its caller
				w.Expect(1, platform.Matched)
			})
		})
	}
}

func directHarness(cfg enos.Config) dialecttest.Harness {
	h := harnessOf(cfg)
	h.Caller = func(w *dialecttest.World) dialecttest.Caller {
		return enos.DirectCaller{Service: w.Platform.Service, Config: cfg}
	}
	return h
}

func TestADirectCallIsCheckedAsOneOverHTTP(t *testing.T) {
	inWorld(t, directHarness(enos.DefaultConfig), func(w *dialecttest.World) {
		for what, spoil := range map[string]func(*platform.Command){
			"no service":        func(c *platform.Command) { c.Service = "" },
			"like an answer":    func(c *platform.Command) { c.Service = "x_reply" },
			"timeout of 61 s":   func(c *platform.Command) { c.Timeout = 61 * time.Second },
			"no timeout":        func(c *platform.Command) { c.Timeout = 0 },
			"a long lifetime":   func(c *platform.Command) { c.Mode, c.TTL = platform.Cached, 49*time.Hour },
			"no lifetime":       func(c *platform.Command) { c.Mode = platform.Cached },
			"input of a number": func(c *platform.Command) { c.Input = json.RawMessage("5") },
			"input cut short":   func(c *platform.Command) { c.Input = json.RawMessage(`{"a"`) },
		} {
			c := w.Command(0)
			spoil(&c)
			if got := w.Call(c); got.Code != "99400" || got.Kind != platform.Rejected || got.Err != nil {
				t.Errorf("%s: %+v, want 99400", what, got)
			}
		}
		w.Expect(0, platform.Accepted)
	})
}

// The configuration's open points, over HTTP and without.
func bothWays(t *testing.T, cfg enos.Config, run func(w *dialecttest.World)) {
	for name, h := range map[string]dialecttest.Harness{"http": harnessOf(cfg), "direct": directHarness(cfg)} {
		t.Run(name, func(t *testing.T) { inWorld(t, h, run) })
	}
}

func TestADevicesErrorIsACodeOrASuccessAsConfigured(t *testing.T) {
	cfg := enos.DefaultConfig
	bothWays(t, cfg, func(w *dialecttest.World) {
		d := w.Connect(0)
		for _, c := range []struct {
			code int
			want string
		}{{2001, "2001"}, {11915, "11915"}, {-3, "-3"}, {0, "99500"}} {
			call := w.Go(w.Command(0))
			m := d.Next()
			d.Reply(platform.Reply{Wire: m.Wire, Service: m.Service, Code: c.code})
			if got := <-call; got.Kind != platform.DeviceError || got.Code != c.want || got.ID == 0 || !strings.Contains(got.Message, "device execution failed") {
				t.Errorf("device's code %d: %+v, want device_error %s", c.code, got, c.want)
			}
		}
	})
	cfg.DeviceError = "success"
	bothWays(t, cfg, func(w *dialecttest.World) {
		d := w.Connect(0)
		call := w.Go(w.Command(0))
		m := d.Next()
		d.Reply(platform.Reply{Wire: m.Wire, Service: m.Service, Code: 2001, Data: []byte(`{"why":1}`)})
		if got := <-call; got.Kind != platform.OK || got.Code != "0" || string(got.Data) != `{"why":1}` {
			t.Errorf("outcome is %+v, want success with the device's data", got)
		}
	})
}

func TestACachedCallToAnIdleDeviceReturnsOrWaitsAsConfigured(t *testing.T) {
	cfg := enos.DefaultConfig
	bothWays(t, cfg, func(w *dialecttest.World) {
		w.Connect(0)
		got := w.Call(w.Cached(0, time.Hour))
		if got.Kind != platform.OK || got.Data != nil || got.Took != 0 || got.ID == 0 {
			t.Errorf("outcome is %+v, want success at once without data", got)
		}
	})
	cfg.CachedOnline = "wait"
	bothWays(t, cfg, func(w *dialecttest.World) {
		d := w.Connect(0)
		call := w.Go(w.Cached(0, time.Hour))
		m := d.Next()
		behind := w.Call(w.Cached(0, time.Hour))
		if behind.Kind != platform.OK || behind.Data != nil || behind.Took != 0 {
			t.Errorf("with one in the way: %+v, want success at once without data", behind)
		}
		time.Sleep(time.Second)
		d.Answer(m)
		if got := <-call; got.Kind != platform.OK || string(got.Data) != string(dialecttest.OutputFor(m)) || got.Took != time.Second {
			t.Errorf("outcome is %+v, want the device's answer after a second", got)
		}
	})
}

func TestATagTravelsFromTheCallToTheFacts(t *testing.T) {
	bothWays(t, enos.DefaultConfig, func(w *dialecttest.World) {
		c := w.Command(0)
		c.Tag = 1<<40 | 7
		w.Call(c)
		synctest.Wait()
		if got := w.Tags(); len(got) != 1 || got[0] != c.Tag {
			t.Errorf("tags in the facts are %v, want %d", got, c.Tag)
		}
	})
}
