package sdktest

import (
	"strings"
	"testing"
)

func TestEnOSArgumentsAreChecked(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	invoke, ok := "action=invokeService&", `{"inputData":{}}`
	for _, tc := range []struct {
		name, query, body string
		code              int
	}{
		{"no action", enosDK1 + "&serviceId=reboot", ok, 99400},
		{"unknown action", "action=jump&" + enosDK1, ok, 99400},
		{"no orgId", invoke + "assetId=asset1&serviceId=reboot", ok, 99400},
		{"unknown orgId", invoke + "orgId=nope&assetId=asset1&serviceId=reboot", ok, 99400},
		{"another's orgId", invoke + "orgId=" + foreign + "&assetId=asset1&serviceId=reboot", ok, 99403},
		{"no device", invoke + "orgId=" + org + "&serviceId=reboot", ok, 99400},
		{"half a pair", invoke + "orgId=" + org + "&productKey=pk1&serviceId=reboot", ok, 99400},
		{"unknown device", invoke + "orgId=" + org + "&assetId=nope&serviceId=reboot", ok, 99404},
		{"no serviceId", invoke + enosDK1, ok, 99400},
		{"unknown serviceId", invoke + enosDK1 + "&serviceId=nope", ok, 99400},
		{"pendingTtl too long", invoke + enosDK1 + "&serviceId=reboot&pendingTtl=172801", ok, 99400},
		{"timeout 0", invoke + enosDK1 + "&serviceId=reboot&timeout=0", ok, 99400},
		{"timeout 61", invoke + enosDK1 + "&serviceId=reboot&timeout=61", ok, 99400},
		{"timeout as text", invoke + enosDK1 + "&serviceId=reboot&timeout=soon", ok, 99400},
		{"no body", invoke + enosDK1 + "&serviceId=reboot", "", 99400},
		{"no inputData", invoke + enosDK1 + "&serviceId=reboot", `{}`, 99400},
		{"body is no JSON", invoke + enosDK1 + "&serviceId=reboot", `{"inputData":`, 99400},
		{"unknown parameter", invoke + enosDK1 + "&serviceId=setX", `{"inputData":{"zz":1}}`, 99400},
		{"a text for a number", invoke + enosDK1 + "&serviceId=setX", `{"inputData":{"p":"1"}}`, 99400},
	} {
		a.code(tc.name, a.call("POST", "commands", tc.query, tc.body), tc.code)
	}
}

func TestEnOSTokenIsTheSameUntilItIsRefreshed(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	again := a.tokenCall("get", nil)
	if again.Data.AccessToken != a.token || again.Data.Expire <= 7000 || again.Data.Expire > 7200 || again.Business != "apim-token-service" {
		t.Errorf("asked again: %+v, want the token %s", again, a.token)
	}
	fresh := a.tokenCall("refresh", map[string]any{"accessToken": a.token})
	if fresh.Data.AccessToken == "" || fresh.Data.AccessToken == a.token {
		t.Errorf("refreshed: %+v", fresh)
	}
	a.token = fresh.Data.AccessToken
	a.code("with the new one", a.invoke("reboot", "", `{"inputData":{}}`), 11900)
	for name, tc := range map[string]struct {
		more map[string]any
		want int
	}{
		"wrong digest": {map[string]any{"encryption": strings.Repeat("0", 64)}, 1003},
		"unknown key":  {map[string]any{"appKey": "nobody"}, 1002},
		"no key":       {map[string]any{"appKey": ""}, 1202},
	} {
		if out := a.tokenCall("get", tc.more); out.Status == nil || *out.Status != tc.want {
			t.Errorf("%s: %+v, want status %d", name, out, tc.want)
		}
	}
}

func TestEnOSCallsWithoutAValidTokenOrSignatureAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.enos(t)
	body := `{"inputData":{}}`
	for name, tc := range map[string]struct {
		change func(*enosApp)
		code   int
	}{
		"unknown token": {func(a *enosApp) { a.token = "nothing" }, 1203},
		"wrong secret":  {func(a *enosApp) { a.secret = "wrong" }, 1003},
		"no signature":  {func(a *enosApp) { a.unsigned = true }, 1003},
	} {
		b := *a
		tc.change(&b)
		b.code(name, b.invoke("reboot", "", body), tc.code)
	}
}

func TestEnOSTokenAloneIsEnoughWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	a := start(t, "enos: {auth: lenient}").enos(t)
	a.unsigned = true
	a.code("token alone", a.invoke("reboot", "", `{"inputData":{}}`), 11900)
	a.bearer = true
	a.code("as Authorization", a.invoke("reboot", "", `{"inputData":{}}`), 11900)
	a.token = "nothing"
	a.code("unknown", a.invoke("reboot", "", `{"inputData":{}}`), 1203)
}

func TestEnOSCallsAboveTheLimitOfAMinuteAre429(t *testing.T) {
	t.Parallel()
	a := start(t, "enos: {rate_limit: 3}").enos(t)
	for range 10 { // a new minute may begin once
		if out := a.invoke("reboot", "", `{"inputData":{}}`); out.http == 429 && *out.Code == 429 && string(out.Data) == "null" {
			return
		}
	}
	t.Error("10 calls were taken, with a limit of 3 a minute")
}

func TestEnOSDeviceProvesItselfAndHasItsOwnTopicsOnly(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	wrong := enosLogin("dk1")
	wrong.password = strings.Repeat("0", 64)
	for name, tc := range map[string]struct {
		login login
		code  byte
	}{"wrong secret": {wrong, 4}, "disabled device": {enosLogin("off"), 5}} {
		if _, err := a.w.dial(t, tc.login, habits{}); refusedWith(err) != tc.code {
			t.Errorf("%s: %v, want CONNACK %d", name, err, tc.code)
		}
	}
	if _, err := a.w.dial(t, enosLogin("nobody"), habits{}); refusedWith(err) == 0 {
		t.Errorf("unknown device: %v", err)
	}
	upper := enosLogin("dk1")
	upper.password = strings.ToUpper(upper.password)
	d, err := a.w.dial(t, upper, habits{answer: alinkOK})
	if err != nil {
		t.Fatal(err)
	}
	a.awaits("dk1", "online")
	for filter, want := range map[string]byte{"/sys/pk1/dk1/thing/service/+": 0, "/sys/pk1/fresh/thing/service/+": 0x80, "#": 0x80} {
		if got := d.subscribe(filter, 0); got != want {
			t.Errorf("%s: granted %#x, want %#x", filter, got, want)
		}
	}
	for _, p := range []string{`{"p":1}`, `{"p":2}`} {
		a.code(p, a.invoke("setX", "", `{"inputData":`+p+`}`), 0)
		if m := d.next(); fields(t, m.Payload())["params"] != p {
			t.Errorf("came %s, want %s: one copy of each, and no echo", m.Payload(), p)
		}
	}
}
