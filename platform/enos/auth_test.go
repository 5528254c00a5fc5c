package enos_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// The contract's vectors, against this file's own way to compute them: both sides are checked against it.
func TestTheVectorsOfTheContractHold(t *testing.T) {
	if got := sha("ak-test" + "1700000000000" + "as-test"); got != "0a0774daf9f1d14fcff9c39c36e472d1b5224cca36cabc0e6ced15b4a5e1594f" {
		t.Errorf("token digest is %s", got)
	}
	for _, c := range []struct{ query, body, want string }{
		{"action=invokeService&orgId=o1&productKey=pk1&deviceKey=dk1&serviceId=setX&pendingTtl=0&timeout=5", `{"inputData":{"p":10.5}}`,
			"76d95e093796efeed7462902b3a5235d5f915e2f94e267fb38764d2b70fe0885"},
		{"action=get&orgId=o1&productKey=pk1&deviceKey=dk%201&commandId=2078724684846989312", "",
			"7eb49c3dd3ab9eb36ef70d880b7a39f432c4f56ddf5b4788822cc3445f6b0379"},
	} {
		if got := signature("tok-1", c.query, c.body, "1700000000000", "as-test"); got != c.want {
			t.Errorf("%s: signature %s, want %s", c.query, got, c.want)
		}
	}
}

func TestATokenIsTheSameForItsLifeAndTellsWhatIsLeft(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		first := askToken(w, "get", credentials(w))
		if first.Status != 0 || first.Msg != "SUCCESS" || first.Business != "apim-token-service" || first.Data.Expire != 7200 {
			t.Errorf("first answer is %+v", first)
		}
		time.Sleep(time.Hour + time.Millisecond)
		again := askToken(w, "get", credentials(w))
		if again.Data.AccessToken != first.Data.AccessToken || again.Data.Expire != 3599 {
			t.Errorf("after an hour: %+v, want the same token and 3599 s", again)
		}
		time.Sleep(time.Hour)
		if next := askToken(w, "get", credentials(w)); next.Data.AccessToken == first.Data.AccessToken || next.Data.Expire != 7200 {
			t.Errorf("after two hours: %+v, want another token", next)
		}
	})
}

func TestARefreshedTokenLeavesTheOldOneItsLife(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		old := request(w, http.MethodPost, commands, invoke(0), []byte(input))
		first := token(w)
		time.Sleep(time.Hour)
		body := credentials(w)
		next := askToken(w, "refresh", body[:len(body)-1]+fmt.Sprintf(`,"accessToken":%q}`, first))
		if next.Status != 0 || next.Data.AccessToken == first || next.Data.Expire != 7200 {
			t.Fatalf("refreshed: %+v", next)
		}
		if got := token(w); got != next.Data.AccessToken {
			t.Errorf("the application's token is %s, want the new one", got)
		}
		wantFailure(w, do(w, old), "11900")
		time.Sleep(time.Hour)
		old.Body, _ = old.GetBody()
		wantFailure(w, do(w, old), "1203")
	})
}

func TestTokenCallsAreRefusedWithTheGatewaysNumbers(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for what, c := range map[string]struct {
			call, body string
			want       int
		}{
			"unknown application":  {"get", `{"appKey":"x","encryption":"y","timestamp":1}`, 1002},
			"wrong digest":         {"get", `{"appKey":"ak-test","encryption":"y","timestamp":1}`, 1003},
			"other capitals":       {"get", `{"AppKey":"x","Encryption":"y","Timestamp":1}`, 1202},
			"not JSON":             {"get", `appKey=ak-test`, 1004},
			"a timestamp of text":  {"get", `{"appKey":"ak-test","encryption":"y","timestamp":"now"}`, 1004},
			"nothing":              {"get", `{}`, 1202},
			"refresh of nothing":   {"refresh", credentials(w), 1204},
			"refresh of a strange": {"refresh", `{"accessToken":"tok-1",` + credentials(w)[1:], 1204},
		} {
			if got := askToken(w, c.call, c.body); got.Status != c.want || got.Data.AccessToken != "" {
				t.Errorf("%s: %+v, want status %d", what, got, c.want)
			}
		}
		if got := askToken(w, "get", fmt.Sprintf(`{"appKey":"ak-test","encryption":%q,"timestamp":"17"}`, sha("ak-test17as-test"))); got.Status != 0 {
			t.Errorf("a timestamp that is a string: %+v", got)
		}
	})
}

func TestLenientTakesATokenWithoutASignature(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.Auth = enos.AuthLenient
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		for what, c := range map[string]struct{ header, value, want string }{
			"token":         {"apim-accesstoken", token(w), "11900"},
			"bearer":        {"Authorization", "Bearer " + token(w), "11900"},
			"encrypted":     {"apim-accesstoken", base64.StdEncoding.EncodeToString(make([]byte, 128)), "11900"},
			"none":          {"X-Other", "", "1203"},
			"unknown":       {"apim-accesstoken", "tok-1", "1203"},
			"a short block": {"apim-accesstoken", base64.StdEncoding.EncodeToString(make([]byte, 64)), "1203"},
		} {
			r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
			r.Header = http.Header{c.header: nil}
			r.Header.Set(c.header, c.value)
			if e := do(w, r); e.Code.String() != c.want {
				t.Errorf("%s: %s, want %s", what, e.Raw, c.want)
			}
		}
		w.Want(w.Call(w.Command(0)), platform.ErrOffline)
	})
}

func TestWithoutAuthenticationAnybodyMayCallButOnlyInTheDevicesOrganisation(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.Auth = enos.AuthOff
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		r := request(w, http.MethodPost, commands, invoke(0), []byte(input))
		r.Header = http.Header{}
		wantFailure(w, do(w, r), "11900")
		wantFailure(w, post(w, invoke(0, "orgId=o2"), input), "99404")
	})
}

func TestARequestIdentifierIsNeverGivenTwice(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		seen := map[string]bool{}
		for range 100 {
			e := post(w, invoke(0), input)
			if seen[e.RequestID] {
				t.Fatalf("%s is given twice", e.RequestID)
			}
			seen[e.RequestID] = true
		}
	})
}
