package enos_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// harness is the dialect with signed calls over HTTP.
func harness() dialecttest.Harness { return harnessOf(enos.DefaultConfig) }

func harnessOf(cfg enos.Config) dialecttest.Harness {
	return dialecttest.Harness{
		Dialect: func() platform.Dialect { return enos.New(cfg) },
		Codec:   enos.Codec{},
		Caller: func(w *dialecttest.World) dialecttest.Caller {
			return enos.NewHTTPCaller(dialecttest.Base, w.Client, dialecttest.Org, w.Account, cfg.Auth)
		},
		Codes: map[error]string{nil: "0", platform.ErrOffline: "11900", platform.ErrInactive: "11888",
			platform.ErrNotSent: "11904", platform.ErrUnanswered: "11915", platform.ErrCacheFull: "11902",
			platform.ErrEncoding: "11810", platform.ErrUnknownDevice: "99404", platform.ErrDevice: "2001"},
		Cache:   &dialecttest.Cache{Limit: enos.DefaultConfig.Cached, Lifetime: time.Minute, Serial: true, Shared: true},
		Custom:  true,
		Garbage: []string{"", "{", "[1]", "{}"},
		Raw: func(w *dialecttest.World, body []byte) string {
			return sendAs(w, http.MethodPost, "/connect-service/v2.1/commands", invoke(0), body).Code.String()
		},
		Body: func(n int) []byte {
			const frame = `{"inputData":{"a":""}}`
			return []byte(strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-len(frame))+`"`, 1))
		},
		Bad:       []string{"", "{", "[]", `{"inputData":1}`, `{"inputData":{}} {}`, strings.Repeat("[", 20_000), "\xff\xfe", "{\"inputData\":{\"a\":\"\xff\"}}"},
		Malformed: "99400", TooLong: "99400", MaxBody: int(enos.DefaultConfig.MaxBody),
	}
}

func TestConformanceOfSignedCalls(t *testing.T) {
	h := harness()
	h.Denied = [2]string{"1003", "1002"}
	dialecttest.Run(t, h)
}

func TestConformanceWithoutAuthenticationAndAtQoS1(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.Auth = enos.AuthOff
	cfg.QoS = 1
	dialecttest.Run(t, harnessOf(cfg))
}

func TestConformanceOfDirectCalls(t *testing.T) {
	h := harness()
	h.Caller = func(w *dialecttest.World) dialecttest.Caller {
		return enos.DirectCaller{Service: w.Platform.Service, Config: enos.DefaultConfig}
	}
	dialecttest.Run(t, h)
}

// envelope is an answer as anybody may read it.
type envelope struct {
	Status     int `json:"-"`
	Code       json.Number
	Msg        string
	Submsg     json.RawMessage
	RequestID  string
	Data       json.RawMessage
	Pagination json.RawMessage
	Raw        string `json:"-"`
}

// send sends a request that is signed as the harness says.
func sendAs(w *dialecttest.World, method, path, query string, body []byte) envelope {
	w.T.Helper()
	req := request(w, method, path, query, body)
	return do(w, req)
}

func request(w *dialecttest.World, method, path, query string, body []byte) *http.Request {
	w.T.Helper()
	req, err := http.NewRequest(method, dialecttest.Base+path+"?"+query, bytes.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	signRequest(w, req, body)
	return req
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
	e := envelope{Status: resp.StatusCode, Raw: string(raw)}
	if err := json.Unmarshal(raw, &e); err != nil {
		w.T.Fatalf("%s %s: answer %q: %v", req.Method, req.URL, raw, err)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
		w.T.Errorf("Content-Type is %q", got)
	}
	return e
}
