package huawei_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

// other is a dialect that does nothing.
type other struct{}

func (other) Name() string                             { return "other" }
func (other) Lanes() []platform.Lane                   { return []platform.Lane{{}} }
func (other) Routes(*http.ServeMux, *platform.Service) {}
func (other) Admit(*platform.Service, broker.Login) (*platform.Device, broker.Grant, error) {
	return nil, broker.Grant{}, platform.ErrNotMine
}
func (other) Down(*platform.Device, *broker.Session, platform.Command) (m broker.Message, err error) {
	return m, nil
}
func (other) Up(*platform.Device, string, []byte) (r platform.Reply, err error) { return r, nil }

// passwordOf is the password, made without the dialect.
func passwordOf(secret, hour string) string {
	h := hmac.New(sha256.New, []byte(hour))
	h.Write([]byte(secret))
	return hex.EncodeToString(h.Sum(nil))
}

// registry is a platform with one device of device_id d_1_0_1 beside the one that is named, to be asked and not started.
func registry(t testing.TB, secret, second string) *platform.Platform {
	t.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{huawei.New(huawei.Config{})}})
	if err != nil {
		t.Fatal(err)
	}
	p.AddProduct(platform.Product{Key: "p", Dialect: huawei.Name})
	for _, r := range []platform.Registration{
		{Address: platform.Address{Product: "p", Device: "n"}, Secret: secret, SecondSecret: second},
		{Address: platform.Address{Product: "p", Device: "n2"}, Alias: "d_1_0_1", Secret: secret},
		{Address: platform.Address{Product: "p", Device: "frozen"}, Secret: secret, Disabled: true},
	} {
		if _, err := p.AddDevice(r); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func admit(p *platform.Platform, clientID, username, password string) (*platform.Device, broker.Grant, error) {
	return huawei.New(huawei.Config{}).Admit(p.Service, broker.Login{ClientID: clientID, Username: username, Password: []byte(password), KeepAlive: 120})
}

func TestTheLoginVectorOfTheContractIsAdmitted(t *testing.T) {
	p := registry(t, "12345678", "")
	for _, id := range []string{"p_n", "d_1_0_1"} {
		dev, _, err := admit(p, id+"_0_0_2025041401", id, "c75150e6cb841417396819e4d2ee4358a416344a03a083e3a8567074ddec820a")
		if err != nil || dev == nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestTheCodecMakesTheLoginOfTheContract(t *testing.T) {
	at := time.Date(2025, 4, 14, 3, 59, 0, 0, time.FixedZone("", 2*3600))
	id, user, password := huawei.Codec{}.Login(platform.Address{Product: "p", Device: "n"}, "12345678", at)
	if id != "p_n_0_0_2025041401" || user != "p_n" || password != "c75150e6cb841417396819e4d2ee4358a416344a03a083e3a8567074ddec820a" {
		t.Errorf("login is %q %q %q", id, user, password)
	}
}

func TestEitherSecretIsAdmittedAndNoneIsNot(t *testing.T) {
	p := registry(t, "first", "second")
	for _, secret := range []string{"first", "second"} {
		if _, _, err := admit(p, "p_n_0_0_2025041401", "p_n", passwordOf(secret, "2025041401")); err != nil {
			t.Errorf("%s: %v", secret, err)
		}
	}
	p = registry(t, "", "")
	if _, _, err := admit(p, "p_n_0_0_2025041401", "p_n", passwordOf("", "2025041401")); err == nil {
		t.Error("a device without a secret is admitted without one")
	}
}

func TestALoginThatProvesNothingIsRefused(t *testing.T) {
	p := registry(t, "secret", "")
	const hour = "2025041401"
	good := passwordOf("secret", hour)
	for what, c := range map[string]struct {
		id, user, password string
		bad                bool
	}{
		"another secret":    {"p_n_0_0_" + hour, "p_n", passwordOf("other", hour), true},
		"another hour":      {"p_n_0_0_2025041402", "p_n", good, true},
		"upper-case digits": {"p_n_0_0_" + hour, "p_n", strings.ToUpper(good), true},
		"no password":       {"p_n_0_0_" + hour, "p_n", "", true},
		"an unknown device": {"p_x_0_0_" + hour, "p_x", good, false},
		"a frozen device":   {"p_frozen_0_0_" + hour, "p_frozen", good, false},
		"sign type 2":       {"p_n_0_2_" + hour, "p_n", good, false},
		"a long client id":  {strings.Repeat("x", 250) + "_0_0_" + hour, strings.Repeat("x", 250), good, false},
		"an hour long past": {"p_n_0_1_" + hour, "p_n", good, true},
	} {
		_, _, err := admit(p, c.id, c.user, c.password)
		var r *broker.Refusal
		if !errors.As(err, &r) || r.BadCredentials != c.bad {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestALoginOfAnotherFormIsLeftToOtherDialects(t *testing.T) {
	p := registry(t, "secret", "")
	for _, c := range [][2]string{{"", ""}, {"p_n", "p_n"}, {"p_n_0_0_202504140", "p_n"}, {"p_n_0_0_20250414011", "p_n"}, {"p_n_1_0_2025041401", "p_n"},
		{"p_n_0_x_2025041401", "p_n"}, {"p_n_0_0_2025041401", "p_m"}, {"_0_0_2025041401", ""}, {"p_n_0_10_2025041401", "p_n"}, {"p_n_0_0_2025-41401", "p_n"}} {
		if _, _, err := admit(p, c[0], c[1], "x"); !errors.Is(err, platform.ErrNotMine) {
			t.Errorf("%q: %v, want %v", c, err, platform.ErrNotMine)
		}
	}
}

func TestTheHourIsCheckedForSignType1Only(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // 2000-01-01 00:00 UTC
		p := registry(t, "secret", "")
		for hour, want := range map[string]bool{"2000010100": true, "2000010101": true, "1999123123": true, "2000010102": false, "1999123122": false, "2000019999": false} {
			for sign, ok := range map[string]bool{"1": want, "0": true} {
				_, _, err := admit(p, "p_n_0_"+sign+"_"+hour, "p_n", passwordOf("secret", hour))
				if (err == nil) != ok {
					t.Errorf("sign type %s at %s: %v", sign, hour, err)
				}
			}
		}
	})
}

func TestAKeepAliveOutOfRangeIsRefusedUnlessAllAreAllowed(t *testing.T) {
	p := registry(t, "secret", "")
	login := broker.Login{ClientID: "p_n_0_0_2025041401", Username: "p_n", Password: []byte(passwordOf("secret", "2025041401"))}
	for seconds, want := range map[uint16]bool{0: false, 29: false, 30: true, 120: true, 1200: true, 1201: false, 65535: false} {
		login.KeepAlive = seconds
		if _, _, err := huawei.New(huawei.Config{}).Admit(p.Service, login); (err == nil) != want {
			t.Errorf("%d s: %v", seconds, err)
		}
		if _, _, err := huawei.New(huawei.Config{AnyKeepAlive: true}).Admit(p.Service, login); err != nil {
			t.Errorf("%d s where all are allowed: %v", seconds, err)
		}
	}
}

func TestADeviceHasItsOwnTopicsAndThoseThatAreNobodys(t *testing.T) {
	p := registry(t, "secret", "")
	_, grant, err := admit(p, "p_n_0_0_2025041401", "p_n", passwordOf("secret", "2025041401"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "$oc/devices/p_n/sys/commands/# $oc/devices/p_n/sys/messages/down"; strings.Join(grant.Down, " ") != want || !grant.AtMostOnce {
		t.Errorf("subscribed to %v, want %s", grant.Down, want)
	}
	for topic, want := range map[string]bool{
		"$oc/devices/p_n/sys/commands/response/request_id=1": true, "$oc/devices/p_n/#": true, "/any/topic": true, "any": true, "#": true,
		"$oc/devices/p_m/sys/commands/response/request_id=1": false, "$oc/devices/p_n2/x": false, "$oc/devices/p_n": false,
		"$oc/devices/+/sys/commands/#": false, "$oc/#": false, "$SYS/x": false, "$share/g/x": false,
	} {
		if got := grant.May(topic, true); got != want {
			t.Errorf("%s: may %v, want %v", topic, got, want)
		}
	}
}

func TestASecondConnectionReplacesTheFirstWhateverItsClientID(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		first := w.Connect(0)
		time.Sleep(time.Hour) // another hour is another client id
		w.Connect(0)
		if !first.Lost() {
			t.Error("the first connection lives on")
		}
	})
}
