package huawei_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

// vectorWorld has the account and the project of the contract's vector, and no device.
func vectorWorld(t *testing.T, cfg huawei.Config, run func(*dialecttest.World)) {
	t.Helper()
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		w.Platform.AddAccount(platform.Account{Key: "test-ak", Secret: "test-sk", Orgs: []string{"p1"}})
		run(w)
	})
}

const (
	vectorBody     = `{"paras":{"value":"ON"}}` + "\n"
	vectorStandard = "SDK-HMAC-SHA256 Access=test-ak, SignedHeaders=x-project-id;x-sdk-date, Signature=281fafb6f1da4a6c9809f8274cb5d696338108679c60d7a395839aa9c134771a"
	vectorDerived  = "V11-HMAC-SHA256 Credential=test-ak/20240102/cn-north-4/iotdm, SignedHeaders=x-project-id;x-sdk-date, Signature=3cc5c31be6d744be146ef4c9f80bd6cba607e46aa2aa58679eedd2cb9324e433"
)

func vectorRequest(w *dialecttest.World, authorization string) *http.Request {
	r := request(w, "POST", "/v5/iot/p1/devices/d1/commands", vectorBody)
	r.Header.Set("X-Project-Id", "p1")
	r.Header.Set("X-Sdk-Date", "20240102T030405Z")
	r.Header.Set("Authorization", authorization)
	return r
}

func TestBothSignatureVectorsOfTheContractAreAccepted(t *testing.T) {
	vectorWorld(t, testConfig(), func(w *dialecttest.World) {
		for _, authorization := range []string{vectorStandard, vectorDerived} {
			// 404 is past authentication: there is no device d1
			want(w, authorization, do(w, vectorRequest(w, authorization)), 404, "IOTDA.014000")
		}
	})
}

func TestIOTDA000002IsForCallsWithoutValidCredentials(t *testing.T) {
	vectorWorld(t, testConfig(), func(w *dialecttest.World) {
		for what, change := range map[string]func(*http.Request){
			"no credentials":      func(r *http.Request) { r.Header.Del("Authorization") },
			"another project id":  func(r *http.Request) { r.Header.Set("X-Project-Id", "p2") },
			"another date":        func(r *http.Request) { r.Header.Set("X-Sdk-Date", "20240102T030406Z") },
			"a date of no form":   func(r *http.Request) { r.Header.Set("X-Sdk-Date", "yesterday") },
			"another path":        func(r *http.Request) { r.URL.Path = "/v5/iot/p1/devices/d2/commands" },
			"a query":             func(r *http.Request) { r.URL.RawQuery = "a=b" },
			"an unknown key":      func(r *http.Request) { replaceAuth(r, "test-ak", "test-xx") },
			"a digit changed":     func(r *http.Request) { replaceAuth(r, "Signature=281", "Signature=282") },
			"a short digest":      func(r *http.Request) { replaceAuth(r, "71a", "7") },
			"no signed headers":   func(r *http.Request) { replaceAuth(r, "x-project-id;x-sdk-date", "") },
			"another algorithm":   func(r *http.Request) { replaceAuth(r, "SDK-HMAC", "ABC-HMAC") },
			"the other algorithm": func(r *http.Request) { replaceAuth(r, "SDK-HMAC", "V11-HMAC") },
			"a wrong body hash": func(r *http.Request) {
				r.Header.Set("X-Sdk-Content-Sha256", strings.Repeat("0", 64))
			},
			"a payload said to be unsigned": func(r *http.Request) { r.Header.Set("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD") },
			"an unknown token":              func(r *http.Request) { r.Header.Del("Authorization"); r.Header.Set("X-Auth-Token", "x") },
		} {
			r := vectorRequest(w, vectorStandard)
			change(r)
			want(w, what, do(w, r), 401, "IOTDA.000002")
		}
		r := request(w, "POST", "/v5/iot/p1/devices/d1/commands", vectorBody+" ")
		r.Header = vectorRequest(w, vectorStandard).Header
		want(w, "another body", do(w, r), 401, "IOTDA.000002")
	})
}

func replaceAuth(r *http.Request, old, new string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
}

// signAs signs a request as the vendor's SDK for Node does: content-type and host are signed, too. It shares no code with
// the dialect.
func signAs(r *http.Request, payloadHash string) {
	const names = "content-type;host;x-project-id;x-sdk-date;x-security-token" // of a temporary key; empty for others
	text := r.Method + "\n" + strings.TrimSuffix(r.URL.Path, "/") + "/\n" + r.URL.RawQuery + "\n" +
		"content-type:" + r.Header.Get("Content-Type") + "\nhost:" + r.Host + "\nx-project-id:" + r.Header.Get("X-Project-Id") +
		"\nx-sdk-date:" + r.Header.Get("X-Sdk-Date") + "\nx-security-token:" + r.Header.Get("X-Security-Token") + "\n\n" + names + "\n" + payloadHash
	sum := sha256.Sum256([]byte(text))
	h := hmac.New(sha256.New, []byte("test-sk"))
	h.Write([]byte("SDK-HMAC-SHA256\n" + r.Header.Get("X-Sdk-Date") + "\n" + hex.EncodeToString(sum[:])))
	r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=test-ak, SignedHeaders="+names+", Signature="+hex.EncodeToString(h.Sum(nil)))
}

func TestASignatureOverHostContentTypeAndQueryIsAccepted(t *testing.T) {
	vectorWorld(t, testConfig(), func(w *dialecttest.World) {
		empty := sha256.Sum256(nil)
		r := request(w, "GET", "/v5/iot/p1/devices?limit=10&product_id=a%20%2Bb", "")
		r.Header = vectorRequest(w, "").Header
		signAs(r, hex.EncodeToString(empty[:]))
		want(w, "GET with a query", do(w, r), 200, "")

		r = request(w, "POST", "/v5/iot/p1/devices/d1/commands", "any body")
		r.Header = vectorRequest(w, "").Header
		r.Header.Set("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")
		signAs(r, "UNSIGNED-PAYLOAD")
		want(w, "an unsigned payload", do(w, r), 404, "IOTDA.014000")

		r = request(w, "GET", "/v5/iot/p1/devices", "")
		r.Header = vectorRequest(w, "").Header
		r.Header.Set("X-Security-Token", "gQpjbi1ub3J0aC00")
		signAs(r, hex.EncodeToString(empty[:]))
		want(w, "a temporary key", do(w, r.Clone(w.T.Context())), 200, "")
		r.Header.Set("X-Security-Token", "another")
		want(w, "another token than was signed", do(w, r), 401, "IOTDA.000002")
	})
}

func TestASignatureOutsideOfTheClockWindowIsRefusedWhereOneIsSet(t *testing.T) {
	cfg := testConfig()
	cfg.SignWindow = 15 * time.Minute
	vectorWorld(t, cfg, func(w *dialecttest.World) {
		want(w, "the vector's date", do(w, vectorRequest(w, vectorStandard)), 401, "IOTDA.000002")
		got := w.Call(w.Command(0)) // signed now
		w.Want(got, platform.ErrOffline)
	})
}

func TestIOTDA000021IsForAProjectThatIsNotTheAccounts(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		r := request(w, "GET", "/v5/iot/o2/devices", "")
		r.Header.Set("X-Auth-Token", "fixed-token")
		want(w, "another project", do(w, r), 403, "IOTDA.000021")
	})
}

func TestAProjectStandsForTheOrganisationThatTheConfigurationSays(t *testing.T) {
	cfg := testConfig()
	cfg.Projects = map[string]string{"05ed": "o1"}
	cfg.InstanceID = "inst-1"
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		r := request(w, "GET", "/v5/iot/05ed/devices/pk1_dk0", "")
		r.Header.Set("X-Auth-Token", "fixed-token")
		want(w, "without the instance", do(w, r), 400, "IOTDA.000006")
		r.Header.Set("Instance-Id", "inst-1")
		want(w, "with the instance", do(w, r), 200, "")
	})
}

const goodLogin = `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ak-test","password":"as-test","domain":{"name":"dom"}}}},"scope":{"project":{"name":"cn-north-4"}}}}`

func TestATokenIsGivenForNameAndPasswordAndLivesADay(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := do(w, request(w, "POST", "/v3/auth/tokens", goodLogin))
		token := a.Header.Get("X-Subject-Token")
		if a.Status != 201 || token == "" {
			t.Fatalf("%d %s, token %q", a.Status, a.Raw, token)
		}
		if a.text("token", "expires_at") != "2000-01-02T00:00:00.000000Z" || a.text("token", "project", "name") != "cn-north-4" ||
			a.text("token", "user", "domain", "name") != "dom" || !strings.Contains(a.Raw, `"catalog":[]`) {
			t.Error(a.Raw)
		}
		b := do(w, request(w, "POST", "/v3/auth/tokens?nocatalog=true", goodLogin))
		if strings.Contains(b.Raw, "catalog") || b.Header.Get("X-Subject-Token") == token {
			t.Error("nocatalog or the second token:", b.Raw)
		}
		use := func() answer {
			r := request(w, "GET", "/v5/iot/o1/devices/pk1_dk0", "")
			r.Header.Set("X-Auth-Token", token)
			r.Header.Set("Authorization", vectorStandard) // as the SDK does; it is not checked then
			return do(w, r)
		}
		time.Sleep(24*time.Hour - time.Nanosecond)
		want(w, "in its last nanosecond", use(), 200, "")
		time.Sleep(time.Nanosecond)
		want(w, "after a day", use(), 401, "IOTDA.000002")
	})
}

func TestATokenIsRefusedForAnythingElse(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for what, c := range map[string]struct {
			body   string
			status int
			code   string
		}{
			"a wrong password": {strings.Replace(goodLogin, "as-test", "as-other", 1), 401, "IOTDA.000002"},
			"an unknown user":  {strings.Replace(goodLogin, "ak-test", "ak-other", 1), 401, "IOTDA.000002"},
			"no user":          {strings.Replace(goodLogin, "ak-test", "", 1), 400, "IOTDA.000006"},
			"another method":   {strings.Replace(goodLogin, `["password"]`, `["token"]`, 1), 400, "IOTDA.000006"},
			"no JSON":          {"{", 400, "IOTDA.000008"},
			"another type":     {`{"auth":[]}`, 400, "IOTDA.000006"},
		} {
			a := do(w, request(w, "POST", "/v3/auth/tokens", c.body))
			want(w, what, a, c.status, c.code)
			if a.Header.Get("X-Subject-Token") != "" || strings.Contains(a.Raw, "as-test") {
				t.Errorf("%s: %v %s", what, a.Header, a.Raw)
			}
		}
	})
}

func TestIOTDA021102IsForMoreCallsASecondThanTheAccountMayMake(t *testing.T) {
	cfg := testConfig()
	cfg.RateLimit = 3
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		for range 2 {
			for range 3 {
				want(w, "within the limit", get(w, "devices/pk1_dk0"), 200, "")
			}
			want(w, "one more", get(w, "devices/pk1_dk0"), 403, "IOTDA.021102")
			time.Sleep(time.Second)
		}
	})
}

func TestIOTDA000029IsForAPathThatIsNotThere(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		want(w, "a path", get(w, "nothing"), 404, "IOTDA.000029")
		want(w, "a path without credentials", do(w, request(w, "GET", "/v5/iot/", "")), 404, "IOTDA.000029")
		want(w, "a method", send(w, "PUT", "devices/pk1_dk0/commands", "{}"), 405, "IOTDA.000029")
	})
}

func TestEverybodyMayCallWhereAuthenticationIsOff(t *testing.T) {
	cfg := testConfig()
	cfg.Auth = huawei.AuthOff
	inWorld(t, harnessOf(cfg, huawei.AuthOff), func(w *dialecttest.World) {
		want(w, "a call", do(w, request(w, "GET", "/v5/iot/o1/devices/pk1_dk0", "")), 200, "")
		w.Want(w.Call(w.Command(0)), platform.ErrOffline)
	})
}
