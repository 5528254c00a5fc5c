package enos_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// Every code of the API has a test here that is named after it. What the core does in each case is dialecttest's.

const commands = "/connect-service/v2.1/commands"

const input = `{"inputData":{"delay":5}}`

// inWorld runs a test in a bubble with a platform.
func inWorld(t *testing.T, h dialecttest.Harness, run func(w *dialecttest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := dialecttest.NewWorld(t, h)
		w.Platform.AddAccount(platform.Account{Key: "ak-other", Secret: "as-other", Orgs: []string{"o2"}})
		run(w)
	})
}

func post(w *dialecttest.World, query, body string) envelope {
	w.T.Helper()
	return sendAs(w, http.MethodPost, commands, query, []byte(body))
}

// postGo posts, and returns when the command is where it can get without time passing.
func postGo(w *dialecttest.World, query, body string) <-chan envelope {
	done := make(chan envelope, 1)
	go func() { done <- post(w, query, body) }()
	synctest.Wait()
	return done
}

// wantFailure fails the test unless an answer is a failure with that code, in the vendor's form.
func wantFailure(w *dialecttest.World, e envelope, code string) {
	w.T.Helper()
	if e.Status != http.StatusOK || e.Code.String() != code || e.Msg == "" || string(e.Data) != "null" || string(e.Submsg) != "null" || len(e.RequestID) != 32 {
		w.T.Errorf("answer is HTTP %d %s, want 200 with code %s, data and submsg null and a requestId", e.Status, e.Raw, code)
	}
}

func Test0TheAnswerOfTheDeviceIsOutputData(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, invoke(0), input)
		m := d.Next()
		d.Reply(platform.Reply{Wire: m.Wire, Service: "reboot", OK: true, Data: []byte(`{"v":10.0}`)})
		e := <-call
		want := fmt.Sprintf(`{"code":0,"msg":"OK","submsg":null,"requestId":"%s","data":{"commandId":"2078724684846989313","outputData":{"v":10.0}}}`, e.RequestID)
		if e.Raw != want {
			t.Errorf("answer is\n%s, want\n%s", e.Raw, want)
		}
	})
}

func Test11900AnInstantCommandToAnOfflineDevice(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) { wantFailure(w, post(w, invoke(0), input), "11900") })
}

func Test11900TheDeviceGoesWhileAnInstantCommandWaitsItsTurn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Want(w.Call(w.Cached(0, time.Hour)), nil)
		d := w.Connect(0)
		d.Next()
		call := postGo(w, invoke(0), input)
		d.Drop()
		wantFailure(w, <-call, "11900")
	})
}

func Test11888AnInstantCommandToADeviceThatWasNeverThere(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(dialecttest.Fresh), input), "11888")
	})
}

func Test11888AnInstantCommandToADisabledDevice(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(0, "deviceKey="+dialecttest.Disabled), input), "11888")
	})
}

func Test11904AnInstantCommandBehindACachedOneIsNotSentInTime(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Want(w.Call(w.Cached(0, time.Hour)), nil)
		d := w.Connect(0)
		d.Next()
		start := time.Now()
		wantFailure(w, post(w, invoke(0, "timeout=2"), input), "11904")
		if took := time.Since(start); took != 2*time.Second+1 {
			t.Errorf("the call took %v, want its timeout of 2s and a nanosecond", took)
		}
		if n := d.Waiting(); n != 0 {
			t.Errorf("the command was sent")
		}
	})
}

func Test11904ACallWhoseCommandIsCancelled(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Want(w.Call(w.Cached(0, time.Hour)), nil)
		w.Connect(0).Next()
		call := postGo(w, invoke(0), input)
		post(w, queryOf("cancel", 0), "")
		wantFailure(w, <-call, "11904")
	})
}

func Test11915ASentCommandWithoutAnAnswer(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		start := time.Now()
		wantFailure(w, post(w, invoke(0), input), "11915")
		if took := time.Since(start); took != 30*time.Second+1 {
			t.Errorf("the call took %v, want the default timeout of 30s and a nanosecond", took)
		}
		if n := d.Waiting(); n != 1 {
			t.Errorf("%d commands were sent, want 1", n)
		}
	})
}

func Test11915ADeviceDropsWhileItsAnswerIsAwaited(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, invoke(0, "timeout=5"), input)
		d.Next()
		d.Drop()
		wantFailure(w, <-call, "11915")
	})
}

func Test11902The51stCachedCommand(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for i := range 50 {
			if e := post(w, invoke(0, "pendingTtl=172800"), input); e.Code != "0" || strings.Contains(e.Raw, "outputData") {
				t.Fatalf("cached command %d: %s, want success without outputData", i+1, e.Raw)
			}
		}
		wantFailure(w, post(w, invoke(0, "pendingTtl=1"), input), "11902")
		if e := post(w, invoke(0), input); e.Code != "11900" {
			t.Errorf("an instant command counts towards the cached ones: %s", e.Raw)
		}
	})
}

func Test11810AProductWithAFormatOfItsOwn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		odd := []string{"productKey=" + dialecttest.OddDevice.Product, "deviceKey=" + dialecttest.OddDevice.Device}
		wantFailure(w, post(w, invoke(0, odd...), input), "11810")
		wantFailure(w, post(w, invoke(0, append(odd, "pendingTtl=60")...), input), "11810")
	})
}

func Test99404AnUnknownDevice(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(0, "deviceKey=nobody"), input), "99404")
		wantFailure(w, post(w, invoke(0, "productKey=nothing"), input), "99404")
		wantFailure(w, post(w, invoke(0, "productKey", "deviceKey", "assetId=nothing"), input), "99404")
		wantFailure(w, post(w, invoke(0, "assetId=nothing"), input), "99404") // assetId wins
	})
}

func Test99400AnOrganisationThatDoesNotExist(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		e := post(w, invoke(0, "orgId=o3", "deviceKey"), input)
		wantFailure(w, e, "99400")
		if e.Msg != "Invalid Argument orgId:  orgId does not exist" {
			t.Errorf("message is %q", e.Msg)
		}
	})
}

func Test99403AnOrganisationThatIsNotTheCallers(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(0, "orgId=o2"), input), "99403")
		wantFailure(w, post(w, invoke(0, "orgId=o2", "deviceKey=nobody"), input), "99403") // who may not, learns nothing
	})
}

func Test1203ATokenThatIsMissingUnknownOrExpired(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for what, spoil := range map[string]func(*http.Request){
			"missing": func(r *http.Request) { r.Header.Del("apim-accesstoken") },
			"unknown": func(r *http.Request) { r.Header.Set("apim-accesstoken", "tok-1") },
			"bearer": func(r *http.Request) {
				r.Header.Del("apim-accesstoken")
				r.Header.Set("Authorization", "Bearer "+token(w))
			},
			"expired": func(*http.Request) { time.Sleep(2 * time.Hour) },
		} {
			r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
			spoil(r)
			if e := do(w, r); e.Code != "1203" || e.Msg != "access token expired" || string(e.Data) != "null" {
				t.Errorf("token %s: %s, want 1203", what, e.Raw)
			}
		}
	})
}

func Test1203ATokenLivesToTheLastNanosecond(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
		time.Sleep(2*time.Hour - 1)
		wantFailure(w, do(w, r), "11900")
	})
}

func Test1003ASignatureThatDoesNotFit(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for what, spoil := range map[string]func(*http.Request){
			"missing":         func(r *http.Request) { r.Header.Del("apim-signature") },
			"no timestamp":    func(r *http.Request) { r.Header.Del("apim-timestamp") },
			"other timestamp": func(r *http.Request) { r.Header.Set("apim-timestamp", "1") },
			"cut":             func(r *http.Request) { r.Header.Set("apim-signature", r.Header.Get("apim-signature")[:63]) },
			"other query":     func(r *http.Request) { r.URL.RawQuery += "&timeout=7" },
			"too long":        func(r *http.Request) { r.Header.Set("apim-signature", r.Header.Get("apim-signature")+"0") },
		} {
			r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
			spoil(r)
			if e := do(w, r); e.Code != "1003" {
				t.Errorf("%s: %s, want 1003", what, e.Raw)
			}
		}
		r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
		signRequest(w, r, []byte(input+" ")) // another body
		wantFailure(w, do(w, r), "1003")
	})
}

func Test429MoreCallsThanTheProxyTakes(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.RateLimit = 3
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		for range 3 {
			wantFailure(w, post(w, invoke(0), input), "11900")
		}
		e := post(w, invoke(0), input)
		want := fmt.Sprintf(`{"code":429,"msg":"too many requests","submsg":null,"requestId":"%s","data":null}`, e.RequestID)
		if e.Status != http.StatusTooManyRequests || e.Raw != want {
			t.Errorf("fourth call is answered with HTTP %d %s, want 429 %s", e.Status, e.Raw, want)
		}
		if got := w.Call(w.Command(0)); got.Kind != platform.Rejected || got.Code != "429" {
			t.Errorf("caller reads %v %s, want rejected 429", got.Kind, got.Code)
		}
		time.Sleep(time.Minute)
		wantFailure(w, post(w, invoke(0), input), "11900")
	})
}

func Test99500ThePlatformClosesUnderACall(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Connect(0)
		call := postGo(w, invoke(0), input)
		if err := w.Platform.Close(w.T.Context()); err != nil {
			t.Error(err)
		}
		wantFailure(w, <-call, "99500")
	})
}

func Test404And405AreInTheEnvelope(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, c := range []struct {
			method, path, query string
			want                int
		}{
			{"PUT", commands, invoke(0), 405},
			{"HEAD", commands, invoke(0), 405},
			{"GET", commands, invoke(0), 405},
			{"POST", commands, queryOf("get", 0), 405},
			{"POST", commands + "/", invoke(0), 404},
			{"POST", "/connect-service/v2.0/commands", invoke(0), 404},
			{"GET", "/apim-token-service/v2.0/token", "", 404},
		} {
			if c.method == "HEAD" {
				continue // its answer has no body
			}
			e := sendAs(w, c.method, c.path, c.query, nil)
			if e.Status != c.want || e.Code.String() != fmt.Sprint(c.want) {
				t.Errorf("%s %s: HTTP %d %s, want %d", c.method, c.path, e.Status, e.Raw, c.want)
			}
		}
	})
}
