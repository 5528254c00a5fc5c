package alibaba_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
)

// town is a platform with the device of the contract's vectors.
func town(t testing.TB, cfg alibaba.Config) (*platform.Platform, *alibaba.Dialect) {
	t.Helper()
	d := alibaba.New(cfg)
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{d}, Keep: 1000})
	if err != nil {
		t.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: "a1pk", Dialect: alibaba.Name})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "a1pk", Device: "dev1"}, Secret: "devsecret0001"})
	return p, d
}

const (
	md5Password    = "887d55a50f5711a2bc6e4343be6c269a"
	sha1Password   = "ed8f9d15e1cdfc96c9cc875ed7c70231a80e0f25"
	sha256Password = "9876e7a90d51cf756853ff450563016eb4285a2f8de2c6a0ced970b4d195fbfd"
	bareSHA256     = "0ea2c3152f6a8dd8d778bd41087decc0384a66394de0b349e4c23906f672bad2"
)

var logins = []struct {
	name, id, password string
	ok                 bool
	ext                bool // synchronous calls come under /ext/rrpc
}{
	{"no signmethod is MD5", "a1pk.dev1|timestamp=2524608000000|", md5Password, true, false},
	{"hmacmd5", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacmd5|", md5Password, true, false},
	{"hmacsha1", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha1|", sha1Password, true, false},
	{"hmacsha256", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha256|", sha256Password, true, false},
	{"no timestamp", "a1pk.dev1|signmethod=hmacsha256|", bareSHA256, true, false},
	{"C SDK 4, with its empty item", "a1pk.dev1|timestamp=2524608000000,_ss=1,_v=sdk-c-4.1.0,securemode=3,signmethod=hmacsha256,ext=3,|", sha256Password, true, true},
	{"C SDK 3", "a1pk.dev1|timestamp=2524608000000,_v=sdk-c-3.0.1,securemode=3,signmethod=hmacsha256,lan=C,gw=0,ext=0|", sha256Password, true, false},
	{"ext=2 has not the bit", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha256,ext=2|", sha256Password, true, false},
	{"line feeds and blanks, as the old Node SDK", "a1pk.dev1|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=2524608000000|", sha1Password, true, false},
	{"upper-case digits", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha256|", strings.ToUpper(sha256Password), true, false},
	{"anything behind the last bar", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha1|x", sha1Password, true, false},

	{"another digest", "a1pk.dev1|timestamp=2524608000000,signmethod=hmacsha1|", sha256Password, false, false},
	{"another time", "a1pk.dev1|timestamp=2524608000001,signmethod=hmacsha1|", sha1Password, false, false},
	{"another client", "a1pk.dev2|timestamp=2524608000000,signmethod=hmacsha1|", sha1Password, false, false},
	{"the time left out", "a1pk.dev1|signmethod=hmacsha1|", sha1Password, false, false},
	{"unknown method", "a1pk.dev1|timestamp=2524608000000,signmethod=none|", sha1Password, false, false},
	{"no password", "a1pk.dev1|timestamp=2524608000000|", "", false, false},
	{"no digits", "a1pk.dev1|timestamp=2524608000000|", "zz", false, false},
	{"too long an id", strings.Repeat("x", 65) + "|timestamp=2524608000000|", md5Password, false, false},
	{"one bar", "a1pk.dev1|", md5Password, false, false},
	{"no bar", "a1pk.dev1", md5Password, false, false},
}

func TestLoginsOfTheVendorsSDKs(t *testing.T) {
	p, d := town(t, alibaba.DefaultConfig)
	for _, l := range logins {
		grant, err := p.Admit(broker.Login{ClientID: l.id, Username: "dev1&a1pk", Password: []byte(l.password)})
		if (err == nil) != l.ok {
			t.Errorf("%s: error %v, want it admitted: %v", l.name, err, l.ok)
		}
		if err != nil {
			continue
		}
		c := platform.Command{ID: 7, Wire: platform.WireStride + 1, Device: platform.Address{Product: "a1pk", Device: "dev1"}, Service: "s"}
		m, err := d.Down(p.Device(c.Device), &broker.Session{Note: grant.Note}, c)
		if got := strings.HasPrefix(m.Topic, "/ext/rrpc/7/sys/a1pk/dev1/"); err != nil || got != l.ext {
			t.Errorf("%s: topic %s, error %v; want it under /ext/rrpc: %v", l.name, m.Topic, err, l.ext)
		}
	}
}

func TestTheNodeSDKsClientIdHasTheProductInIt(t *testing.T) {
	p, _ := town(t, alibaba.DefaultConfig)
	mac := hmac.New(sha1.New, []byte("devsecret0001"))
	mac.Write([]byte("clientIda1pk&dev1deviceNamedev1productKeya1pktimestamp1795322810933"))
	id, password := "a1pk&dev1|securemode=3,signmethod=hmacsha1,timestamp=1795322810933,lan=NodeJS,_v=1.2.8|", hex.EncodeToString(mac.Sum(nil))
	if _, err := p.Admit(broker.Login{ClientID: id, Username: "dev1&a1pk", Password: []byte(password)}); err != nil {
		t.Error(err)
	}
	password = strings.Repeat("0", len(password))
	if _, err := p.Admit(broker.Login{ClientID: id, Username: "dev1&a1pk", Password: []byte(password)}); !refusedAs(err, true) {
		t.Errorf("error %v, want bad credentials", err)
	}
}

func refusedAs(err error, bad bool) bool {
	var r *broker.Refusal
	return errors.As(err, &r) && r.BadCredentials == bad
}

func TestALoginOfNobodysProductIsLeftToOthers(t *testing.T) {
	p, d := town(t, alibaba.DefaultConfig)
	_, _, err := d.Admit(p.Service, broker.Login{ClientID: "x|signmethod=hmacsha1|", Username: "dev1&other"})
	if !errors.Is(err, platform.ErrNotMine) {
		t.Errorf("error %v, want %v", err, platform.ErrNotMine)
	}
}

func TestKeepAliveIsCheckedOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	for _, check := range []bool{false, true} {
		cfg := alibaba.DefaultConfig
		cfg.KeepAliveCheck = check
		p, _ := town(t, cfg)
		for seconds, ok := range map[uint16]bool{0: !check, 29: !check, 30: true, 1200: true, 1201: true} {
			g, err := p.Admit(broker.Login{ClientID: "a1pk.dev1|timestamp=2524608000000|", Username: "dev1&a1pk", Password: []byte(md5Password), KeepAlive: seconds})
			if (err == nil) != ok {
				t.Errorf("check %v, keep-alive %d s: error %v, want it admitted: %v", check, seconds, err, ok)
			}
			if most := map[bool]uint16{true: 1200}[check]; ok && g.MaxKeepAlive != most {
				t.Errorf("check %v, keep-alive %d s: what is above %d is that, want %d", check, seconds, g.MaxKeepAlive, most)
			}
		}
	}
}

func TestTheCodecsLoginIsAdmitted(t *testing.T) {
	p, _ := town(t, alibaba.DefaultConfig)
	for _, c := range []alibaba.Codec{{}, {Ext: true}} {
		id, user, password := c.Login(platform.Address{Product: "a1pk", Device: "dev1"}, "devsecret0001", time.Now())
		if _, err := p.Admit(broker.Login{ClientID: id, Username: user, Password: []byte(password)}); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// topics and filters, and whether a device with pk1/dk0 may write and read them.
var topics = []struct {
	topic       string
	write, read bool
}{
	{"/sys/pk1/dk0/thing/event/property/post", true, true},
	{"/sys/pk1/dk0/rrpc/request/+", true, true}, // mochi refuses to publish to a filter
	{"/sys/pk1/dk0/thing/service/#", true, true},
	{"/shadow/get/pk1/dk0", true, true},
	{"/ext/session/pk1/dk0/combine/login_reply", true, true},
	{"/ext/ntp/pk1/dk0/request", true, true},
	{"/ota/device/upgrade/pk1/dk0", true, true},
	{"/pk1/dk0/user/update", true, true},
	{"/ext/rrpc/123/sys/pk1/dk0/thing/service/s", true, true},
	{"/ext/rrpc/+/testcmd", true, true},
	{"/broadcast/pk1/news", false, true},

	{"/sys/pk1/dk1/thing/event/property/post", false, false},
	{"/sys/pk1/dk00/thing", false, false},
	{"/sys/+/dk0/thing/service/s", false, false},
	{"/sys/pk1/+/thing/service/s", false, false},
	{"/sys/#", false, false},
	{"#", false, false},
	{"/ext/rrpc/#", false, false},
	{"/ext/rrpc/1/sys/pk1/dk1/thing/service/s", false, false},
	{"/ext/rrpc/1/sys/+/dk1/thing/service/s", false, false},
	{"/ext/+/pk1/dk0/x", false, false},
	{"/shadow/get/pk1/dk1", false, false},
	{"/broadcast/pk2/news", false, false},
	{"$SYS/broker", false, false},
}

func TestADeviceKeepsToItsOwnTopics(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		id, user, password := alibaba.Codec{}.Login(dialecttest.Address(0), "ds-test", time.Now())
		grant, err := w.Platform.Admit(broker.Login{ClientID: id, Username: user, Password: []byte(password)})
		if err != nil {
			w.T.Fatal(err)
		}
		for _, c := range topics {
			if write, read := grant.May(c.topic, true), grant.May(c.topic, false); write != c.write || read != c.read {
				w.T.Errorf("%s: write %v, read %v; want %v, %v", c.topic, write, read, c.write, c.read)
			}
		}
	})
}
