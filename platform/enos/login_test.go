package enos_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

func digest(h hash.Hash, text string) string {
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func signedText(cid, dk, pk, timestamp, secret string) string {
	return "clientId" + cid + "deviceKey" + dk + "productKey" + pk + "timestamp" + timestamp + secret
}

// registry is a platform with one device, to be asked and not started.
func registry(t testing.TB, product, device, secret string) *platform.Platform {
	t.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.DefaultConfig)}})
	if err != nil {
		t.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: product, Dialect: "enos"})
	if _, err := p.AddDevice(platform.Registration{Address: platform.Address{Product: product, Device: device}, Secret: secret}); err != nil {
		t.Fatal(err)
	}
	return p
}

func admit(p *platform.Platform, clientID, username, password string) (*platform.Device, broker.Grant, error) {
	return enos.New(enos.DefaultConfig).Admit(p.Service, broker.Login{ClientID: clientID, Username: username, Password: []byte(password)})
}

func TestTheLoginVectorsOfTheContractAreAdmitted(t *testing.T) {
	for _, c := range []struct{ cid, dk, pk, ts, secret, password string }{
		{"123456", "test", "654321", "1548753362502", "abcdefg", "B99032D49C706F7B27B22AB5CD2DD3C56A31E1BCBBC83BA0A2A6BB3272FBB166"},
		{"dk1", "dk1", "pk1", "1700000000000", "ds-test", "4A63FB039FDCD6B09E0EF25E8C12FE57DBD67D6D059F127004EB6740CBE3E43E"},
	} {
		p := registry(t, c.pk, c.dk, c.secret)
		for _, password := range []string{c.password, strings.ToLower(c.password)} {
			id := c.cid + "|securemode=2, signmethod=sha256, timestamp=" + c.ts + "|"
			if dev, _, err := admit(p, id, c.dk+"&"+c.pk, password); err != nil || dev.Address.Device != c.dk {
				t.Errorf("%s with %s: %v", id, password, err)
			}
		}
	}
}

func TestTheCodecMakesThePasswordOfTheContract(t *testing.T) {
	id, user, password := enos.Codec{}.Login(platform.Address{Product: "pk1", Device: "dk1"}, "ds-test", time.UnixMilli(1700000000000))
	if id != "dk1|securemode=2,signmethod=sha256,timestamp=1700000000000|" || user != "dk1&pk1" {
		t.Errorf("login is %q %q", id, user)
	}
	if want := "4a63fb039fdcd6b09e0ef25e8c12fe57dbd67d6d059f127004eb6740cbe3e43e"; password != want {
		t.Errorf("password is %s, want %s", password, want)
	}
}

func TestEverySignMethodOfTheSDKsIsAdmitted(t *testing.T) {
	p := registry(t, "pk1", "dk1", "ds-test")
	text := func(cid, ts string) string { return signedText(cid, "dk1", "pk1", ts, "ds-test") }
	for what, c := range map[string]struct{ id, password string }{
		"sha256":                      {"dk1|securemode=2,signmethod=sha256,timestamp=1|", digest(sha256.New(), text("dk1", "1"))},
		"hmacsha256 is a plain hash":  {"dk1|securemode=2,signmethod=hmacsha256,timestamp=1|", digest(sha256.New(), text("dk1", "1"))},
		"names have no case":          {"dk1|securemode=2,signmethod=HmacSHA256,timestamp=1|", digest(sha256.New(), text("dk1", "1"))},
		"sha1":                        {"dk1|securemode=2,signmethod=sha1,timestamp=1|", digest(sha1.New(), text("dk1", "1"))},
		"hmacsha1 as a plain hash":    {"dk1|securemode=2,signmethod=hmacsha1,timestamp=1|", digest(sha1.New(), text("dk1", "1"))},
		"hmacsha1 as an HMAC":         {"dk1|securemode=2,signmethod=hmacsha1,timestamp=1|", digest(hmac.New(sha1.New, []byte("ds-test")), text("dk1", "1"))},
		"md5":                         {"dk1|securemode=2,signmethod=md5,timestamp=1|", digest(md5.New(), text("dk1", "1"))},
		"hmacmd5":                     {"dk1|securemode=2,signmethod=hmacmd5,timestamp=1|", digest(md5.New(), text("dk1", "1"))},
		"none is SHA-1":               {"dk1|securemode=2,timestamp=1|", digest(sha1.New(), text("dk1", "1"))},
		"a fraction of milliseconds":  {"dk1|securemode=2,signmethod=sha256,timestamp=1.25|", digest(sha256.New(), text("dk1", "1.25"))},
		"unknown keys are ignored":    {"dk1|ext=1,securemode=2,signmethod=sha256,timestamp=1,|", digest(sha256.New(), text("dk1", "1"))},
		"a cid of another form":       {"pk.dk|x|securemode=2,signmethod=sha256,timestamp=1|", digest(sha256.New(), text("pk.dk|x", "1"))},
		"a cid of 64 characters":      {strings.Repeat("ü", 64) + "|securemode=2,signmethod=sha256,timestamp=1|", digest(sha256.New(), text(strings.Repeat("ü", 64), "1"))},
		"upper-case digits of a hash": {"dk1|securemode=2,signmethod=sha1,timestamp=1|", strings.ToUpper(digest(sha1.New(), text("dk1", "1")))},
	} {
		if _, _, err := admit(p, c.id, "dk1&pk1", c.password); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestALoginThatProvesNothingIsRefused(t *testing.T) {
	p := registry(t, "pk1", "dk1", "ds-test")
	good := digest(sha256.New(), signedText("dk1", "dk1", "pk1", "1", "ds-test"))
	long := strings.Repeat("c", 65)
	for what, c := range map[string]struct {
		id, user, password string
		bad                bool // credentials, otherwise not authorized
		reason             string
	}{
		"no password":        {"dk1|securemode=2,signmethod=sha256,timestamp=1|", "dk1&pk1", "", true, "742"},
		"another timestamp":  {"dk1|securemode=2,signmethod=sha256,timestamp=2|", "dk1&pk1", good, true, "742"},
		"another cid":        {"dk2|securemode=2,signmethod=sha256,timestamp=1|", "dk1&pk1", good, true, "742"},
		"another device":     {"dk1|securemode=2,signmethod=sha256,timestamp=1|", "dk2&pk1", good, true, "742"},
		"a real HMAC-SHA256": {"dk1|securemode=2,signmethod=hmacsha256,timestamp=1|", "dk1&pk1", digest(hmac.New(sha256.New, []byte("ds-test")), signedText("dk1", "dk1", "pk1", "1", "ds-test")), true, "742"},
		"an unknown method":  {"dk1|securemode=2,signmethod=sha512,timestamp=1|", "dk1&pk1", good, true, "742"},
		"a hash cut short":   {"dk1|securemode=2,signmethod=sha256,timestamp=1|", "dk1&pk1", good[:62], true, "742"},
		"dynamic activation": {"dk1|securemode=3,signmethod=sha256,timestamp=1|", "dk1&pk1", good, false, "770"},
		"integration":        {"dk1|securemode=4,signmethod=sha256,timestamp=1|", "dk1&pk1", good, false, "742"},
		"a long cid":         {long + "|securemode=2,signmethod=sha256,timestamp=1|", "dk1&pk1", digest(sha256.New(), signedText(long, "dk1", "pk1", "1", "ds-test")), false, "742"},
	} {
		_, _, err := admit(p, c.id, c.user, c.password)
		var r *broker.Refusal
		if !errors.As(err, &r) || r.BadCredentials != c.bad || !strings.HasPrefix(r.Reason, c.reason) {
			t.Errorf("%s: %v, want a refusal %s", what, err, c.reason)
		}
	}
}

func TestALoginOfAnotherFormOrProductIsLeftToOtherDialects(t *testing.T) {
	p := registry(t, "pk1", "dk1", "ds-test")
	for _, c := range [][2]string{{"dk1", "dk1&pk1"}, {"dk1|securemode=2", "dk1&pk1"}, {"|", "dk1&pk1"}, {"dk1|x|", "dk1"}, {"dk1|x|", "dk1&pk2"}, {"", ""}} {
		if _, _, err := admit(p, c[0], c[1], "x"); !errors.Is(err, platform.ErrNotMine) {
			t.Errorf("%q: %v, want %v", c, err, platform.ErrNotMine)
		}
	}
}

func TestADeviceHasItsOwnTopicsAndNoOther(t *testing.T) {
	p := registry(t, "pk1", "dk1", "ds-test")
	_, grant, err := admit(p, "dk1|timestamp=1,signmethod=sha256|", "dk1&pk1", digest(sha256.New(), signedText("dk1", "dk1", "pk1", "1", "ds-test")))
	if err != nil {
		t.Fatal(err)
	}
	if want := "/sys/pk1/dk1/thing/service/+ /sys/pk1/dk1/thing/service/measurepoint/set"; strings.Join(grant.Down, " ") != want {
		t.Errorf("subscribed to %v, want %s", grant.Down, want)
	}
	for topic, want := range map[string]bool{
		"/sys/pk1/dk1/thing/service/x_reply":             true,
		"/sys/pk1/dk1/#":                                 true,
		"/ext/session/pk1/dk1/thing/activate/info_reply": true,
		"/ext/+/pk1/dk1/x":                               true,
		"/sys/pk1/dk2/thing/service/x_reply":             false,
		"/sys/pk1/dk10/thing":                            false,
		"/sys/pk1/dk1":                                   false,
		"/sys/pk1/+/thing/service/x":                     false,
		"/sys/+/dk1/thing":                               false,
		"/sys/#":                                         false,
		"/ext/#":                                         false,
		"/ext/#/pk1/dk1/x":                               false,
		"/ext//pk1/dk1/x":                                false,
		"/ext/session/pk1/dk2/x":                         false,
		"/ext/session":                                   false,
		"#":                                              false,
		"$SYS/broker":                                    false,
		"sys/pk1/dk1/x":                                  false,
		"/other/pk1/dk1/x":                               false,
		"/sys/pk2/dk1/../pk1/dk1/thing/service/x_reply":    false,
		"/ext/session/pk2/dk1/x/sys/pk1/dk1/thing/service": false,
	} {
		if got := grant.May(topic, true); got != want {
			t.Errorf("%s: may %v, want %v", topic, got, want)
		}
	}
}

func TestTheFirstConnectionIsWhatActivates(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(dialecttest.Fresh), input), "11888")
		d := w.Connect(dialecttest.Fresh)
		call := postGo(w, invoke(dialecttest.Fresh), input)
		d.Answer(d.Next())
		if e := <-call; e.Code != "0" {
			t.Error(e.Raw)
		}
	})
}
