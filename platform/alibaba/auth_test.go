package alibaba_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

func TestACS3IsCheckedInEveryPart(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		p := without(parameters(w, "GetDeviceStatus"), "Action")
		for _, c := range []struct {
			name   string
			change func(*http.Request)
			code   string
		}{
			{"as it was signed", func(*http.Request) {}, "200"},
			{"another parameter", func(r *http.Request) { r.URL.RawQuery += "&x=1" }, "SignatureDoesNotMatch"},
			{"another header that is signed", func(r *http.Request) { r.Header.Set("x-acs-date", "2026-11-22T04:44:31Z") }, "SignatureDoesNotMatch"},
			{"another host", func(r *http.Request) { r.Host = "elsewhere" }, "SignatureDoesNotMatch"},
			{"another method", func(r *http.Request) { r.Method = http.MethodGet }, "SignatureDoesNotMatch"},
			{"unknown key", func(r *http.Request) { edit(r, "Credential=ak-test", "Credential=nobody") }, "InvalidAccessKeyId.NotFound"},
			{"no key", func(r *http.Request) { edit(r, "Credential=ak-test,", "") }, "MissingAccessKeyId"},
			{"no signature", func(r *http.Request) { edit(r, "Signature=", "Other=") }, "IncompleteSignature"},
			{"no date", func(r *http.Request) { r.Header.Del("x-acs-date") }, "Missingx-acs-date"},
			{"another body hash", func(r *http.Request) {
				r.Header.Set("x-acs-content-sha256", hex.EncodeToString(make([]byte, 32)))
				signACS3(r, p, w.Account, "host;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce")
			}, "SignatureDoesNotMatch"},
		} {
			req := acs3Request(w, "GetDeviceStatus", p, nil)
			c.change(req)
			if e := do(w, req); e.code() != c.code {
				w.T.Errorf("%s: %s, want %s", c.name, e.Raw, c.code)
			}
		}
	})
}

func edit(r *http.Request, old, new string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
}

// A temporary key comes with a token that is signed like everything else. Whose it is, the key says.
func TestTheTokenOfATemporaryKeyIsSigned(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		p := parameters(w, "GetDeviceStatus", "SecurityToken=CAIS+/=")
		if e := do(w, v1Request(w, http.MethodPost, p)); e.code() != "200" {
			t.Errorf("version 1: %s", e.Raw)
		}
		p.Set("SecurityToken", "another")
		if e := do(w, v1Request(w, http.MethodPost, p)); e.code() != "SignatureDoesNotMatch" {
			t.Errorf("version 1, with another token than was signed: %s", e.Raw)
		}
		query := without(parameters(w, "GetDeviceStatus"), "Action")
		req := acs3Request(w, "GetDeviceStatus", query, nil)
		req.Header.Set("x-acs-accesskey-id", w.Account.Key)
		req.Header.Set("x-acs-security-token", "CAIS+/=")
		signACS3(req, query, w.Account, "host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version")
		if e := do(w, req.Clone(w.T.Context())); e.code() != "200" {
			t.Errorf("ACS3: %s", e.Raw)
		}
		req.Header.Set("x-acs-security-token", "another")
		if e := do(w, req); e.code() != "SignatureDoesNotMatch" {
			t.Errorf("ACS3, with another token than was signed: %s", e.Raw)
		}
	})
}

func TestTheTimeOfASignatureIsCheckedOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	for _, check := range []bool{false, true} {
		cfg := alibaba.DefaultConfig
		cfg.CheckTime = check
		inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
			now := time.Now().UTC()
			for at, code := range map[string]string{
				now.Format("2006-01-02T15:04:05Z"):                                    "200",
				now.Add(-15 * time.Minute).Format("2006-01-02T15:04:05Z"):             "200",
				now.Add(15 * time.Minute).Format("2006-01-02T15:04:05Z"):              "200",
				now.Add(-15*time.Minute - time.Second).Format("2006-01-02T15:04:05Z"): "InvalidTimeStamp.Expired",
				now.Add(15*time.Minute + time.Second).Format("2006-01-02T15:04:05Z"):  "InvalidTimeStamp.Expired",
				now.Format(time.RFC1123):                                              "InvalidTimeStamp.Format",
			} {
				want := code
				if !check {
					want = "200"
				}
				if e := call(w, "GetDeviceStatus", "Timestamp="+at); e.code() != want {
					w.T.Errorf("check %v, %s: %s, want %s", check, at, e.Raw, want)
				}
			}
		})
	}
}

func TestANonceIsGoodOnceInAQuarterOfAnHour(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.CheckNonce = true
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		want := func(nonce, code string) {
			w.T.Helper()
			if e := call(w, "GetDeviceStatus", "SignatureNonce="+nonce); e.code() != code {
				w.T.Errorf("%s: %s, want %s", nonce, e.Raw, code)
			}
		}
		want("a", "200")
		want("a", "SignatureNonceUsed")
		time.Sleep(10 * time.Minute)
		want("b", "200")
		time.Sleep(5*time.Minute - time.Nanosecond)
		want("a", "SignatureNonceUsed")
		time.Sleep(time.Nanosecond)
		want("a", "200")
		want("b", "SignatureNonceUsed") // from the older half
		time.Sleep(10 * time.Minute)
		want("b", "200")
	})
}

func TestAForgedCallDoesNotUseItsNonceUp(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.CheckNonce = true
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		if e := call(w, "GetDeviceStatus", "Signature=AAAA"); e.Code != "SignatureDoesNotMatch" {
			w.T.Error(e.Raw)
		}
		wantSuccess(w, call(w, "GetDeviceStatus"))
	})
}

func TestWithoutAuthenticationAPlainRequestWorks(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.Auth = alibaba.AuthOff
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		resp, err := w.Client.Get(dialecttest.Base + "/?Action=GetDeviceStatus&Version=2018-01-20&ProductKey=pk1&DeviceName=dk0&Format=JSON")
		if err != nil {
			w.T.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			w.T.Errorf("status %d", resp.StatusCode)
		}
	})
}

func TestParametersOfQueryAndFormAreOne(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantSuccess(w, do(w, v1Request(w, http.MethodPost, parameters(w, "GetDeviceStatus"))))
		req := v1Request(w, http.MethodPost, parameters(w, "GetDeviceStatus"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
		wantSuccess(w, do(w, req))
		req = v1Request(w, http.MethodPost, parameters(w, "GetDeviceStatus"))
		req.Header.Set("Content-Type", "application/json") // no form: nothing is said
		if e := do(w, req); e.Code != "InvalidAction.NotFound" {
			w.T.Errorf("body of another type: %s", e.Raw)
		}
	})
}
