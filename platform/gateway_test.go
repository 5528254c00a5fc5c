package platform_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

// child registers a device behind device 0.
func (o *office) child(name string) platform.Address {
	o.T.Helper()
	gateway := dialecttest.Address(0)
	a := platform.Address{Product: dialecttest.Product, Device: name}
	if _, err := o.Platform.AddDevice(platform.Registration{Address: a, Parent: &gateway}); err != nil {
		o.T.Fatal(err)
	}
	return a
}

func (o *office) commandFor(a platform.Address) platform.Command {
	c := o.Command(0)
	c.Device = a
	return c
}

func TestAChildsCommandsGoThroughItsGateway(t *testing.T) {
	inOffice(t, func(o *office) {
		a := o.child("c1")
		if _, err := o.Platform.Submit(o.commandFor(a)); !errors.Is(err, platform.ErrInactive) {
			t.Errorf("before the gateway was ever there: %v", err)
		}
		d := o.Connect(0)
		if st := o.Platform.Device(a).Status(); !st.Online || !st.Activated {
			t.Errorf("with its gateway there: %+v", st)
		}
		id := o.submit(o.commandFor(a))
		own := o.submit(o.Command(0))
		m := d.Next()
		if m.Topic != "down/dk0/reboot" || m.ID != id || m.Wire.Owner() != o.Platform.Device(a).Number {
			t.Errorf("it came on %s with ID %d and number %d", m.Topic, m.ID, m.Wire)
		}
		d.Answer(m)
		o.want(id, platform.Succeeded, nil)
		o.want(own, platform.Sent, nil)
		d.Drop()
		if _, err := o.Platform.Submit(o.commandFor(a)); !errors.Is(err, platform.ErrOffline) {
			t.Errorf("with its gateway away: %v", err)
		}
	}, freely)
}

func TestAChildThatComesLaterIsOnlineAtOnceAndAnswersByID(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		a := o.child("c1")
		id := o.submit(o.commandFor(a))
		d.Next()
		thief := o.Connect(1)
		thief.Reply(platform.Reply{ID: id, OK: true})
		o.Expect(1, platform.Foreign)
		d.Reply(platform.Reply{ID: id, OK: true})
		o.want(id, platform.Succeeded, nil)
	}, freely)
}

func TestAChildsCachedCommandsWaitForItsGateway(t *testing.T) {
	inOffice(t, func(o *office) {
		a := o.child("c1")
		c := o.message(0, 0)
		c.Device = a
		first := o.submit(c)
		d := o.Connect(0)
		d.Hold()
		wantIDs(t, "on the gateway's coming", got(d), first)
		o.want(first, platform.Succeeded, nil) // acknowledged before Hold
		second := o.submit(c)
		d.Drop()
		o.want(second, platform.Waiting, nil)
		wantIDs(t, "on its return", got(o.Connect(0)), second)
		o.want(second, platform.Succeeded, nil)
	}, stubborn)
}

func TestAGatewayWithChildrenIsNotRemovedAndAChildIsAtOnce(t *testing.T) {
	inOffice(t, func(o *office) {
		a := o.child("c1")
		d := o.Connect(0)
		if err := o.Platform.RemoveDevice(dialecttest.Address(0)); err == nil {
			t.Error("the gateway is removed with a device behind it")
		}
		id := o.submit(o.commandFor(a))
		if err := o.Platform.RemoveDevice(a); err != nil {
			t.Fatal(err)
		}
		o.want(id, platform.Failed, platform.ErrUnknownDevice)
		m := d.Next()
		d.Answer(m)
		o.Expect(0, platform.Matched)
		if d.Lost() {
			t.Error("the gateway lost its connection with its child")
		}
		if err := o.Platform.RemoveDevice(dialecttest.Address(0)); err != nil {
			t.Errorf("the gateway without children: %v", err)
		}
	}, freely)
}

func TestAGatewayIsOneOfAnotherKind(t *testing.T) {
	inOffice(t, func(o *office) {
		child := o.child("c1")
		nobody := platform.Address{Product: dialecttest.Product, Device: "nobody"}
		for _, parent := range []platform.Address{nobody, child} {
			r := platform.Registration{Address: platform.Address{Product: dialecttest.Product, Device: "c2"}, Parent: &parent}
			if _, err := o.Platform.AddDevice(r); err == nil {
				t.Errorf("%s is taken for a gateway", parent)
			}
		}
	}, freely)
}

// Each device has its own window, and a gateway's session has room for little more than one.
func TestManyChildrenShareOneSessionAndNoneIsForgotten(t *testing.T) {
	lane := stubborn
	lane.Limit, lane.Resend = 200, platform.Resend{}
	inOffice(t, func(o *office) {
		var children []platform.Address
		for i := range 4 {
			children = append(children, o.child(fmt.Sprint("c", i)))
		}
		var ids []platform.ID
		for _, a := range children {
			for range 100 {
				c := o.message(0, 0)
				c.Device = a
				ids = append(ids, o.submit(c))
			}
		}
		o.Version, o.Receive = 5, 10
		o.Connect(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if o.Count(platform.LinkDropped) == 0 {
			t.Error("the session had room for all: nothing is tested here")
		}
		for _, id := range ids {
			o.want(id, platform.Succeeded, nil)
		}
	}, lane)
}
