package alibaba_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

func TestAnAccountHas500CallsInEverySecond(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.Auth = alibaba.AuthOff
	synctest.Test(t, func(t *testing.T) {
		api := newPlatform(t, cfg).Handler()
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		var passed [10]int
		for ms := range 10_000 { // a call a millisecond, twice the limit
			w := httptest.NewRecorder()
			api.ServeHTTP(w, httptest.NewRequest("GET", "/?Action=InvokeThingService&Version=2018-01-20&Format=JSON", nil))
			switch {
			case strings.Contains(w.Body.String(), `"MissingArgs"`):
				passed[ms/1000]++
			case w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"Throttling.User"`):
				t.Fatalf("HTTP %d %s", w.Code, w.Body)
			}
			time.Sleep(time.Millisecond)
		}
		if want := [10]int{500, 500, 500, 500, 500, 500, 500, 500, 500, 500}; passed != want {
			t.Errorf("%v calls came through in ten seconds, want 500 in each", passed)
		}
	})
}

func TestAllKeysOfAnAccountShareItsLimitAndNoOthers(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.QPS = 3
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		first := w.Account
		w.Platform.AddAccount(platform.Account{Key: "ak-2", Secret: "as-2", Orgs: first.Orgs})
		w.Platform.AddAccount(platform.Account{Key: "ak-3", Secret: "as-3", Orgs: []string{"o2"}})
		for i, c := range []struct {
			key, secret, code string
		}{
			{"ak-test", "as-test", "iot.messagebroker.OFFLINE"}, {"ak-2", "as-2", "iot.messagebroker.OFFLINE"},
			{"ak-test", "as-bad", "SignatureDoesNotMatch"}, // does not count
			{"ak-test", "as-test", "iot.messagebroker.OFFLINE"}, {"ak-2", "as-2", "Throttling.User"},
			{"ak-3", "as-3", "iot.prod.NotExistedProduct"},
		} {
			w.Account = platform.Account{Key: c.key, Secret: c.secret}
			if e := call(w, "InvokeThingService"); e.Code != c.code {
				w.T.Errorf("call %d: %s, want %s", i+1, e.Raw, c.code)
			}
		}
		w.Account = first
		time.Sleep(time.Second)
		wantFailure(w, call(w, "InvokeThingService"), "iot.messagebroker.OFFLINE")
	})
}

func TestARefusedCallSaysWhatTheLimitIs(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.QPS = 1
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		call(w, "InvokeThingService", "Args") // a call without Args counts
		e := call(w, "InvokeThingService")
		wantRefusal(w, "second call", e, 400, "Throttling.User")
		if got := e.Header.Get("x-ratelimit-user"); got != "Limit:1,Remain:0,TimeLeft:1,Reset:1" {
			w.T.Errorf("x-ratelimit-user is %q", got)
		}
		wantSuccess(w, call(w, "GetDeviceStatus")) // has no limit
	})
}

func TestBatchesHaveABudgetOfTheirOwn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for range 10 {
			wantSuccess(w, call(w, "InvokeThingsService", "DeviceName.1=dk0", "DeviceName.2=dk1"))
		}
		wantRefusal(w, "the eleventh", call(w, "InvokeThingsService", "DeviceName.1=dk0"), 400, "Throttling.User")
		wantFailure(w, call(w, "InvokeThingService"), "iot.messagebroker.OFFLINE")
	})
}

func TestWithoutALimitNothingIsRefused(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.Auth, cfg.QPS = alibaba.AuthOff, 0
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		for range 600 {
			if e := call(w, "InvokeThingService", "Args={"); e.Status != 200 {
				w.T.Fatal(e.Raw)
			}
		}
	})
}
