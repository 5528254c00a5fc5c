package huawei_test

import (
	"bytes"
	"encoding/json"
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

// testConfig is the default for devices that announce no keep-alive.
func testConfig() huawei.Config {
	cfg := huawei.DefaultConfig
	cfg.AnyKeepAlive = true
	cfg.Tokens = map[string]string{"fixed-token": "ak-test"}
	return cfg
}

func harness() dialecttest.Harness { return harnessOf(testConfig(), huawei.AuthStrict) }

// harnessOf has a small model of the vendor's bodies: both codes of a bad one are one here.
func harnessOf(cfg huawei.Config, auth string) dialecttest.Harness {
	return dialecttest.Harness{
		Dialect: func() platform.Dialect { return huawei.New(cfg) },
		Codec:   huawei.Codec{},
		Caller: func(w *dialecttest.World) dialecttest.Caller {
			return huawei.NewHTTPCaller(dialecttest.Base, w.Client, dialecttest.Org, w.Account, auth)
		},
		Codes: map[error]string{nil: "200", platform.ErrOffline: "IOTDA.014016", platform.ErrInactive: "IOTDA.014016",
			platform.ErrUnanswered: "IOTDA.014111", platform.ErrCacheFull: "IOTDA.000006",
			platform.ErrEncoding: "IOTDA.000006", platform.ErrUnknownDevice: "IOTDA.014000", platform.ErrDevice: "2001"},
		Timeout: 20 * time.Second,
		Plain:   func(c *platform.Command) { c.QoS = 1 },
		Cache: &dialecttest.Cache{Keep: func(c *platform.Command) { c.Lane = huawei.LaneDelay }, Limit: 20, Overflow: platform.RefuseNew,
			Lifetime: time.Hour, Serial: true},
		Custom:  true,
		Device:  func(r *platform.Registration) { r.Alias = r.Product + "_" + r.Address.Device },
		Refused: dialecttest.Refused{Secret: 4, Device: 5, Product: 5, Disabled: 5},
		Raw: func(w *dialecttest.World, body []byte) string {
			a := post(w, "devices/pk1_dk0/commands", string(body))
			if a.ErrorCode == "" {
				return "200"
			}
			return a.ErrorCode
		},
		Body: func(n int) []byte {
			const frame = `{"paras":{"a":""}}`
			return []byte(strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-len(frame))+`"`, 1))
		},
		Bad:       []string{"", "{", "[]", "null", `{"paras":{}} {}`, strings.Repeat("[", 20_000), "\xff\xfe", "{\"paras\":{\"a\":\"\xff\"}}"},
		Malformed: "IOTDA.000008", TooLong: "IOTDA.000006", MaxBody: int(huawei.DefaultConfig.MaxBody),
	}
}

func TestConformanceOfSignedCalls(t *testing.T) { dialecttest.Run(t, signed(harness())) }

func signed(h dialecttest.Harness) dialecttest.Harness {
	h.Denied = [2]string{"IOTDA.000002", "IOTDA.000002"}
	return h
}

func TestConformanceOfCallsSignedWithADerivedKeyAndAtQoS1(t *testing.T) {
	cfg := testConfig()
	cfg.ImplicitQoS = 1
	dialecttest.Run(t, signed(harnessOf(cfg, huawei.AuthDerived)))
}

func TestConformanceOfDirectCalls(t *testing.T) {
	h := harness()
	h.Caller = func(w *dialecttest.World) dialecttest.Caller {
		return huawei.DirectCaller{Service: w.Platform.Service, Config: testConfig()}
	}
	dialecttest.Run(t, h)
}

func inWorld(t *testing.T, h dialecttest.Harness, run func(*dialecttest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { run(dialecttest.NewWorld(t, h)) })
}

// answer is what a call came to, as anybody may read it.
type answer struct {
	Status    int            `json:"-"`
	Header    http.Header    `json:"-"`
	Raw       string         `json:"-"`
	ErrorCode string         `json:"error_code"`
	ErrorMsg  string         `json:"error_msg"`
	Body      map[string]any `json:"-"`
}

// text is the string at a path of members in the body; "" if there is none.
func (a answer) text(path ...string) string {
	v := any(a.Body)
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, _ := v.(string)
	return s
}

// send makes a call with the fixed token.
func send(w *dialecttest.World, method, path, body string) answer {
	w.T.Helper()
	req := request(w, method, "/v5/iot/o1/"+path, body)
	req.Header.Set("X-Auth-Token", "fixed-token")
	return do(w, req)
}

func post(w *dialecttest.World, path, body string) answer { return send(w, "POST", path, body) }
func get(w *dialecttest.World, path string) answer        { return send(w, "GET", path, "") }

func request(w *dialecttest.World, method, path, body string) *http.Request {
	w.T.Helper()
	req, err := http.NewRequest(method, dialecttest.Base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

func do(w *dialecttest.World, req *http.Request) answer {
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
	a := answer{Status: resp.StatusCode, Header: resp.Header, Raw: string(raw)}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			w.T.Fatalf("%s %s: answer %q: %v", req.Method, req.URL, raw, err)
		}
		json.Unmarshal(raw, &a.Body)
	}
	if len(resp.Header.Get("X-Request-Id")) != 36 {
		w.T.Errorf("X-Request-Id is %q", resp.Header.Get("X-Request-Id"))
	}
	return a
}

// want fails the test unless a call was refused so.
func want(w *dialecttest.World, what string, a answer, status int, code string) {
	w.T.Helper()
	if a.Status != status || a.ErrorCode != code || code != "" && a.ErrorMsg == "" {
		w.T.Errorf("%s: %d %s, want %d %s", what, a.Status, a.Raw, status, code)
	}
}
