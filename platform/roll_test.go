package platform_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
	"fleetdrill/platform/dialecttest"
)

func TestARemovedDeviceLeavesNothingOpen(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		open := o.submit(o.Command(0))
		cached := o.Cached(0, time.Hour)
		cached.Lane = 1
		o.submit(cached)
		waiting := o.submit(cached)
		call := o.Go(o.Command(0))
		if err := o.Platform.RemoveDevice(dialecttest.Address(0)); err != nil {
			t.Fatal(err)
		}
		o.want(open, platform.Failed, platform.ErrUnknownDevice)
		o.want(waiting, platform.Failed, platform.ErrUnknownDevice)
		if e := <-call; e.Code != platform.ErrUnknownDevice.Error() {
			t.Errorf("the caller got %q", e.Code)
		}
		if !d.Lost() {
			t.Error("its connection lives on")
		}
		if _, err := o.Platform.Submit(o.Command(0)); !errors.Is(err, platform.ErrUnknownDevice) {
			t.Errorf("a command for it: %v", err)
		}
		if _, code := o.TryConnect(dialecttest.Address(0), "ds-test"); code != 4 {
			t.Errorf("it connects again with CONNACK %d", code)
		}
		if o.Platform.DeviceByName(o.Harness.Dialect().Name(), "asset-0") != nil {
			t.Error("its second name is still known")
		}
		if err := o.Platform.RemoveDevice(dialecttest.Address(0)); !errors.Is(err, platform.ErrUnknownDevice) {
			t.Errorf("removed twice: %v", err)
		}
	}, freely, oneByOne)
}

func TestARemovedDeviceCanBeRegisteredAnew(t *testing.T) {
	inOffice(t, func(o *office) {
		old := o.Platform.Device(dialecttest.Address(0))
		o.Platform.RemoveDevice(old.Address)
		d, err := o.Platform.AddDevice(platform.Registration{Address: old.Address, Alias: old.Alias, Secret: "ds-test"})
		if err != nil {
			t.Fatal(err)
		}
		if d.Number == old.Number {
			t.Error("it has the number of the removed one, whose replies would be its own")
		}
		if st := d.Status(); st.Activated {
			t.Error("it is activated already")
		}
		o.Connect(0)
	}, freely)
}

func TestASecretCanChangeAndASecondOneIsTaken(t *testing.T) {
	inOffice(t, func(o *office) {
		a := dialecttest.Address(0)
		err := o.Platform.UpdateDevice(a, func(r *platform.Registration) { r.Secret, r.SecondSecret = "new", "spare" })
		if err != nil {
			t.Fatal(err)
		}
		for secret, want := range map[string]byte{"ds-test": 4, "new": 0, "spare": 0} {
			if _, code := o.TryConnect(a, secret); code != want {
				t.Errorf("secret %q: CONNACK %d, want %d", secret, code, want)
			}
		}
		if err := o.Platform.UpdateDevice(a, func(r *platform.Registration) { r.Alias = "another" }); err == nil {
			t.Error("its second name can change")
		}
	}, freely)
}

func TestADisabledDeviceLosesItsConnectionAndGetsNoCommands(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		a := dialecttest.Address(0)
		set := func(off bool) {
			t.Helper()
			if err := o.Platform.UpdateDevice(a, func(r *platform.Registration) { r.Disabled = off }); err != nil {
				t.Fatal(err)
			}
		}
		set(true)
		if !d.Lost() {
			t.Error("its connection lives on")
		}
		if _, code := o.TryConnect(a, "ds-test"); code != 5 {
			t.Errorf("it connects again with CONNACK %d", code)
		}
		if _, err := o.Platform.Submit(o.Command(0)); !errors.Is(err, platform.ErrInactive) {
			t.Errorf("a command for it: %v", err)
		}
		set(false)
		o.Connect(0)
	}, freely)
}

func TestAStatusTellsWhenItChanged(t *testing.T) {
	inOffice(t, func(o *office) {
		dev := o.Platform.Device(dialecttest.Address(dialecttest.Fresh))
		start := time.Now()
		want := func(want platform.Status) {
			t.Helper()
			synctest.Wait()
			if got := dev.Status(); got != want {
				t.Errorf("status is %+v, want %+v", got, want)
			}
		}
		want(platform.Status{Since: start})
		time.Sleep(time.Minute)
		came := time.Now()
		d := o.Connect(dialecttest.Fresh)
		want(platform.Status{Online: true, Activated: true, Since: came, LastOnline: came, ActivatedAt: came})
		time.Sleep(time.Minute)
		went := time.Now()
		d.Drop()
		want(platform.Status{Activated: true, Since: went, LastOnline: came, LastOffline: went, ActivatedAt: came})
		time.Sleep(time.Minute)
		again := time.Now()
		o.Connect(dialecttest.Fresh)
		want(platform.Status{Online: true, Activated: true, Since: again, LastOnline: again, LastOffline: went, ActivatedAt: came})
	}, freely)
}

func TestAnOrganisationIsKnownByItsAccountsAndProducts(t *testing.T) {
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{&post{}}})
	if err != nil {
		t.Fatal(err)
	}
	p.AddAccount(platform.Account{Key: "a", Orgs: []string{"o1", "o2"}})
	p.AddProduct(platform.Product{Key: "p", Org: "o3", Dialect: "post"})
	for org, want := range map[string]bool{"o1": true, "o2": true, "o3": true, "o4": false, "": false} {
		if got := p.HasOrg(org); got != want {
			t.Errorf("HasOrg(%q) is %v", org, got)
		}
	}
}

// asked is a dialect that notes when it is asked to admit.
type asked struct {
	post
	name string
	note func(string)
}

func (a *asked) Name() string { return a.name }

func (a *asked) Admit(*platform.Service, broker.Login) (*platform.Device, broker.Grant, error) {
	a.note(a.name)
	return nil, broker.Grant{}, platform.ErrNotMine
}

func TestDialectsAreAskedInTheirOrder(t *testing.T) {
	for range 20 {
		var order string
		note := func(name string) { order += name }
		p, err := platform.New(platform.Config{Dialects: []platform.Dialect{
			&asked{name: "c", note: note}, &asked{name: "a", note: note}, &asked{name: "b", note: note}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Admit(broker.Login{}); err == nil || order != "cab" {
			t.Fatalf("asked %q, admitted with %v; want cab and a refusal", order, err)
		}
	}
}
