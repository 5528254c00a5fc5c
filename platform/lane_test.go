package platform_test

import (
	"errors"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

var (
	oneByOne = platform.Lane{Limit: 3, Serialize: platform.SerializeAll}
	freely   = platform.Lane{Limit: 3, Overflow: platform.DropOldest, Serialize: platform.SerializeNone}
)

func TestLanesDoNotWaitForOneAnother(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		first, second := o.Command(0), o.Command(0)
		second.Lane = 1
		blocker := o.Go(first)
		first.Timeout = time.Minute
		behind := o.Go(first)
		free := o.Go(second)
		d.Next()
		m := d.Next()
		d.Answer(m)
		if e := <-free; e.Kind != platform.OK {
			t.Errorf("the command in the other lane ended as %v %s", e.Kind, e.Code)
		}
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d commands came behind the one that blocks", n)
		}
		<-blocker
		d.Answer(d.Next())
		if e := <-behind; e.Kind != platform.OK {
			t.Errorf("the command behind ended as %v %s", e.Kind, e.Code)
		}
	}, oneByOne, oneByOne)
}

func TestWhatWaitsInSeveralLanesComesInTheOrderOfItsAcceptance(t *testing.T) {
	inOffice(t, func(o *office) {
		var want []platform.ID
		for i := range 6 {
			want = append(want, o.submit(o.message(0, i%2)))
		}
		wantIDs(t, "on return", got(o.Connect(0)), want...)
	}, freely, freely)
}

func TestALaneThatDropsTheOldestHasRoomForTheNewest(t *testing.T) {
	inOffice(t, func(o *office) {
		var ids []platform.ID
		for range 5 {
			ids = append(ids, o.submit(o.message(0, 0)))
		}
		o.want(ids[0], platform.Failed, platform.ErrReplaced)
		o.want(ids[1], platform.Failed, platform.ErrReplaced)
		wantIDs(t, "on return", got(o.Connect(0)), ids[2:]...)
		if got := o.post.states(ids[0]); got != "waiting failed" {
			t.Errorf("the watcher saw %q, want waiting failed", got)
		}
	}, freely)
}

func TestALaneWithoutRoomTakesNoCachedCommand(t *testing.T) {
	inOffice(t, func(o *office) {
		o.Connect(0)
		if _, err := o.Platform.Submit(o.message(0, 0)); !errors.Is(err, platform.ErrCacheFull) {
			t.Errorf("accepted with %v, want %v", err, platform.ErrCacheFull)
		}
	}, platform.Lane{Overflow: platform.DropOldest})
}

func TestSubmitTellsHowTheCommandStands(t *testing.T) {
	inOffice(t, func(o *office) {
		instant := o.Command(0)
		rec, err := o.Platform.Submit(instant)
		if !errors.Is(err, platform.ErrOffline) || rec.State != platform.Failed || rec.ID == 0 {
			t.Errorf("to an absent device: %s, %v; want failed, %v, with an ID", rec.State, err, platform.ErrOffline)
		}
		if rec, err = o.Platform.Submit(o.Cached(0, time.Hour)); err != nil || rec.State != platform.Waiting {
			t.Errorf("cached for an absent device: %s, %v; want waiting", rec.State, err)
		}
		o.Connect(1)
		if rec, err = o.Platform.Submit(o.Cached(1, time.Hour)); err != nil || rec.State != platform.Sent || rec.Wire == 0 || rec.Sends != 1 {
			t.Errorf("cached for a device that is there: %+v, %v; want sent once, with a number", rec, err)
		}
		lost := o.message(1, 0)
		lost.Extra = "elsewhere"
		if rec, err = o.Platform.Submit(lost); !errors.Is(err, platform.ErrUnsubscribed) || rec.State != platform.Failed {
			t.Errorf("to a topic that is not the device's: %s, %v; want failed, %v", rec.State, err, platform.ErrUnsubscribed)
		}
	}, platform.Lane{Limit: 3, Serialize: platform.SerializeNone})
}

func TestACommandWithoutTimeoutStaysOpen(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		c := o.Command(0)
		c.Timeout = 0
		id := o.submit(c)
		m := d.Next()
		time.Sleep(1000 * time.Hour)
		o.want(id, platform.Sent, nil)
		d.Answer(m)
		if r := o.want(id, platform.Succeeded, nil); string(r.Reply.Raw) == "" {
			t.Error("the record has not the reply as it came")
		}
	}, freely)
}

func TestACachedCommandWithoutTTLWaitsForEver(t *testing.T) {
	inOffice(t, func(o *office) {
		id := o.submit(o.message(0, 0))
		time.Sleep(10_000 * time.Hour)
		o.want(id, platform.Waiting, nil)
		wantIDs(t, "on return", got(o.Connect(0)), id)
	}, freely)
}

func TestACommandWhoseTurnDoesNotComeIsNotSent(t *testing.T) {
	inOffice(t, func(o *office) {
		o.Connect(0)
		blocker := o.Command(0)
		blocker.Timeout = time.Hour
		o.submit(blocker)
		second := o.submit(o.Command(0))
		time.Sleep(5*time.Second + 1)
		r := o.want(second, platform.Failed, platform.ErrNotSent)
		if took := r.Ended.Sub(r.Created); took != 5*time.Second+1 {
			t.Errorf("it took %v", took)
		}
	}, oneByOne)
}

func TestCancelTakesBackFromAllLanes(t *testing.T) {
	inOffice(t, func(o *office) {
		first, second := o.submit(o.message(0, 0)), o.submit(o.message(0, 1))
		if n := len(o.Platform.Cancel(dialecttest.Address(0), 0)); n != 2 {
			t.Errorf("%d taken back, want 2", n)
		}
		o.want(first, platform.Canceled, platform.ErrCanceled)
		o.want(second, platform.Canceled, platform.ErrCanceled)
	}, freely, oneByOne)
}
