package sdktest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"hash"
	"strings"
	"testing"
	"time"
)

// signedLogin is a login of dev1 with a client id of one's own and without a timestamp.
func signedLogin(cid, parameters string, method func() hash.Hash) login {
	mac := hmac.New(method, []byte(devSecret))
	mac.Write([]byte("clientId" + cid + "deviceNamedev1productKey" + aliProduct))
	return login{cid + "|" + parameters + "|", "dev1&" + aliProduct, hex.EncodeToString(mac.Sum(nil))}
}

func TestAlibabaDeviceSignsWithAnyMethodOfTheContract(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, l := range map[string]login{
		"C SDK 4":                 alibabaLoginExt(aliProduct, "dev1", 3),
		"hmacmd5":                 signedLogin("any text", "securemode=3,signmethod=hmacmd5", md5.New),
		"no method":               signedLogin("a1pk&dev1", "securemode=3", md5.New),
		"hmacsha1 and line feeds": signedLogin("a1pk&dev1_sdk-js", "securemode=3,\n        signmethod=hmacsha1,\n        lan=NodeJS", sha1.New),
	} {
		if _, err := w.dial(t, l, habits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAlibabaDeviceWithWrongCredentialsIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	wrong := alibabaLogin("dev1")
	wrong.password = strings.Repeat("0", 64)
	for name, tc := range map[string]struct {
		login login
		code  byte
	}{
		"wrong password":  {wrong, 4},
		"unknown device":  {alibabaLogin("nobody"), 4},
		"disabled device": {alibabaLogin("off"), 5},
	} {
		if _, err := w.dial(t, tc.login, habits{}); refusedWith(err) != tc.code {
			t.Errorf("%s: %v, want CONNACK %d", name, err, tc.code)
		}
	}
}

func TestAlibabaDeviceWithAShortKeepAliveIsRefusedWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, "alibaba: {keep_alive_check: true}")
	if _, err := w.dial(t, alibabaLogin("dev1"), habits{keepAlive: 29 * time.Second}); refusedWith(err) != 3 {
		t.Errorf("29 s: %v, want CONNACK 3", err)
	}
	if _, err := w.dial(t, alibabaLogin("dev1"), habits{keepAlive: 30 * time.Second}); err != nil {
		t.Errorf("30 s: %v", err)
	}
}

func TestAlibabaDeviceHasItsOwnTopicsOnlyAndGetsOneCopy(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newClassic(t, w, key, secret)
	d := online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
	for filter, want := range map[string]byte{
		"/sys/a1pk/dev1/thing/service/+":             1,
		"/sys/a1pk/dev1/rrpc/request/+":              1,
		"/shadow/get/a1pk/dev1":                      1,
		"/ext/session/a1pk/dev1/combine/login_reply": 1,
		"/sys/a1pk/dev2/thing/service/+":             0x80,
		"/sys/#":                                     0x80,
		"#":                                          0x80,
	} {
		if got := d.subscribe(filter, 1); got != want {
			t.Errorf("%s: granted %#x, want %#x", filter, got, want)
		}
	}
	for _, in := range []string{`{"n":1}`, `{"n":2}`} {
		a, err := c.invoke(setX(in))
		succeeds(t, a, err)
		if m := d.next(); fields(t, m.Payload())["params"] != in {
			t.Errorf("came %s, want %s: one copy of each, and no echo", m.Payload(), in)
		}
	}
}

func TestAlibabaDeviceThatConnectsAgainReplacesItsOlderConnection(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newClassic(t, w, key, secret)
	older := online(t, w, c, alibabaLogin("dev1"), habits{})
	newer := w.connect(t, signedLogin("another", "securemode=3", md5.New), habits{answer: alinkOK})
	older.isCut()
	a, err := c.invoke(setX(`{}`))
	if succeeds(t, a, err); newer.next() == nil {
		t.Error("the newer one got nothing")
	}
}

func TestAlibabaReplyOfAnotherDeviceIsNotServed(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newTea(t, w, key, secret, "")
	thief := online(t, w, c, alibabaLogin("dev2"), habits{})
	online(t, w, c, alibabaLogin("dev1"), habits{answer: func(topic string, payload []byte) (string, []byte) {
		forged := strings.Replace(string(alinkReply(payload, `200,"data":{"y":666}`)), "dev1", "dev2", 1)
		thief.say(strings.Replace(alinkTopic(topic), "dev1", "dev2", 1), forged)
		thief.client.Publish(alinkTopic(topic), 0, false, forged)
		return alinkOK(topic, payload)
	}})
	a, err := c.invoke(setX(`{}`))
	if succeeds(t, a, err); !strings.Contains(a.result, `"y":7`) {
		t.Errorf("result %s", a.result)
	}
}
